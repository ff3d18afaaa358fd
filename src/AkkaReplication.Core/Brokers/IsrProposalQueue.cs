using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Brokers;

/// <summary>Send the proposals to the controller.</summary>
public sealed record SendAlterPartitions(AlterPartitions Request) : Effect;

/// <summary>Tell the replica of that partition what became of its proposal.</summary>
public sealed record DeliverIsrAnswer(IsrProposalAnswer Answer) : Effect;

/// <summary>Call IsrProposalQueue.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartIsrTimer(long DelayMs) : Effect;

/// <param name="RequestTimeoutMs">When a request without an answer is sent again.</param>
/// <param name="RetryBackoffMs">Pause after a refusal that may pass.</param>
public sealed record IsrProposalQueueOptions(BrokerId Self, long RequestTimeoutMs = 4_500, long RetryBackoffMs = 50);

/// <summary>
/// The ISR proposals of all leaders of a broker on their way to the controller: one request at a time, sent again until it
/// is answered. Never gives a proposal up by itself, because the controller may have accepted it (KIP-497).
/// </summary>
public sealed class IsrProposalQueue(IsrProposalQueueOptions options)
{
    // A control message stays below 64 KiB (M3).
    private const int MaxProposalsPerRequest = 400;

    // In the order of arrival; the sequence number tells a proposal from a later one of the same partition.
    private readonly SortedDictionary<long, IsrProposal> _queue = [];
    private readonly Dictionary<TopicIdPartition, long> _places = [];
    private readonly Dictionary<TopicIdPartition, long> _sent = [];
    private BrokerEpoch _epoch = BrokerEpoch.Unknown;
    private long _nextPlace;
    private long _requestId;
    private bool _inFlight;
    private long _dueMs;
    private long _pausedUntilMs = long.MinValue;

    /// <summary>Proposals without an answer.</summary>
    public int Count => _queue.Count;

    /// <summary>The broker's life: nothing is sent before it is known.</summary>
    public void OnRegistered(long nowMs, BrokerEpoch epoch, EffectList effects)
    {
        _epoch = epoch;
        _inFlight = false;
        _pausedUntilMs = long.MinValue;
        TrySend(nowMs, effects);
    }

    /// <summary>
    /// A leader proposes. An older proposal of that partition gives way if it is of an older epoch; otherwise the new one is
    /// answered OPERATION_NOT_ATTEMPTED, truthfully: no copy of it has left the broker (L1).
    /// </summary>
    public void OnProposal(long nowMs, IsrProposal proposal, EffectList effects)
    {
        if (_places.TryGetValue(proposal.Partition, out var place))
        {
            var queued = _queue[place];
            if (queued.LeaderEpoch >= proposal.LeaderEpoch && queued.PartitionEpoch >= proposal.PartitionEpoch)
            {
                effects.Add(new DeliverIsrAnswer(NotAttempted(proposal)));
                return;
            }

            Remove(proposal.Partition);
        }

        _places.Add(proposal.Partition, _nextPlace);
        _queue.Add(_nextPlace++, proposal);
        TrySend(nowMs, effects);
    }

    /// <summary>The leader does not wait for it any more. A copy may be under way or even accepted.</summary>
    public void OnWithdraw(TopicIdPartition partition) => Remove(partition);

    public void OnAnswer(long nowMs, AlterPartitionsAnswer answer, EffectList effects)
    {
        if (!_inFlight || answer.RequestId != _requestId)
            return;

        _inFlight = false;
        if (answer.Error != ErrorCode.None)
        {
            Pause(nowMs, effects);
            return;
        }

        // First out of the queue, then delivered: the leader may propose again at once (KAFKA-14010).
        var decided = new List<IsrProposalAnswer>();
        foreach (var one in answer.Answers)
        {
            if (IsDecision(one.Error) && IsStillWanted(one))
            {
                Remove(one.Partition);
                decided.Add(one);
            }
        }

        foreach (var one in decided)
            effects.Add(new DeliverIsrAnswer(one));

        // What was sent and is not decided is sent again, after a pause.
        if (_sent.Any(s => _places.TryGetValue(s.Key, out var place) && place == s.Value))
            Pause(nowMs, effects);
        else
            TrySend(nowMs, effects);
    }

    /// <summary>Another controller may be there: what is in flight is not waited for.</summary>
    public void OnControllerChanged(long nowMs, EffectList effects)
    {
        _inFlight = false;
        _pausedUntilMs = long.MinValue;
        TrySend(nowMs, effects);
    }

    /// <summary>The timer fired: the request in flight has taken too long, or the pause is over.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        if (nowMs < _dueMs)
        {
            effects.Add(new StartIsrTimer(_dueMs - nowMs));
            return;
        }

        _inFlight = false;
        TrySend(nowMs, effects);
    }

    private void TrySend(long nowMs, EffectList effects)
    {
        if (_inFlight || _queue.Count == 0 || _epoch == BrokerEpoch.Unknown || nowMs < _pausedUntilMs)
            return;

        _inFlight = true;
        _requestId++;
        _sent.Clear();
        var proposals = ImmutableArray.CreateBuilder<IsrProposal>();
        foreach (var (place, proposal) in _queue.Take(MaxProposalsPerRequest))
        {
            proposals.Add(proposal);
            _sent.Add(proposal.Partition, place);
        }

        effects.Add(new SendAlterPartitions(
            new AlterPartitions(options.Self, _epoch, _requestId, proposals.ToImmutable())));
        Wait(nowMs, options.RequestTimeoutMs, effects);
    }

    private void Pause(long nowMs, EffectList effects)
    {
        _pausedUntilMs = nowMs + options.RetryBackoffMs;
        Wait(nowMs, options.RetryBackoffMs, effects);
    }

    private void Wait(long nowMs, long delayMs, EffectList effects)
    {
        _dueMs = nowMs + delayMs;
        effects.Add(new StartIsrTimer(delayMs));
    }

    private bool IsStillWanted(IsrProposalAnswer answer) =>
        _places.TryGetValue(answer.Partition, out var place)
        && _sent.TryGetValue(answer.Partition, out var sent)
        && place == sent
        && _queue[place].ProposalId == answer.ProposalId;

    private void Remove(TopicIdPartition partition)
    {
        if (_places.Remove(partition, out var place))
            _queue.Remove(place);
    }

    /// <summary>Whether the error says what became of the proposal; any other only says that now is a bad time.</summary>
    private static bool IsDecision(ErrorCode error) => error is ErrorCode.None
        or ErrorCode.IneligibleReplica
        or ErrorCode.OperationNotAttempted
        or ErrorCode.UnknownTopicOrPartition
        or ErrorCode.UnknownTopicId
        or ErrorCode.FencedLeaderEpoch
        or ErrorCode.InvalidUpdateVersion
        or ErrorCode.InvalidRequest
        or ErrorCode.NewLeaderElected;

    private static IsrProposalAnswer NotAttempted(IsrProposal proposal) =>
        new(
            proposal.Partition,
            proposal.ProposalId,
            ErrorCode.OperationNotAttempted,
            BrokerId.None,
            LeaderEpoch.None,
            PartitionEpoch.None,
            LeaderRecoveryState.Recovered,
            []);
}
