using AkkaReplication.Effects;

namespace AkkaReplication.Replicas;

internal sealed partial class LeaderReplica
{
    private long _flushRequestedMs;
    private bool _flushInFlight;

    /// <summary>
    /// Whether this leader's log is on disk up to its end changed (D2): its own part in the high watermark, and the
    /// local acknowledgement.
    /// </summary>
    public void OnFlushed(long nowMs, EffectList effects)
    {
        _flushInFlight = false;
        RequestFlush(nowMs, effects);
        Settle(nowMs, effects);
    }

    /// <summary>Returns why this replica must go offline: its flush hangs (D2). Null where it does not.</summary>
    public string? OnFlushDeadline(long nowMs, EffectList effects)
    {
        if (!_flushInFlight)
            return null;

        var dueMs = _flushRequestedMs + _context.Options.ReplicaLagTimeMaxMs;
        if (nowMs >= dueMs)
            return $"a flush has not completed for {nowMs - _flushRequestedMs} ms (replica.lag.time.max.ms)";

        effects.Add(new StartReplicaTimer(ReplicaTimer.FlushDeadline, dueMs - nowMs));
        return null;
    }

    /// <summary>
    /// The rule of 3.1. Frozen while the committed ISR is below min ISR (KIP-966, strict). Otherwise the least log end
    /// of the leader (in flush=fsync its flushed end, D2), of the whole maximal ISR, and of eligible followers that
    /// keep up and are about to join. Never backwards.
    /// </summary>
    private bool TryAdvanceHighWatermark(long nowMs)
    {
        if (_committedIsr.Length < _minIsr)
            return false;

        var end = _log.LogEndOffset;
        var candidate = LocalEndOffset;
        foreach (var follower in _followers)
        {
            if (follower.LogEndOffset < candidate && HoldsHighWatermark(follower, end, nowMs))
                candidate = follower.LogEndOffset;
        }

        return candidate > _context.HighWatermark && _context.SetHighWatermark(candidate);
    }

    /// <summary>What this replica itself may count as its own.</summary>
    private long LocalEndOffset => _context.FlushesBeforeAcknowledging
        ? Math.Min(_log.FlushedEndOffset, _log.LogEndOffset)
        : _log.LogEndOffset;

    // Eligibility is part of it (KAFKA-15021): a fenced follower that was caught up just now will not join.
    private bool HoldsHighWatermark(FollowerView follower, long logEndOffset, long nowMs) =>
        follower.InMaximalIsr
        || (follower.IsCaughtUp(logEndOffset, nowMs, _context.Options.ReplicaLagTimeMaxMs) && IsEligible(follower));

    private void RequestFlush(long nowMs, EffectList effects)
    {
        if (!_context.FlushesBeforeAcknowledging || _flushInFlight || _log.FlushedEndOffset >= _log.LogEndOffset)
            return;

        _flushInFlight = true;
        _flushRequestedMs = nowMs;
        effects.Add(new FlushLog(_log.LogEndOffset));
        effects.Add(new StartReplicaTimer(ReplicaTimer.FlushDeadline, _context.Options.ReplicaLagTimeMaxMs));
    }
}
