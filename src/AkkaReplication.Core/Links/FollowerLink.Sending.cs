using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

public sealed partial class FollowerLink
{
    private long _timerDueMs = long.MaxValue;
    private long _acknowledged = -1;

    /// <summary>The timer of <see cref="StartLinkTimer"/> has run down.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        _timerDueMs = long.MaxValue;
        if (_inFlight.Count > 0 && nowMs >= LossDeadlineMs)
        {
            // A request or its answer is lost; which positions the leader has is anybody's guess.
            _troubles++;
            Restate();
        }

        foreach (var followed in DelayedByPartition())
        {
            if (followed.DueMs <= nowMs)
                MakeUnstated(followed);
            else
                ArmTimer(nowMs, followed.DueMs, effects);
        }

        Pump(nowMs, effects);
    }

    /// <summary>
    /// The oldest request's time is up: twice the longest wait, and longer each time, for a leader with slow disks. Not
    /// much longer, because a link that was cut is noticed to be whole again only when the next request goes out.
    /// </summary>
    private long LossDeadlineMs => _inFlight[0].SentMs + ((2L * options.MaxWaitMs) << Math.Min(_troubles, 2));

    private void OnRefused(long nowMs, ErrorCode error, EffectList effects)
    {
        // The leader has lost the thread, or never had it: start anew, at once if that promises to help.
        var isThreadLost = error is ErrorCode.FetchSessionIdNotFound or ErrorCode.InvalidFetchSessionEpoch;
        if (!isThreadLost || _troubles > 0)
            _pausedUntilMs = nowMs + options.MaxWaitMs;
        _troubles++;
        Restate();
        Pump(nowMs, effects);
    }

    /// <summary>
    /// Begins a new session, in which everything is unstated. A position whose answer is with the replica is not
    /// stated: the replica is about to say another one.
    /// </summary>
    private void Restate()
    {
        _sessionId = Math.Max(_sessionId + 1, nextSessionId());
        _nextNumber = 0;
        _acknowledged = -1;
        _inFlight.Clear();
        _askedBytes = 0;
        _forgotten.Clear();
        foreach (var followed in _followed.Values.Where(f => f.State == PositionState.Stated).OrderBy(f => f.Partition))
            MakeUnstated(followed);
    }

    /// <summary>Sends while there is something to say, and otherwise keeps one request with the leader.</summary>
    private void Pump(long nowMs, EffectList effects)
    {
        if (nowMs < _pausedUntilMs)
        {
            ArmTimer(nowMs, _pausedUntilMs, effects);
            return;
        }

        if (!_isPeerUp || _ownEpoch == BrokerEpoch.Unknown)
            return;

        while (_inFlight.Count < MaxInFlight
            && HasCredit
            && (_unstated.Count > 0 || _forgotten.Count > 0 || (_inFlight.Count == 0 && _followed.Count > 0)))
        {
            Send(nowMs, effects);
        }

        if (_inFlight.Count > 0)
            ArmTimer(nowMs, LossDeadlineMs, effects);
    }

    private void Send(long nowMs, EffectList effects)
    {
        var positions = ImmutableArray.CreateBuilder<FollowerFetch>(Math.Min(_unstated.Count, MaxPositions));
        while (positions.Count < MaxPositions && _unstated.TryDequeue(out var followed))
        {
            followed.IsQueued = false;
            if (followed.State != PositionState.Unstated)
                continue;
            followed.State = PositionState.Stated;
            followed.StatedInSession = _sessionId;
            positions.Add(ToFetch(followed));
        }

        var fetch = new PeerFetch(
            options.ClusterId,
            options.Self,
            _ownEpoch,
            _sessionId,
            _nextNumber++,
            options.MaxWaitMs,
            RequestBytes,
            positions.DrainToImmutable(),
            [.. _forgotten])
        {
            Acknowledged = _acknowledged,
        };
        _forgotten.Clear();
        _inFlight.Add(new SentFetch(fetch.Number, nowMs, fetch.MaxBytes));
        _askedBytes += fetch.MaxBytes;
        effects.Add(new SendPeerFetch(fetch));
    }

    private FollowerFetch ToFetch(Followed followed)
    {
        var position = followed.Position;
        return new FollowerFetch(
            followed.Partition,
            options.Self,
            _ownEpoch,
            position.LeaderEpoch,
            position.FetchOffset,
            position.LastFetchedEpoch,
            position.LogStartOffset);
    }

    private IEnumerable<Followed> DelayedByPartition() =>
        _followed.Values.Where(f => f.State == PositionState.Delayed).OrderBy(f => f.Partition);

    private void ArmTimer(long nowMs, long dueMs, EffectList effects)
    {
        if (dueMs >= _timerDueMs)
            return;

        _timerDueMs = dueMs;
        effects.Add(new StartLinkTimer(Math.Max(0, dueMs - nowMs)));
    }
}
