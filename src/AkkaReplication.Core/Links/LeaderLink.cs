using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

/// <summary>
/// A leader broker's end of its link from one follower broker: owns the session's positions, and when which request is
/// answered. At most one request is parked; a newer one completes it at once, so that order is kept and no position
/// waits behind it. Must never take an old copy for a new request, nor anybody else for the follower (S1).
/// </summary>
public sealed partial class LeaderLink(LinkOptions options)
{
    private readonly Dictionary<TopicIdPartition, Position> _positions = [];
    private BrokerEpoch _ownEpoch = BrokerEpoch.Unknown;
    private BrokerEpoch? _introducedEpoch;
    private BrokerEpoch _followerEpoch = BrokerEpoch.Unknown;
    private long _sessionId = long.MinValue;
    private bool _isSessionOpen;
    private long _nextNumber;
    private readonly Queue<(long Number, long SentMs)> _unacknowledged = new();
    private long _nowMs;
    private long? _contactMs;

    private enum PositionState : byte
    {
        /// <summary>Its replica has been asked.</summary>
        Asked,

        /// <summary>There is nothing to read; the replica will tell.</summary>
        Idle,

        /// <summary>There are records, which wait for a request to be read for.</summary>
        Unread,

        /// <summary>They are being read.</summary>
        Reading,

        /// <summary>There is an answer.</summary>
        Ready,

        /// <summary>Answered: nothing more before the follower states another position.</summary>
        Answered,

        /// <summary>Not in the session any more.</summary>
        Gone,
    }

    /// <summary>Partitions in the session.</summary>
    public int Count => _positions.Count;

    /// <summary>This life of the broker, for the answers.</summary>
    public void OnIdentity(BrokerEpoch epoch) => _ownEpoch = epoch;

    /// <summary>
    /// The follower's connection has introduced itself with this life: requests of another one are refused from now on
    /// (S1). Where a carrier has no introduction, lives must only not go backwards.
    /// </summary>
    public void OnIntroduced(BrokerEpoch followerEpoch) => _introducedEpoch = followerEpoch;

    /// <summary>The connection is gone, and with it who waited for answers, and all that was on its way.</summary>
    public void OnPeerDown()
    {
        _introducedEpoch = null;
        _sessionId = long.MinValue;
        CloseSession();
    }

    /// <summary>A request came, perhaps late, twice, or out of order.</summary>
    public void OnPeerFetch(long nowMs, PeerFetch fetch, EffectList effects)
    {
        if (JudgeSender(fetch) is var refusal and not ErrorCode.None)
        {
            Refuse(fetch, refusal, effects);
            return;
        }

        if (!TryContinueSession(fetch, effects))
            return;

        _nowMs = nowMs;
        TakeAcknowledged(fetch.Acknowledged);
        if (_parked is not null)
            AnswerParked(effects);
        _parked = fetch;
        _parkedMs = nowMs;
        foreach (var partition in fetch.Forgotten)
            Forget(partition);
        foreach (var position in fetch.Positions)
            Ask(position, effects);
        Proceed(effects);
        ArmTimer(nowMs, effects);
    }

    /// <summary>The replica's answer to a position.</summary>
    public void OnFetchAnswered(long nowMs, FollowerFetchAnswered answered, EffectList effects)
    {
        if (!_positions.TryGetValue(answered.Request.Partition, out var position)
            || position.State != PositionState.Asked
            || position.Fetch != answered.Request)
        {
            return;
        }

        _nowMs = nowMs;
        if (answered.Error == ErrorCode.None && answered.Diverging is null)
        {
            Take(position, answered.View!);
        }
        else
        {
            MakeReady(position, FetchedPartition.To(
                answered.Request, answered.Error, answered.Diverging, answered.View, default)
                with
            {
                Producers = answered.Producers,
            });
        }

        Proceed(effects);
    }

    /// <summary>
    /// What a <see cref="ReadForFollower"/>, or a part of it, has found. Of a position that was left meanwhile it means
    /// nothing.
    /// </summary>
    public void OnRead(ImmutableArray<FetchedPartition> read, EffectList effects)
    {
        foreach (var partition in read)
        {
            if (_positions.TryGetValue(partition.Partition, out var position)
                && position.State == PositionState.Reading
                && partition.IsAnswerTo(position.Fetch))
            {
                MakeReady(position, partition);
            }
        }

        Proceed(effects);
    }

    /// <summary>There is no such replica on this broker, for this reason.</summary>
    public void OnReplicaUnknown(long nowMs, TopicIdPartition partition, ErrorCode error, EffectList effects)
    {
        if (!_positions.TryGetValue(partition, out var position)
            || position.State is not (PositionState.Asked or PositionState.Reading))
        {
            return;
        }

        MakeReady(position, FetchedPartition.To(position.Fetch, error, null, null, default));
        Proceed(effects);
    }

    /// <summary>A replica has news for a follower that had nothing to read.</summary>
    public void OnDataAvailable(long nowMs, ReadView view, EffectList effects)
    {
        if (!_positions.TryGetValue(view.Partition, out var position)
            || position.State is not (PositionState.Idle or PositionState.Unread))
        {
            return;
        }

        _nowMs = nowMs;
        Take(position, view);
        Proceed(effects);
    }

