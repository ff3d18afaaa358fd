using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

internal sealed partial class LeaderReplica
{
    private readonly List<PendingDelete> _deletes = [];
    private long _deleteDeadlineArmedMs = long.MaxValue;

    /// <summary>
    /// Moves the log start (KIP-107) at most to the high watermark, and answers when every live replica, and everybody in
    /// the ISR, has followed: then no clean election among them can bring the records back.
    /// </summary>
    /// <exception cref="StorageException">The log failed: this replica must go offline.</exception>
    public void OnDeleteRecords(long nowMs, in DeleteRecordsInput input, EffectList effects)
    {
        if (IsLeaseLapsed(nowMs))
        {
            effects.Add(new DeleteRecordsCompleted(
                input.Token,
                ErrorCode.NotLeaderOrFollower,
                -1,
                "this leader has not heard from the controller and may have been replaced"));
            return;
        }

        var highWatermark = _context.HighWatermark;
        var offset = input.Offset == DeleteRecordsInput.HighWatermark ? highWatermark : input.Offset;
        if (offset < 0 || offset > highWatermark)
        {
            effects.Add(new DeleteRecordsCompleted(
                input.Token,
                ErrorCode.OffsetOutOfRange,
                -1,
                $"before offset {input.Offset}; 0 to {highWatermark} (the high watermark) are accepted, or -1 for that"));
            return;
        }

        if (offset > _log.LogStartOffset)
            _log.AdvanceLogStart(offset);
        _deletes.Add(new PendingDelete(input.Token, offset, input.DeadlineMs));
        Settle(nowMs, effects);
        ArmDeleteDeadline(nowMs, effects);
    }

    /// <summary>Answers deletions whose time is up; what they moved stays moved.</summary>
    public void OnDeleteDeadline(long nowMs, EffectList effects)
    {
        _deleteDeadlineArmedMs = long.MaxValue;
        var message = $"this leader's log starts at {_log.LogStartOffset} now, but not every replica that lives or is in sync has followed yet";
        for (var i = 0; i < _deletes.Count;)
        {
            if (_deletes[i].DeadlineMs <= nowMs)
                Complete(i, ErrorCode.RequestTimedOut, -1, message, effects);
            else
                i++;
        }

        ArmDeleteDeadline(nowMs, effects);
    }

    /// <summary>This leadership is over: every deletion that waits gets <paramref name="error"/>, once.</summary>
    public void FailDeletes(ErrorCode error, string message, EffectList effects)
    {
        while (_deletes.Count > 0)
            Complete(0, error, -1, message, effects);
    }

    /// <summary>Answers what every live replica has followed. Not while the lease is lapsed (E2), as with produces.</summary>
    private void CompleteDeletes(long nowMs, EffectList effects)
    {
        if (_deletes.Count == 0 || IsLeaseLapsed(nowMs))
            return;

        var low = LowWatermark();
        for (var i = 0; i < _deletes.Count;)
        {
            if (_deletes[i].Offset <= low)
                Complete(i, ErrorCode.None, low, null, effects);
            else
                i++;
        }
    }

    /// <summary>
    /// The least log start of all replicas that count (who is fenced leaves the ISR with the same record); -1 while one of
    /// them has not said in this epoch, and in its present life, where its log starts.
    /// </summary>
    private long LowWatermark()
    {
        var low = _log.LogStartOffset;
        foreach (var follower in _followers)
        {
            var isKnown = _context.Brokers.Brokers.TryGetValue(follower.Broker, out BrokerStatus status);
            if (follower.InMaximalIsr || (isKnown && status.HasLiveReplica(_context.Partition)))
                low = Math.Min(low, status.Epoch == follower.BrokerEpoch ? follower.LogStartOffset : -1);
        }

        return low;
    }

    private void Complete(int index, ErrorCode error, long lowWatermark, string? message, EffectList effects)
    {
        effects.Add(new DeleteRecordsCompleted(_deletes[index].Token, error, lowWatermark, message));
        _deletes.RemoveAt(index);
    }

    private void ArmDeleteDeadline(long nowMs, EffectList effects)
    {
        var earliestMs = long.MaxValue;
        foreach (var delete in _deletes)
            earliestMs = Math.Min(earliestMs, delete.DeadlineMs);
        if (earliestMs >= _deleteDeadlineArmedMs)
            return;

        _deleteDeadlineArmedMs = earliestMs;
        effects.Add(new StartReplicaTimer(ReplicaTimer.DeleteDeadline, Math.Max(0, earliestMs - nowMs)));
    }

    /// <summary>A deletion that is done here and waits for the other replicas.</summary>
    private readonly record struct PendingDelete(RequestToken Token, long Offset, long DeadlineMs);
}
