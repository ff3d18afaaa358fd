using AkkaReplication.Effects;
using AkkaReplication.Logs;

namespace AkkaReplication.Replicas;

internal sealed partial class FollowerReplica
{
    /// <summary>
    /// The leader's log parts from ours at or before the answered epoch's end: truncate and nothing else, in particular
    /// believe no high watermark from such an answer (KAFKA-14704).
    /// </summary>
    private void TruncateToAgree(EpochEnd leaders, EffectList effects)
    {
        TruncateTo(TargetFor(leaders), effects);
        Publish(effects);
        Ask(effects);
    }

    /// <summary>
    /// The target of 5.5. Where our epoch differs from the leader's, the next fetch, with our new last epoch, finds the
    /// rest; every round lowers that epoch, so it ends (KIP-279).
    /// </summary>
    private long TargetFor(EpochEnd leaders)
    {
        var end = _log.LogEndOffset;
        if (leaders.EndOffset < 0)
            return Math.Min(_asked!.FetchOffset, end);
        if (leaders.Epoch == LeaderEpoch.None || _log.Epochs.EndOffsetFor(leaders.Epoch, end) is not { } ours)
            return Math.Min(leaders.EndOffset, end);
        return ours.Epoch == leaders.Epoch
            ? Math.Min(Math.Min(ours.EndOffset, leaders.EndOffset), end)
            : Math.Min(ours.EndOffset, end);
    }

    /// <summary>
    /// Our position is not in the leader's log (5.6). The answer carries both of its bounds. Where neither explains it,
    /// ask again later: never a reason to give up (KAFKA-7414).
    /// </summary>
    private void OnOutOfRange(FetchedPartition answer, EffectList effects)
    {
        if (answer.LeaderLogEndOffset >= 0 && answer.LeaderLogEndOffset < _log.LogEndOffset)
        {
            TruncateTo(answer.LeaderLogEndOffset, effects);
        }
        else if (answer.LeaderLogStartOffset > _log.LogEndOffset && ProducersOf(answer) is { } producers)
        {
            StartOverAt(answer.LeaderLogStartOffset, producers, effects);
        }
        else
        {
            BackOff(effects);
            return;
        }

        Publish(effects);
        Ask(effects);
    }

    /// <summary>
    /// Everything here is older than what the leader still has; the high watermark moves, too (KAFKA-9491). Whom the leader
    /// knows of what is gone is taken over: the records that came after tell nothing of those producers, and whoever does not
    /// know them takes a batch that was committed long ago for a new one (I32).
    /// </summary>
    private void StartOverAt(long offset, ProducerStates producers, EffectList effects)
    {
        ObserveTruncation(_log.LogEndOffset, offset, effects);
        _log.TruncateFullyAndStartAt(offset, producers);
        _context.SetHighWatermark(offset);
    }

    private static ProducerStates? ProducersOf(FetchedPartition answer)
    {
        try
        {
            return answer.Producers.IsEmpty ? new ProducerStates() : ProducerStates.Decode(answer.Producers.Span);
        }
        catch (CorruptBatchException)
        {
            return null;
        }
    }

    private void TruncateTo(long offset, EffectList effects)
    {
        // Judged before the log is cut (KAFKA-19474); below the high watermark only after an unclean election.
        if (offset < _log.LogEndOffset)
            ObserveTruncation(_log.LogEndOffset, offset, effects);

        // Also where it cuts no record: later epochs' entries must go (KAFKA-10706).
        _log.TruncateTo(offset);
        _context.SetHighWatermark(_context.HighWatermark);
    }

    private void ObserveTruncation(long from, long to, EffectList effects) => effects.Add(new Observe(
        new LogTruncated(_context.Partition, _epoch, from, to, _context.HighWatermark)));
}
