using AkkaReplication.Effects;
using AkkaReplication.Logs;

namespace AkkaReplication.Replicas;

public sealed partial class Replica
{
    /// <summary>
    /// A client's batch. Answered by <see cref="ProduceCompleted"/>, for acks 0 at most by
    /// <see cref="ProduceDropped"/>.
    /// </summary>
    /// <param name="nowMs">Monotonic.</param>
    /// <param name="wallClockMs">
    /// Ms since the Unix epoch, for LogAppendTime topics and the limits on timestamps.
    /// </param>
    /// <param name="input">The batch and who waits for it.</param>
    /// <param name="effects">Receives the effects.</param>
    public void OnProduce(long nowMs, long wallClockMs, in ProduceInput input, EffectList effects)
    {
        if (input.Acks is not (-1 or 0 or 1))
        {
            LeaderReplica.Refuse(
                input,
                new BatchProblem(ErrorCode.InvalidRequiredAcks, $"acks is {input.Acks}; 0, 1 and -1 are accepted"),
                effects);
            return;
        }

        if (JudgeEpoch(input.ExpectedLeaderEpoch, isRequired: false) is var error and not ErrorCode.None)
        {
            LeaderReplica.Refuse(input, new BatchProblem(error, Explain(error, input.ExpectedLeaderEpoch)), effects);
            return;
        }

        try
        {
            _leader!.OnProduce(nowMs, wallClockMs, input, effects);
        }
        catch (StorageException e)
        {
            OnStorageFailed(nowMs, e.Message, effects);
            LeaderReplica.Refuse(input, new BatchProblem(ErrorCode.KafkaStorageError, e.Message), effects);
        }
    }

    /// <summary>Records are to be deleted up to an offset. Answered by one <see cref="DeleteRecordsCompleted"/>.</summary>
    public void OnDeleteRecords(long nowMs, in DeleteRecordsInput input, EffectList effects)
    {
        if (JudgeEpoch(input.ExpectedLeaderEpoch, isRequired: false) is var error and not ErrorCode.None)
        {
            effects.Add(new DeleteRecordsCompleted(input.Token, error, -1, Explain(error, input.ExpectedLeaderEpoch)));
            return;
        }

        try
        {
            _leader!.OnDeleteRecords(nowMs, input, effects);
        }
        catch (StorageException e)
        {
            OnStorageFailed(nowMs, e.Message, effects);
            effects.Add(new DeleteRecordsCompleted(input.Token, ErrorCode.KafkaStorageError, -1, e.Message));
        }
    }

    /// <summary>A follower states its position. Answered by exactly one <see cref="FollowerFetchAnswered"/>.</summary>
    public void OnFollowerFetch(long nowMs, in FollowerFetch fetch, EffectList effects)
    {
        if (JudgeEpoch(fetch.CurrentLeaderEpoch, isRequired: true) is var error and not ErrorCode.None)
            effects.Add(new FollowerFetchAnswered(fetch, error, null, null));
        else
            _leader!.OnFollowerFetch(nowMs, fetch, effects);
    }

    /// <summary>The leader's answer to this follower's position; a stale one is ignored.</summary>
    public void OnFetched(long nowMs, FetchedPartition answer, EffectList effects)
    {
        if (_follower is not { } follower)
            return;

        try
        {
            follower.OnFetched(answer, effects);
        }
        catch (StorageException e)
        {
            OnStorageFailed(nowMs, e.Message, effects);
        }
    }

    /// <summary>
    /// A flush that <see cref="FlushLog"/> asked for is done. How far is the log's to say (FlushedEndOffset).
    /// </summary>
    public void OnFlushed(long nowMs, long flushedUpTo, EffectList effects)
    {
        _leader?.OnFlushed(nowMs, effects);
        _follower?.OnFlushed(effects);
    }

    /// <summary>A flush failed: what it should have made durable may be gone, the log is not to be trusted.</summary>
    public void OnFlushFailed(long nowMs, string reason, EffectList effects) => OnStorageFailed(nowMs, reason, effects);

    /// <summary>
    /// The checks that come first (2): offline, then epochs, then the role; in this order because a later epoch says
    /// more than a wrong role (KAFKA-14078).
    /// </summary>
    private ErrorCode JudgeEpoch(LeaderEpoch asked, bool isRequired)
    {
        if (Role == ReplicaRole.Offline)
            return ErrorCode.KafkaStorageError;
        if (isRequired || asked != LeaderEpoch.None)
        {
            if (asked < _context.LeaderEpoch)
                return ErrorCode.FencedLeaderEpoch;
            if (asked > _context.LeaderEpoch)
                return ErrorCode.UnknownLeaderEpoch;
        }

        return _leader is null ? ErrorCode.NotLeaderOrFollower : ErrorCode.None;
    }

    private string Explain(ErrorCode error, LeaderEpoch asked) => error switch
    {
        ErrorCode.KafkaStorageError => "this replica is offline",
        ErrorCode.FencedLeaderEpoch => $"leader epoch {asked} is over, {_context.LeaderEpoch} rules",
        ErrorCode.UnknownLeaderEpoch => $"leader epoch {asked} is not known here yet, only {_context.LeaderEpoch}",
        _ => $"this broker does not lead the partition in epoch {_context.LeaderEpoch}",
    };
}
