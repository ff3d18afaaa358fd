using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Groups;

namespace AkkaReplication.Clients;

/// <summary>From one generation to the next.</summary>
public sealed partial class GroupMembership
{
    private object? _attempt;
    private bool _joinsAgain;
    private bool _isRevoked;
    private ImmutableArray<TopicPartition> _revoking = [];
    private long _round;
    private string _protocol = "";
    private ImmutableArray<SubscribedMember> _members = [];
    private Dictionary<string, int>? _assignedCounts;
    private ImmutableArray<TopicPartition> _claimed = [];
    private bool _isIncomplete;
    private long _completeAtMs = long.MaxValue;

    private void BeginJoin(long nowMs, EffectList effects)
    {
        if (!_isCooperative && _owned.Length > 0 && !_isRevoked)
        {
            Revoke(_owned, effects);
            return;
        }

        _isRevoked = false;
        _joinsAgain = false;
        _assignedCounts = null;
        _claimed = _owned;
        _isIncomplete = false;
        _completeAtMs = long.MaxValue;
        _phase = Phase.Joining;
        var metadata = ConsumerProtocol.Encode(new ConsumerSubscription(_topics, null, _owned, Generation, null));
        var request = new JoinGroupRequest(
            _settings.GroupId,
            _settings.SessionTimeoutMs,
            _settings.MaxPollIntervalMs,
            MemberId,
            _settings.GroupInstanceId,
            ConsumerProtocol.Type,
            [.. _settings.Assignors.Select(a => new GroupProtocol(a.Name, metadata))],
            RequiresKnownMemberId: true,
            SupportsSkippingAssignment: true,
            Reason: null);
        // The answer comes when all others have joined, which may take as long as they are waited for.
        Attempt(nowMs, request, _settings.MaxPollIntervalMs + _settings.RequestTimeoutMs, effects);
    }

    private void Attempt(long nowMs, ClientRequest request, int timeoutMs, EffectList effects)
    {
        _attempt = new object();
        Connections.Call(nowMs, _coordinator, request, _attempt, timeoutMs, effects);
    }

    private void OnAttemptAnswered(long nowMs, ClientResponse response, EffectList effects)
    {
        _attempt = null;
        switch (response)
        {
            case JoinGroupResponse { Error: ErrorCode.None } joined:
                OnJoined(nowMs, joined);
                break;
            case JoinGroupResponse { Error: ErrorCode.MemberIdRequired } promised:
                MemberId = promised.MemberId;
                _phase = Phase.Idle;
                _isRevoked = true;
                break;
            case JoinGroupResponse refused:
                OnRefused(nowMs, refused.Error, effects);
                break;
            case SyncGroupResponse { Error: ErrorCode.None } synced:
                OnSynced(nowMs, synced, effects);
                break;
            case SyncGroupResponse refused:
                OnRefused(nowMs, refused.Error, effects);
                break;
            case LeaveGroupResponse left when left.Error.IsRetriable():
                _coordinator = BrokerId.None;
                Pause(nowMs);
                break;
            case LeaveGroupResponse:
                OnLeft(effects);
                break;
        }
    }

    /// <summary>Whether the group has heard of it nobody knows: it joins again, which does no harm.</summary>
    private void OnAttemptLost(long nowMs, EffectList effects)
    {
        _attempt = null;
        if (_phase == Phase.Leaving)
        {
            // Its session will end by itself.
            OnLeft(effects);
            return;
        }

        _phase = Phase.Idle;
        Pause(nowMs);
    }

    private void OnJoined(long nowMs, JoinGroupResponse joined)
    {
        _failures = 0;
        MemberId = joined.MemberId;
        Generation = joined.Generation;
        _protocol = joined.ProtocolName ?? "";
        HeardAt(nowMs, nowMs);
        _phase = Phase.Assigning;
        _members = joined.LeaderId == joined.MemberId && !joined.SkipAssignment
            ? [.. joined.Members.Select(m => new SubscribedMember(
                m.MemberId, m.GroupInstanceId, Read(m.Metadata)))]
            : [];
        foreach (var topic in SubscribedTopics())
            Updater.Track(topic);
    }

    /// <summary>A member whose metadata cannot be read gets nothing, and stops nobody else.</summary>
    private static ConsumerSubscription Read(ReadOnlyMemory<byte> metadata)
    {
        try
        {
            return ConsumerProtocol.DecodeSubscription(metadata);
        }
        catch (GroupRecordFormatException)
        {
            return new ConsumerSubscription([], null, [], -1, null);
        }
    }

    private IEnumerable<string> SubscribedTopics() =>
        _members.SelectMany(static m => m.Subscription.Topics).Distinct().Order(StringComparer.Ordinal);

