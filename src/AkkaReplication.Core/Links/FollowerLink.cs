using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

/// <summary>
/// A follower broker's end of its link to one leader broker: owns which positions the leader has been told. Every
/// position is sent until it has been stated in the present session; whatever may have been lost, all of them are
/// stated anew under a greater session id. Must never hand on an answer to a position that was left, nor one answer
/// twice.
/// </summary>
/// <param name="options">The two ends.</param>
/// <param name="nextSessionId">
/// Gives ids that never fall, also not below those of an earlier link of this life of the broker to that leader: a
/// monotonic clock, for instance. Within one link they are made to grow.
/// </param>
public sealed partial class FollowerLink(LinkOptions options, Func<long> nextSessionId)
{
    /// <summary>Requests on their way at the same time: so a new position never waits for a parked request.</summary>
    public const int MaxInFlight = 4;

    /// <summary>Positions in one request; what is beyond goes into the next.</summary>
    public const int MaxPositions = 1000;

    private readonly Dictionary<TopicIdPartition, Followed> _followed = [];
    private readonly Queue<Followed> _unstated = new();
    private readonly List<TopicIdPartition> _forgotten = [];
    private readonly List<SentFetch> _inFlight = [];
    private BrokerEpoch _ownEpoch = BrokerEpoch.Unknown;
    private bool _isPeerUp;
    private long _sessionId;
    private long _nextNumber;
    private int _troubles;
    private long _pausedUntilMs = long.MinValue;

    private enum PositionState : byte
    {
        /// <summary>To be sent.</summary>
        Unstated,

        /// <summary>To be sent at a later time.</summary>
        Delayed,

        /// <summary>The leader has it, if nothing was lost.</summary>
        Stated,

        /// <summary>Its answer went to the replica, which will state another one.</summary>
        Answered,
    }

    /// <summary>Partitions followed over this link.</summary>
    public int Count => _followed.Count;

    /// <summary>This life of the broker, without which nothing is sent (S1); a new one begins a new session.</summary>
    public void OnIdentity(long nowMs, BrokerEpoch epoch, EffectList effects)
    {
        if (epoch == _ownEpoch)
            return;

        _ownEpoch = epoch;
        Restate();
        Pump(nowMs, effects);
    }

    /// <summary>The leader's broker can be reached.</summary>
    public void OnPeerUp(long nowMs, EffectList effects)
    {
        _isPeerUp = true;
        _troubles = 0;
        _pausedUntilMs = long.MinValue;
        Restate();
        Pump(nowMs, effects);
    }

    /// <summary>The leader's broker cannot be reached: what was on its way counts as lost.</summary>
    public void OnPeerDown(long nowMs, EffectList effects)
    {
        _isPeerUp = false;
        Restate();
    }

    /// <summary>A replica follows from there on; replaces what it said before.</summary>
    public void OnPosition(long nowMs, TopicIdPartition partition, FetchFrom position, EffectList effects)
    {
        var followed = Take(partition, position);
        MakeUnstated(followed);
        Pump(nowMs, effects);
    }

    /// <summary>As <see cref="OnPosition"/>, but not before the delay; anything said later replaces it.</summary>
    public void OnPositionAfter(long nowMs, TopicIdPartition partition, FetchFromAfter position, EffectList effects)
    {
        var heldBytes = _heldBytes;
        var followed = Take(partition, position.Position);
        followed.State = PositionState.Delayed;
        followed.DueMs = nowMs + position.DelayMs;
        ArmTimer(nowMs, followed.DueMs, effects);
        if (_heldBytes < heldBytes)
            Pump(nowMs, effects);
    }

    /// <summary>A replica follows no longer here, or is closed.</summary>
    public void OnStop(long nowMs, TopicIdPartition partition, EffectList effects)
    {
        if (!_followed.Remove(partition, out var followed))
            return;

        LetGo(followed);
        followed.State = PositionState.Answered;
        if (followed.StatedInSession == _sessionId)
            _forgotten.Add(partition);
        Pump(nowMs, effects);
    }

    /// <summary>An answer came, perhaps late, twice, or out of order.</summary>
    public void OnAnswer(long nowMs, PeerFetchAnswer answer, EffectList effects)
    {
        if (answer.From != options.Peer || answer.SessionId != _sessionId || !_isPeerUp || !TakeInFlight(answer.Number))
            return;

        if (answer.Error != ErrorCode.None)
        {
            OnRefused(nowMs, answer.Error, effects);
            return;
        }

        _acknowledged = Math.Max(_acknowledged, answer.Number);
        _troubles = 0;
        foreach (var partition in answer.Partitions)
            Deliver(partition, effects);
        Pump(nowMs, effects);
    }

    private void Deliver(FetchedPartition fetched, EffectList effects)
    {
        if (!_followed.TryGetValue(fetched.Partition, out var followed) || followed.State == PositionState.Answered)
            return;

        var position = followed.Position;
        if (fetched.CurrentLeaderEpoch != position.LeaderEpoch
            || fetched.FetchOffset != position.FetchOffset
            || fetched.LastFetchedEpoch != position.LastFetchedEpoch)
        {
            return;
        }

        if (fetched.EndsPosition)
            followed.State = PositionState.Answered;
        Hold(followed, fetched.Records.Length);
        effects.Add(new DeliverFetched(fetched.Partition, fetched));
    }

    private Followed Take(TopicIdPartition partition, FetchFrom position)
    {
        if (!_followed.TryGetValue(partition, out var followed))
            _followed.Add(partition, followed = new Followed(partition));
        LetGo(followed);
        followed.Position = position;
        return followed;
    }

    private void MakeUnstated(Followed followed)
    {
        followed.State = PositionState.Unstated;
        if (followed.IsQueued)
            return;

        followed.IsQueued = true;
        _unstated.Enqueue(followed);
    }

    private bool TakeInFlight(long number)
    {
        var index = _inFlight.FindIndex(sent => sent.Number == number);
        if (index < 0)
            return false;

        _askedBytes -= _inFlight[index].MaxBytes;
        _inFlight.RemoveAt(index);
        return true;
    }

    private readonly record struct SentFetch(long Number, long SentMs, int MaxBytes);

    private sealed class Followed(TopicIdPartition partition)
    {
        public TopicIdPartition Partition { get; } = partition;

        public FetchFrom Position { get; set; } = null!;

        public PositionState State { get; set; }

        /// <summary>When a delayed position is to be sent.</summary>
        public long DueMs { get; set; }

        /// <summary>The session in which some position of the partition was stated last.</summary>
        public long StatedInSession { get; set; } = long.MinValue;

        public bool IsQueued { get; set; }

        /// <summary>Of records that its replica was handed and has not said anything about.</summary>
        public int HeldBytes { get; set; }
    }
}
