using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Replicas;

internal sealed partial class LeaderReplica
{
    /// <summary>acks=all: wait for the high watermark.</summary>
    private readonly PendingProduces _replicating = new();

    /// <summary>acks=1: wait for the local end, in flush=fsync the flushed one (D2).</summary>
    private readonly PendingProduces _writing = new();
    private readonly List<PendingProduce> _expired = [];
    private long _deadlineArmedMs = long.MaxValue;

    public int PendingProduceCount => _replicating.Count + _writing.Count;

    /// <summary>Appends a client's batch and acknowledges it when its acks say so (3.2, 3.3).</summary>
    /// <exception cref="StorageException">
    /// The append failed: this replica must go offline, the produce is not answered.
    /// </exception>
    public void OnProduce(long nowMs, long wallClockMs, in ProduceInput input, EffectList effects)
    {
        if (Admit(nowMs, input) is { } refusal)
        {
            Refuse(input, refusal, effects);
            return;
        }

        if (BatchValidation.Check(input.Batch.Span, _limits, out var header, wallClockMs) is { } problem)
        {
            Refuse(input, problem, effects);
            return;
        }

        if (header.IsTransactional)
        {
            Refuse(
                input,
                new BatchProblem(ErrorCode.InvalidTxnState, "no transaction is open for this producer"),
                effects);
            return;
        }

        var check = _log.Producers.Check(in header);
        switch (check.Verdict)
        {
            case ProducerVerdict.Append when !_log.HasRoomFor(input.Batch.Length):
                Refuse(
                    input,
                    new BatchProblem(
                        ErrorCode.KafkaStorageError,
                        "the disk has less space left than log.dir.min.free.bytes; nothing was appended, retry"),
                    effects);
                break;
            case ProducerVerdict.Append:
                Append(nowMs, wallClockMs, input, in header, effects);
                break;
            case ProducerVerdict.Duplicate:
                AcknowledgeAgain(nowMs, input, check.Original, effects);
                break;
            default:
                Refuse(
                    input,
                    IsHistorySettled()
                        ? new BatchProblem(check.Error, check.Message)
                        : new BatchProblem(
                            ErrorCode.NotEnoughReplicas,
                            $"{check.Message}; not every replica that could lead next follows this leader yet, retry"),
                    effects);
                break;
        }
    }

    /// <summary>
    /// Whether what this log lacks is gone for good: everybody who may lead next without a loss has followed under this epoch,
    /// and so has cut what an earlier leader had given it alone. Before that a producer must not be told that its sequence is
    /// broken: it would write again, under other numbers, what the next leader may bring back (I32).
    /// </summary>
    private bool IsHistorySettled()
    {
        foreach (var follower in _followers)
        {
            if (follower.LogEndOffset < 0 && (follower.InMaximalIsr || follower.InElr))
                return false;
        }

        return true;
    }

    /// <summary>Answers produces whose time is up; their records stay and may still commit (3.3).</summary>
    public void OnProduceDeadline(long nowMs, EffectList effects)
    {
        _deadlineArmedMs = long.MaxValue;
        _replicating.TakeExpired(nowMs, _expired);
        _writing.TakeExpired(nowMs, _expired);
        foreach (var produce in _expired)
        {
            Complete(
                produce,
                ErrorCode.RequestTimedOut,
                "the batch was appended, but not acknowledged in time; it may still be committed",
                effects);
        }

        _expired.Clear();
        ArmProduceDeadline(nowMs, Math.Min(_replicating.EarliestDeadlineMs, _writing.EarliestDeadlineMs), effects);
    }

    /// <summary>This leadership is over: every produce that waits gets <paramref name="error"/>, once (L3).</summary>
    public void FailProduces(ErrorCode error, string message, EffectList effects)
    {
        while (_writing.TryTakeAny(out var produce))
            Complete(produce, error, message, effects);
        while (_replicating.TryTakeAny(out var produce))
            Complete(produce, error, message, effects);
    }

    /// <summary>Answers, or for acks 0 drops, a produce of which nothing was appended.</summary>
    public static void Refuse(in ProduceInput input, BatchProblem problem, EffectList effects)
    {
        if (input.Acks == 0)
            effects.Add(new ProduceDropped(input.Token, problem.Error, problem.Message));
        else
            effects.Add(new ProduceCompleted(input.Token, problem.Error, -1, -1, -1, problem.Message));
    }

