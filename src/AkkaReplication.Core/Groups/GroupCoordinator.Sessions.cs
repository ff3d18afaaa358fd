using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>Heartbeats, leaving, sessions, and the one timer.</summary>
public sealed partial class GroupCoordinator
{
    private long _timerAtMs = long.MaxValue;
    private long _nextMs = long.MaxValue;

    /// <summary>The timer of <see cref="StartGroupTimer"/> fired.</summary>
    public void OnTimer(GroupTime time, EffectList effects)
    {
        if (_phase != Phase.Active)
            return;

        _timerAtMs = long.MaxValue;
        ExpireMembers(time, effects);
        if (_joinEndsMs <= time.NowMs)
            OnJoinPhaseEnded(time, effects);
        if (_syncEndsMs <= time.NowMs)
            OnSyncPhaseEnded(time, effects);
        if (_expiryAtMs <= time.NowMs)
            Expire(time, effects);

        // Deadlines that have moved since are only found here: a heartbeat need not look at all the others.
        _nextMs = Math.Min(Math.Min(_joinEndsMs, _syncEndsMs), _expiryAtMs);
        foreach (var member in _members.Values)
            Await(member.DeadlineMs);
        foreach (var lapsesMs in _promisedIds.Values)
            Await(lapsesMs);
        EndTurn(time, effects);
    }

    private ErrorCode OnHeartbeat(GroupTime time, HeartbeatRequest request)
    {
        var error = Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
            return error;
        if (request.Generation != Generation)
            return ErrorCode.IllegalGeneration;

        Touch(time, _members[request.MemberId]);
        return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private void OnLeave(GroupTime time, RequestToken token, LeaveGroupRequest request, EffectList effects)
    {
        var before = _members.Count + _promisedIds.Count;
        var results = ImmutableArray.CreateBuilder<LeftMember>(request.Members.Length);
        foreach (var leaving in request.Members)
            results.Add(new LeftMember(leaving.MemberId, leaving.GroupInstanceId, Leave(leaving, effects)));

        Answer(token, new LeaveGroupResponse(ErrorCode.None, results.MoveToImmutable()), effects);
        if (_members.Count + _promisedIds.Count < before)
            MembersGone(time, "members have left", effects);
    }

    private ErrorCode Leave(LeavingMember leaving, EffectList effects)
    {
        var memberId = leaving.MemberId;
        if (memberId.Length == 0 && leaving.GroupInstanceId is { } instance)
        {
            // An administrator removes a static member without knowing its id.
            if (!_instances.TryGetValue(instance, out var current))
                return ErrorCode.UnknownMemberId;
            memberId = current;
        }

        if (leaving.GroupInstanceId is null && _promisedIds.Remove(memberId))
            return ErrorCode.None;

        var error = Check(memberId, leaving.GroupInstanceId);
        if (error == ErrorCode.None)
            Remove(_members[memberId], effects);
        return error;
    }

    private void ExpireMembers(GroupTime time, EffectList effects)
    {
        var gone = 0;
        foreach (var member in _members.Values.Where(m => m.DeadlineMs <= time.NowMs).ToArray())
        {
            Observe($"{member.MemberId} was not heard of for {member.SessionTimeoutMs} ms", effects);
            Remove(member, effects);
            gone++;
        }

        foreach (var memberId in _promisedIds.Where(p => p.Value <= time.NowMs).Select(p => p.Key).ToArray())
        {
            _promisedIds.Remove(memberId);
            if (State == GroupState.PreparingRebalance)
                TryCompleteJoin(time, effects);
        }

        if (gone > 0)
            MembersGone(time, "sessions have ended", effects);
    }

    /// <summary>The member was heard of; while a request of it waits, that alone keeps it alive.</summary>
    private void Touch(GroupTime time, GroupMember member)
    {
        if (member.HasJoined || member.SyncToken is not null)
            return;

        member.DeadlineMs = time.NowMs + member.SessionTimeoutMs;
        Await(member.DeadlineMs);
    }

    private void Await(long deadlineMs) => _nextMs = Math.Min(_nextMs, deadlineMs);

    private void EndTurn(GroupTime time, EffectList effects)
    {
        // A timer that fires early costs one turn; so only an earlier deadline needs a new one.
        if (_nextMs >= _timerAtMs)
            return;

        _timerAtMs = Math.Max(_nextMs, time.NowMs + 1);
        _nextMs = _timerAtMs;
        effects.Add(new StartGroupTimer(GroupId, _timerAtMs - time.NowMs));
    }
}
