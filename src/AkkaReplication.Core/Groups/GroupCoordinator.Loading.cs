using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Groups;

/// <summary>From the log to where the coordinator before this one stood.</summary>
public sealed partial class GroupCoordinator
{
    private GroupMetadata? _loaded;

    /// <summary>The next record of this group, in the order of the log; a tombstone takes back what came before.</summary>
    /// <exception cref="ArgumentException">It is another group's.</exception>
    /// <exception cref="InvalidOperationException">The group is loaded.</exception>
    public void Load(GroupRecord record)
    {
        if (_phase != Phase.Loading)
            throw new InvalidOperationException($"Group {GroupId} is {_phase}: it takes no more records.");
        if (record.GroupId != GroupId)
            throw new ArgumentException($"A record of {record.GroupId} is none of {GroupId}.", nameof(record));

        switch (record)
        {
            case OffsetRecord { Value: { } offset } stored:
                _offsets[stored.Partition] = offset;
                break;
            case OffsetRecord tombstone:
                _offsets.Remove(tombstone.Partition);
                break;
            case GroupMetadataRecord group:
                _loaded = group.Value;
                break;
        }
    }

    /// <summary>All records are loaded: the group is open, and its members' sessions begin anew.</summary>
    public void OnLoaded(GroupTime time, EffectList effects)
    {
        if (_phase != Phase.Loading)
            return;

        _phase = Phase.Active;
        if (_loaded is { } group)
            Restore(time, group, effects);
        else
            State = _offsets.Count > 0 ? GroupState.Empty : GroupState.Dead;
        _loaded = null;
        if (State != GroupState.Dead)
            ScheduleExpiry(time);
        EndTurn(time, effects);
    }

    private void Restore(GroupTime time, GroupMetadata group, EffectList effects)
    {
        ProtocolType = group.ProtocolType;
        Generation = group.Generation;
        _issuedGeneration = group.Generation;
        _isGroupStored = true;
        _protocol = group.Protocol;
        _leader = group.LeaderId;
        foreach (var stored in group.Members)
            Restore(time, stored);

        if (_members.Count == 0)
        {
            State = GroupState.Empty;
            _emptySinceMs = group.StateTimestampMs;
            return;
        }

        var isAssigned = group.StateTimestampMs >= 0 || group.Members.Any(static m => !m.Assignment.IsEmpty);
        State = isAssigned ? GroupState.Stable : GroupState.CompletingRebalance;
        _stableSinceMs = group.StateTimestampMs;
        Observe($"is loaded with {_members.Count} members", effects);
        if (_protocol is null || _leader is null || !_members.ContainsKey(_leader))
            PrepareRebalance(time, "it has no leader", effects);
        else if (_members.Count > _options.MaxSize)
            PrepareRebalance(time, $"more than {_options.MaxSize} members", effects);
        else if (!isAssigned)
            AwaitSyncs(time);
    }

    private void Restore(GroupTime time, StoredMember stored)
    {
        var member = new GroupMember
        {
            MemberId = stored.MemberId,
            InstanceId = stored.GroupInstanceId,
            ClientId = stored.ClientId,
            ClientHost = stored.ClientHost,
            SessionTimeoutMs = stored.SessionTimeoutMs,
            RebalanceTimeoutMs = stored.RebalanceTimeoutMs,
            Protocols = _protocol is null ? [] : [new GroupProtocol(_protocol, stored.Subscription)],
            Assignment = stored.Assignment,
        };
        _members.Add(member.MemberId, member);
        if (member.InstanceId is { } instance)
            _instances[instance] = member.MemberId;
        Touch(time, member);
    }

    /// <summary>A static member may not even have joined this generation: its session alone decides.</summary>
    private void AwaitSyncs(GroupTime time)
    {
        foreach (var member in _members.Values)
            member.OwesSync = member.InstanceId is null || member.MemberId == _leader;
        _syncEndsMs = time.NowMs + MaxRebalanceTimeoutMs;
        Await(_syncEndsMs);
    }
}