    private BatchProblem? Admit(long nowMs, in ProduceInput input)
    {
        if (IsLeaseLapsed(nowMs))
        {
            return new BatchProblem(
                ErrorCode.NotLeaderOrFollower,
                "this leader has not heard from the controller and may have been replaced");
        }

        if (input.Acks == -1 && _committedIsr.Length < _minIsr)
        {
            return new BatchProblem(
                ErrorCode.NotEnoughReplicas,
                $"{_committedIsr.Length} replicas are in sync, min.insync.replicas is {_minIsr}");
        }

        return null;
    }

    private void Append(
        long nowMs, long wallClockMs, in ProduceInput input, in BatchHeader header, EffectList effects)
    {
        var baseOffset = _log.LogEndOffset;
        var appendTimeMs = _limits.TimestampType == TimestampType.LogAppendTime ? wallClockMs : (long?)null;
        foreach (var follower in _followers)
            follower.OnLeaderAppends(baseOffset, nowMs);
        _log.AppendAsLeader(input.Batch, in header, _epoch, appendTimeMs);

        AwaitAcknowledgement(
            input.Acks,
            new PendingProduce(input.Token, _log.LogEndOffset, baseOffset, appendTimeMs ?? -1, input.DeadlineMs));
        RequestFlush(nowMs, effects);
        TellOfRecords(Settle(nowMs, effects), effects);
        if (PendingProduceCount > 0)
            ArmProduceDeadline(nowMs, input.DeadlineMs, effects);
        ArmLagCheck(nowMs, effects);
    }

    /// <summary>
    /// A batch that is in the log already is acknowledged with its first offsets, when those are committed.
    /// </summary>
    private void AcknowledgeAgain(long nowMs, in ProduceInput input, in ProducerBatch original, EffectList effects)
    {
        var appendTimeMs = _limits.TimestampType == TimestampType.LogAppendTime ? original.TimestampMs : -1;
        AwaitAcknowledgement(
            input.Acks,
            new PendingProduce(
                input.Token, original.LastOffset + 1, original.BaseOffset, appendTimeMs, input.DeadlineMs));
        CompleteProduces(nowMs, effects);
        if (PendingProduceCount > 0)
            ArmProduceDeadline(nowMs, input.DeadlineMs, effects);
    }

    private void AwaitAcknowledgement(short acks, in PendingProduce produce)
    {
        if (acks == -1)
            _replicating.Add(produce);
        else if (acks == 1)
            _writing.Add(produce);
    }

    /// <summary>
    /// Answers what has reached its offset. Not while the lease is lapsed (E2, I40): then they wait for the lease, the
    /// next epoch or their deadline.
    /// </summary>
    private void CompleteProduces(long nowMs, EffectList effects)
    {
        if (PendingProduceCount == 0 || IsLeaseLapsed(nowMs))
            return;

        while (_writing.TryTake(LocalEndOffset, out var produce))
            Complete(produce, ErrorCode.None, null, effects);

        // Admission looks at the committed ISR, this at the maximal one; they are different sets on purpose (H12).
        var enough = _minIsr <= _maximalIsr.Length;
        while (_replicating.TryTake(_context.HighWatermark, out var produce))
        {
            if (enough)
            {
                Complete(produce, ErrorCode.None, null, effects);
            }
            else
            {
                Complete(
                    produce,
                    ErrorCode.NotEnoughReplicasAfterAppend,
                    $"the batch is committed, but only {_maximalIsr.Length} replicas are in sync now",
                    effects);
            }
        }
    }

    private void Complete(in PendingProduce produce, ErrorCode error, string? message, EffectList effects) =>
        effects.Add(new ProduceCompleted(
            produce.Token,
            error,
            error == ErrorCode.None ? produce.BaseOffset : -1,
            error == ErrorCode.None ? produce.LogAppendTimeMs : -1,
            _log.LogStartOffset,
            message));

    private void ArmProduceDeadline(long nowMs, long deadlineMs, EffectList effects)
    {
        if (deadlineMs >= _deadlineArmedMs)
            return;

        _deadlineArmedMs = deadlineMs;
        effects.Add(new StartReplicaTimer(ReplicaTimer.ProduceDeadline, Math.Max(0, deadlineMs - nowMs)));
    }
}