    /// <summary>
    /// Says, per partition, that the follower's broker follows it, and since when at most it may not do so any more (E3): asked
    /// for while the broker's lease runs out. That is not when its last request came, which may have waited for a leader that
    /// was paused, but when the last answer went out that it is known to have had.
    /// </summary>
    public void ReportContacts(EffectList effects)
    {
        if (_contactMs is not { } contactMs)
            return;

        foreach (var position in _positions.Values.OrderBy(p => p.Fetch.Partition))
        {
            effects.Add(new ReportFollowerContact(
                position.Fetch.Partition, options.Peer, position.Fetch.CurrentLeaderEpoch, contactMs));
        }
    }

    private ErrorCode JudgeSender(PeerFetch fetch)
    {
        if (fetch.ClusterId != options.ClusterId)
            return ErrorCode.InconsistentClusterId;
        if (fetch.From != options.Peer || fetch.FromEpoch == BrokerEpoch.Unknown)
            return ErrorCode.ClusterAuthorizationFailed;
        if (fetch.FromEpoch < _followerEpoch || (_introducedEpoch is { } introduced && fetch.FromEpoch != introduced))
            return ErrorCode.StaleBrokerEpoch;

        foreach (var position in fetch.Positions)
        {
            if (position.Follower != fetch.From || position.FollowerEpoch != fetch.FromEpoch)
                return ErrorCode.ClusterAuthorizationFailed;
        }

        return ErrorCode.None;
    }

    /// <summary>
    /// Whether the request is the next one of the session, or opens a newer one. Old copies are ignored. A gap means
    /// that positions are lost, and an unknown session that one of the ends was restarted: the follower, if it is there
    /// and not long past that session, restates everything.
    /// </summary>
    private bool TryContinueSession(PeerFetch fetch, EffectList effects)
    {
        var isNewer = fetch.FromEpoch > _followerEpoch
            || (fetch.FromEpoch == _followerEpoch && fetch.SessionId > _sessionId);
        if (isNewer && fetch.Number == 0)
        {
            OpenSession(fetch);
        }
        else if (isNewer || fetch.SessionId < _sessionId)
        {
            Refuse(fetch, ErrorCode.FetchSessionIdNotFound, effects);
            return false;
        }
        else if (!_isSessionOpen || fetch.Number < _nextNumber)
        {
            return false;
        }
        else if (fetch.Number > _nextNumber)
        {
            CloseSession();
            Refuse(fetch, ErrorCode.InvalidFetchSessionEpoch, effects);
            return false;
        }

        _nextNumber++;
        return true;
    }

    private void TakeAcknowledged(long number)
    {
        while (_unacknowledged.TryPeek(out var answer) && answer.Number <= number)
        {
            _contactMs = Math.Max(_contactMs ?? long.MinValue, answer.SentMs);
            _unacknowledged.Dequeue();
        }
    }

    private void OpenSession(PeerFetch fetch)
    {
        CloseSession();
        _unacknowledged.Clear();
        _followerEpoch = fetch.FromEpoch;
        _sessionId = fetch.SessionId;
        _nextNumber = 0;
        _isSessionOpen = true;
    }

    private void CloseSession()
    {
        _isSessionOpen = false;
        _parked = null;
        foreach (var position in _positions.Values)
            position.State = PositionState.Gone;
        _positions.Clear();
        _unread.Clear();
        _ready.Clear();
        _watermarks.Clear();
    }

    private void Ask(in FollowerFetch fetch, EffectList effects)
    {
        if (!_positions.TryGetValue(fetch.Partition, out var position))
            _positions.Add(fetch.Partition, position = new Position());
        position.Fetch = fetch;
        position.State = PositionState.Asked;
        position.Answer = null;
        position.View = null;

        // What was told under the position before may have come too late to be believed.
        position.ForgetTold();
        effects.Add(new AskReplica(fetch));
    }

    private void Forget(TopicIdPartition partition)
    {
        if (_positions.Remove(partition, out var position))
            position.State = PositionState.Gone;
    }

    private void Refuse(PeerFetch fetch, ErrorCode error, EffectList effects) => effects.Add(new SendAnswer(
        new PeerFetchAnswer(options.Self, _ownEpoch, fetch.SessionId, fetch.Number, error, [])));

    private sealed class Position
    {
        private long _toldHighWatermark = -1;
        private long _toldLogStart = -1;

        public FollowerFetch Fetch { get; set; }

        public PositionState State { get; set; }

        /// <summary>The latest view the replica gave; records are read through it.</summary>
        public ReadView? View { get; set; }

        /// <summary>Records, an error or a divergence.</summary>
        public FetchedPartition? Answer { get; set; }

        /// <summary>The view has a high watermark or a log start that the follower was not told.</summary>
        public bool HasUntoldBounds =>
            View!.HighWatermark != _toldHighWatermark || View.LogStartOffset != _toldLogStart;

        public bool IsInUnread { get; set; }

        public bool IsInReady { get; set; }

        public bool IsInWatermarks { get; set; }

        public void ForgetTold() => (_toldHighWatermark, _toldLogStart) = (-1, -1);

        /// <summary>The view is about to be answered with.</summary>
        public void TellBounds() => (_toldHighWatermark, _toldLogStart) = (View!.HighWatermark, View.LogStartOffset);
    }
}