    private void TryAssign(long nowMs, EffectList effects)
    {
        // A leader must know every topic, also those that only others want.
        if (SubscribedTopics().Any(t => Metadata.Find(t) is null))
            return;

        ImmutableArray<MemberAssignment> assignments = [];
        if (_members.Length > 0)
        {
            _assignedCounts = Counts();
            var assignor = _settings.Assignors.First(a => a.Name == _protocol);
            var shares = assignor.Assign(_assignedCounts, _members);
            _isIncomplete = assignor.IsCooperative && shares.Values.Sum(static s => s.Length) < _assignedCounts.Values.Sum();
            assignments =
            [
                .. shares
                    .Select(static a => new MemberAssignment(a.Key, ConsumerProtocol.EncodeAssignment(a.Value)))
                    .OrderBy(static a => a.MemberId, StringComparer.Ordinal),
            ];
        }

        _phase = Phase.Syncing;
        var request = new SyncGroupRequest(
            _settings.GroupId,
            Generation,
            MemberId,
            _settings.GroupInstanceId,
            ConsumerProtocol.Type,
            _protocol,
            assignments);
        Attempt(nowMs, request, _settings.MaxPollIntervalMs + _settings.RequestTimeoutMs, effects);
    }

    private Dictionary<string, int> Counts() => SubscribedTopics()
        .Where(t => Metadata.Find(t) is { IsUsable: true })
        .ToDictionary(static t => t, t => Metadata.Find(t)!.Partitions.Length, StringComparer.Ordinal);

    private void OnSynced(long nowMs, SyncGroupResponse synced, EffectList effects)
    {
        ImmutableArray<TopicPartition> assigned;
        try
        {
            assigned = ConsumerProtocol.DecodeAssignment(synced.Assignment);
        }
        catch (GroupRecordFormatException e)
        {
            GiveUp(ErrorCode.UnknownServerError, $"The leader's assignment cannot be read: {e.Message}", effects);
            return;
        }

        ImmutableArray<TopicPartition> revoked = [.. _owned.Except(assigned)];
        ImmutableArray<TopicPartition> added = [.. assigned.Except(_owned)];
        _owned = assigned;
        // What it claimed and did not get was withheld from others for its sake, even if it has lost it since.
        _joinsAgain |= _isCooperative && _claimed.Except(assigned).Any();
        _phase = _joinsAgain ? Phase.Idle : Phase.Stable;
        if (_isIncomplete)
            _completeAtMs = nowMs + _settings.SessionTimeoutMs;
        if (revoked.Length > 0)
        {
            // Once they are let go the group must share them out.
            Revoke(revoked, effects);
        }

        effects.Add(new PartitionsAssigned(Generation, added, _owned));
    }

    private void Revoke(ImmutableArray<TopicPartition> partitions, EffectList effects)
    {
        _phase = Phase.Revoking;
        _revoking = partitions;
        effects.Add(new PartitionsRevoked(partitions, ++_round));
    }

    /// <summary>
    /// What was withheld for a member that then did not join again, because it had lost it or was replaced, must not stay
    /// without a reader.
    /// </summary>
    private void CompleteAssignment(long nowMs)
    {
        if (_phase != Phase.Stable || nowMs < _completeAtMs)
            return;

        _completeAtMs = long.MaxValue;
        _phase = Phase.Idle;
    }

    /// <summary>The leader sees to it that new partitions, and topics that are made later, get a reader.</summary>
    private protected override void OnMetadata(long nowMs, EffectList effects)
    {
        if (_assignedCounts is not null && SubscribedTopics().Any(t => Metadata.Find(t) is { IsUsable: false }))
            Updater.Want();
        if (_phase != Phase.Stable || _assignedCounts is null)
            return;

        var counts = Counts();
        if (counts.Count != _assignedCounts.Count || counts.Any(c => _assignedCounts.GetValueOrDefault(c.Key) != c.Value))
            _phase = Phase.Idle;
    }

    /// <summary>What an error of the coordinator means for the membership.</summary>
    private void OnRefused(long nowMs, ErrorCode error, EffectList effects)
    {
        switch (error)
        {
            case ErrorCode.RebalanceInProgress:
                BackToIdle();
                break;
            case ErrorCode.IllegalGeneration:
                Lose(effects);
                BackToIdle();
                break;
            case ErrorCode.UnknownMemberId:
                MemberId = "";
                Lose(effects);
                BackToIdle();
                break;
            case ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator:
                _coordinator = BrokerId.None;
                Pause(nowMs);
                BackToIdleUnlessStable();
                break;
            case var retriable when retriable.IsRetriable():
                Pause(nowMs);
                BackToIdleUnlessStable();
                break;
            default:
                GiveUp(error, $"The coordinator of group {_settings.GroupId} refuses this member.", effects);
                break;
        }
    }

    private void BackToIdle()
    {
        if (_phase is Phase.Ended or Phase.Leaving or Phase.Away)
            return;

        if (_phase == Phase.Revoking)
            _joinsAgain = true;
        else
            _phase = Phase.Idle;
    }

    private void BackToIdleUnlessStable()
    {
        if (_phase != Phase.Stable)
            BackToIdle();
    }

    /// <summary>Others may have the partitions already.</summary>
    private void Lose(EffectList effects)
    {
        Generation = -1;
        _attempt = null;
        if (_phase == Phase.Revoking)
            _phase = Phase.Idle;
        LoseOwned(effects);
    }

    private void LoseOwned(EffectList effects)
    {
        var lost = _owned.AddRange(_revoking.Except(_owned));
        _owned = [];
        _revoking = [];
        Fence(lost);
        if (lost.Length > 0)
            effects.Add(new PartitionsLost(lost));
    }
}
