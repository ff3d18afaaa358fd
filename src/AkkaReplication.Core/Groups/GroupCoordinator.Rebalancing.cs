using AkkaReplication.Effects;

namespace AkkaReplication.Groups;

/// <summary>From one generation to the next.</summary>
public sealed partial class GroupCoordinator
{
    /// <summary>The highest generation that was ever written: none is used twice, told or not.</summary>
    private int _issuedGeneration;

    private long _sealId;
    private long _assignmentId;
    private long _stableSinceMs = -1;
    private long _emptySinceMs = -1;

    // Of the join phase.
    private long _joinEndsMs = long.MaxValue;
    private bool _isInitialDelay;
    private long _initialDelayLeftMs;
    private bool _isJoinedByNew;

    /// <summary>The next generation is on its way into the log; nobody has heard of it.</summary>
    private bool IsSealed => _sealId != 0;

    private void PrepareRebalance(GroupTime time, string why, EffectList effects)
    {
        Observe($"rebalances: {why}", effects);
        if (State == GroupState.CompletingRebalance)
            ReleaseSyncs(time, ErrorCode.RebalanceInProgress, effects);
        _assignmentId = 0;
        _syncEndsMs = long.MaxValue;

        var timeoutMs = MaxRebalanceTimeoutMs;
        _isInitialDelay = State == GroupState.Empty && _options.InitialRebalanceDelayMs > 0;
        if (_isInitialDelay)
        {
            _initialDelayLeftMs = Math.Max(timeoutMs - _options.InitialRebalanceDelayMs, 0);
            timeoutMs = _options.InitialRebalanceDelayMs;
            _isJoinedByNew = false;
        }

        State = GroupState.PreparingRebalance;
        _sealId = 0;
        _joinEndsMs = time.NowMs + timeoutMs;
        Await(_joinEndsMs);
    }

    /// <summary>Somebody has left or changed after the next generation was sealed: it would be wrong.</summary>
    private void Unseal(GroupTime time)
    {
        if (!IsSealed)
            return;

        _sealId = 0;
        _joinEndsMs = time.NowMs + MaxRebalanceTimeoutMs;
        Await(_joinEndsMs);
    }

    private void TryCompleteJoin(GroupTime time, EffectList effects)
    {
        if (State != GroupState.PreparingRebalance || IsSealed || _isInitialDelay || _promisedIds.Count > 0)
            return;

        if (_members.Values.All(static m => m.HasJoined))
            Seal(time, effects);
    }

    private void OnJoinPhaseEnded(GroupTime time, EffectList effects)
    {
        if (_isInitialDelay && _isJoinedByNew && _initialDelayLeftMs > 0)
        {
            var delayMs = Math.Min(_options.InitialRebalanceDelayMs, _initialDelayLeftMs);
            _initialDelayLeftMs -= delayMs;
            _isJoinedByNew = false;
            _joinEndsMs = time.NowMs + delayMs;
            Await(_joinEndsMs);
            return;
        }

        _isInitialDelay = false;
        Seal(time, effects);
    }

    /// <summary>Who has joined makes up the next generation; it is stored before anybody hears of it.</summary>
    private void Seal(GroupTime time, EffectList effects)
    {
        _joinEndsMs = long.MaxValue;
        foreach (var late in _members.Values.Where(static m => !m.HasJoined && m.InstanceId is null).ToArray())
        {
            Observe($"{late.MemberId} did not join in time", effects);
            Remove(late, effects);
        }

        if (_members.Count == 0)
        {
            BecomeEmpty(time, effects);
            return;
        }

        if (FindLeader() is not { } leader)
        {
            // Static members alone, and none is back: until their sessions end there is nobody to assign anything.
            _joinEndsMs = time.NowMs + Math.Max(MaxRebalanceTimeoutMs, 1);
            Await(_joinEndsMs);
            return;
        }

        var protocol = Vote();
        _issuedGeneration++;
        _sealId = Persist(
            new GenerationWrite(_issuedGeneration, protocol, leader),
            [
                new GroupMetadataRecord(GroupId, new GroupMetadata(
                    ProtocolType,
                    _issuedGeneration,
                    protocol,
                    leader,
                    StateTimestampMs: -1,
                    Stored(protocol, static _ => default))),
            ],
            effects);
    }

    private string? FindLeader()
    {
        if (_leader is not null && _members.TryGetValue(_leader, out var leader) && leader.HasJoined)
            return _leader;

        foreach (var member in _members.Values)
        {
            if (member.HasJoined)
                return member.MemberId;
        }

        return null;
    }

    private void OnGenerationWritten(
        GroupTime time, long persistId, GenerationWrite write, ErrorCode error, EffectList effects)
    {
        if (persistId != _sealId)
            return;

        _sealId = 0;
        if (error != ErrorCode.None)
        {
            JoinFailed(time, OfMembership(error), effects);
            return;
        }

        Generation = write.Generation;
        _protocol = write.Protocol;
        _leader = write.LeaderId;
        State = GroupState.CompletingRebalance;
        _assignmentId = 0;
        _syncEndsMs = time.NowMs + MaxRebalanceTimeoutMs;
        Await(_syncEndsMs);
        Observe($"has {_members.Count} members, {_leader} leads", effects);
        foreach (var member in _members.Values)
        {
            member.Assignment = default;
            member.OwesSync = member.HasJoined;
            if (member.JoinToken is not { } token)
                continue;

            member.JoinToken = null;
            member.IsNew = false;
            Touch(time, member);
            Answer(token, Joined(member), effects);
        }
    }

    /// <summary>The generation could not be stored: all have to join again.</summary>
    private void JoinFailed(GroupTime time, ErrorCode error, EffectList effects)
    {
        Observe($"could not store its next generation: {error.KafkaName()}", effects);
        foreach (var member in _members.Values)
        {
            if (!member.HasJoined)
                continue;
            Release(member, error, effects);
            Touch(time, member);
        }

        _joinEndsMs = time.NowMs + MaxRebalanceTimeoutMs;
        Await(_joinEndsMs);
    }

    private void BecomeEmpty(GroupTime time, EffectList effects)
    {
        Generation = ++_issuedGeneration;
        State = GroupState.Empty;
        _protocol = null;
        _leader = null;
        _emptySinceMs = time.WallClockMs;
        _expiryAtMs = long.MaxValue;
        ScheduleExpiry(time);
        Observe("is empty", effects);
        Persist(
            new EmptyWrite(),
            [
                new GroupMetadataRecord(GroupId, new GroupMetadata(
                    ProtocolType, Generation, null, null, time.WallClockMs, [])),
            ],
            effects);
    }

    /// <summary>Members were removed: the others must share what those had.</summary>
    private void MembersGone(GroupTime time, string why, EffectList effects)
    {
        switch (State)
        {
            case GroupState.CompletingRebalance or GroupState.Stable:
                PrepareRebalance(time, why, effects);
                break;
            case GroupState.PreparingRebalance:
                Unseal(time);
                break;
        }

        TryCompleteJoin(time, effects);
    }

    private GroupMetadataRecord Generated(long stateTimestampMs, Func<GroupMember, ReadOnlyMemory<byte>> assignment) =>
        new(GroupId, new GroupMetadata(
            ProtocolType, Generation, _protocol, _leader, stateTimestampMs, Stored(_protocol!, assignment)));
}
