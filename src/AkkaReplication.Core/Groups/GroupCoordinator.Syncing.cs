using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>SyncGroup: from the leader's assignment to the members.</summary>
public sealed partial class GroupCoordinator
{
    private long _syncEndsMs = long.MaxValue;

    private void OnSync(GroupTime time, RequestToken token, SyncGroupRequest request, EffectList effects)
    {
        var error = CheckSync(request);
        if (error != ErrorCode.None)
        {
            Answer(token, GroupRefusals.Sync(error), effects);
            return;
        }

        var member = _members[request.MemberId];
        member.OwesSync = false;
        if (_members.Values.All(static m => !m.OwesSync))
            _syncEndsMs = long.MaxValue;

        if (State == GroupState.Stable)
        {
            Touch(time, member);
            Answer(token, Synced(member), effects);
            return;
        }

        if (member.SyncToken is { } repeated)
            Answer(repeated, GroupRefusals.Sync(ErrorCode.RebalanceInProgress), effects);
        member.SyncToken = token;
        member.DeadlineMs = long.MaxValue;

        // One assignment per generation: what the leader sends again, otherwise perhaps, comes too late.
        if (member.MemberId == _leader && _assignmentId == 0)
            Assign(time, request, effects);
    }

    private ErrorCode CheckSync(SyncGroupRequest request)
    {
        var error = Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
            return error;
        if (request.Generation != Generation)
            return ErrorCode.IllegalGeneration;
        if ((request.ProtocolType is { } type && type != ProtocolType)
            || (request.ProtocolName is { } name && name != _protocol))
        {
            return ErrorCode.InconsistentGroupProtocol;
        }

        return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private void Assign(GroupTime time, SyncGroupRequest request, EffectList effects)
    {
        var assignments = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var assignment in request.Assignments)
            assignments[assignment.MemberId] = assignment.Assignment;

        _assignmentId = Persist(
            new AssignmentWrite(Generation, assignments, time.WallClockMs),
            [Generated(time.WallClockMs, m => assignments.GetValueOrDefault(m.MemberId))],
            effects);
    }

    private void OnAssignmentWritten(
        GroupTime time, long persistId, AssignmentWrite write, ErrorCode error, EffectList effects)
    {
        if (persistId != _assignmentId)
            return;

        _assignmentId = 0;
        if (error != ErrorCode.None)
        {
            ReleaseSyncs(time, OfAssignment(error), effects);
            PrepareRebalance(time, $"its assignment could not be stored: {error.KafkaName()}", effects);
            TryCompleteJoin(time, effects);
            return;
        }

        State = GroupState.Stable;
        _stableSinceMs = write.WallClockMs;
        ScheduleExpiry(time);
        Observe("is stable", effects);
        foreach (var member in _members.Values)
        {
            member.Assignment = write.Assignments.GetValueOrDefault(member.MemberId);
            if (member.SyncToken is not { } token)
                continue;

            member.SyncToken = null;
            Touch(time, member);
            Answer(token, Synced(member), effects);
        }
    }

    private SyncGroupResponse Synced(GroupMember member) =>
        new(ErrorCode.None, ProtocolType, _protocol, member.Assignment);

    private void ReleaseSyncs(GroupTime time, ErrorCode error, EffectList effects)
    {
        foreach (var member in _members.Values)
        {
            if (member.SyncToken is not { } token)
                continue;
            member.SyncToken = null;
            Touch(time, member);
            Answer(token, GroupRefusals.Sync(error), effects);
        }
    }

    /// <summary>Whoever knows the generation but does not ask for its assignment holds partitions that nobody reads.</summary>
    private void OnSyncPhaseEnded(GroupTime time, EffectList effects)
    {
        _syncEndsMs = long.MaxValue;
        foreach (var late in _members.Values.Where(static m => m.OwesSync).ToArray())
        {
            Observe($"{late.MemberId} did not sync in time", effects);
            Remove(late, effects);
        }

        MembersGone(time, "members did not sync in time", effects);
    }
}
