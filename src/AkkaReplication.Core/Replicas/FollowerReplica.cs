using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Replicas;

/// <summary>
/// One replica's following of one leader in one leader epoch: says from where to fetch, appends what comes, cuts its
/// log where the leader's differs. Must never append or cut on the word of another epoch, or of an answer to a position
/// it has left (KAFKA-7786, KAFKA-13207).
/// </summary>
internal sealed partial class FollowerReplica
{
    private const long FirstBackoffMs = 20;

    private readonly ReplicaContext _context;
    private readonly IReplicaLog _log;
    private readonly LeaderEpoch _epoch;
    private FetchFrom? _asked;
    private bool _awaitsFlush;
    private long _backoffMs;
    private long _leaderHighWatermark = -1;

    public FollowerReplica(ReplicaContext context, BrokerId leader)
    {
        _context = context;
        _log = context.Log;
        _epoch = context.LeaderEpoch;
        Leader = leader;
        ResetBackoff();
    }

    public BrokerId Leader { get; }

    /// <summary>
    /// The position this follower waits for an answer to; null while it has none (flushing, or fenced).
    /// </summary>
    public FetchFrom? Asked => _asked;

    /// <summary>
    /// Begins to follow (5.2). The log is cut only where the leader's answers say so, unless it knows no epochs.
    /// </summary>
    public void Start(EffectList effects)
    {
        if (_log.Epochs.Latest == LeaderEpoch.None && _log.LogEndOffset > _context.HighWatermark)
            TruncateTo(_context.HighWatermark, effects);

        Publish(effects);
        effects.Add(new Observe(new BecameFollower(_context.Partition, _epoch, Leader)));
        Ask(effects);
    }

    /// <summary>The leader's answer to a position, by way of the link.</summary>
    /// <exception cref="StorageException">The log failed: this replica must go offline.</exception>
    public void OnFetched(FetchedPartition answer, EffectList effects)
    {
        if (_asked is not { } asked
            || answer.CurrentLeaderEpoch != _epoch
            || answer.FetchOffset != asked.FetchOffset
            || answer.LastFetchedEpoch != asked.LastFetchedEpoch)
        {
            return;
        }

        switch (answer.Error)
        {
            case ErrorCode.None when answer.Diverging is { } end:
                TruncateToAgree(end, effects);
                break;
            case ErrorCode.None:
                Append(answer, effects);
                break;
            case ErrorCode.OffsetOutOfRange:
                OnOutOfRange(answer, effects);
                break;
            case ErrorCode.FencedLeaderEpoch:
                // Somebody knows a later epoch: metadata will bring it here, too. Nothing to ask for before.
                _asked = null;
                effects.Add(new StopFetching(Leader));
                break;
            default:
                BackOff(effects);
                break;
        }
    }

    /// <summary>The log was flushed up to its end, or part of it (D2).</summary>
    public void OnFlushed(EffectList effects)
    {
        if (!_awaitsFlush)
            return;

        _awaitsFlush = false;
        Ask(effects);
    }

    public void StopFetching(EffectList effects)
    {
        _asked = null;
        effects.Add(new StopFetching(Leader));
    }

    public void Publish(EffectList effects) =>
        _context.Publish(ReplicaRole.Follower, Leader, -1, FollowerView.Never, effects);

    private void Append(FetchedPartition answer, EffectList effects)
    {
        var end = _log.LogEndOffset;
        if (!answer.Records.IsEmpty && (!_log.HasRoomFor(answer.Records.Length) || !TryAppend(answer)))
        {
            BackOff(effects);
            return;
        }

        ResetBackoff();

        // After the append, so that it covers only what is here (KAFKA-14704). A leader's high watermark never falls (I20), so
        // a lower one than it has told is an older answer that came late; only another leader's may be lower than ours.
        _leaderHighWatermark = Math.Max(_leaderHighWatermark, answer.HighWatermark);
        if (_leaderHighWatermark >= 0)
            _context.SetHighWatermark(_leaderHighWatermark);
        var logStart = Math.Min(answer.LeaderLogStartOffset, _context.HighWatermark);
        if (logStart > _log.LogStartOffset)
            _log.AdvanceLogStart(logStart);
        Publish(effects);

        // Without records the position stands, and the link waits for more; unless there was more than fitted the
        // answer, or the leader, which may be waiting for it, is to hear that the log start has followed.
        if (_log.LogEndOffset != end || answer.LeaderLogEndOffset > end || IsLogStartNews(answer))
            Ask(effects);
    }

    /// <summary>The leader's log start has passed the one that we stated, and so has ours, be it by our own retention.</summary>
    private bool IsLogStartNews(FetchedPartition answer) => _asked is { LogStartOffset: var stated }
        && answer.LeaderLogStartOffset > stated
        && _log.LogStartOffset > stated;

    private bool TryAppend(FetchedPartition answer)
    {
        try
        {
            var batches = new BatchSequence(answer.Records);
            if (!batches.MoveNext())
                return false;

            // The whole of what is appended must be of this leader's epochs (I23).
            var first = batches.Header;
            do
            {
                if (batches.Header.PartitionLeaderEpoch > _epoch)
                    return false;
            }
            while (batches.MoveNext());

            // An empty log that starts amid the leader's first batch takes that batch whole (5.8).
            if (first.BaseOffset < _log.LogEndOffset && _log.LogStartOffset == _log.LogEndOffset)
            {
                _log.TruncateFullyAndStartAt(first.BaseOffset, _log.Producers);
                _context.SetHighWatermark(first.BaseOffset);
            }

            _log.AppendAsFollower(answer.Records);
            return true;
        }
        catch (CorruptBatchException)
        {
            return false;
        }
    }

    /// <summary>
    /// States the position anew. In flush=fsync only when all of it is flushed, so that the fetch offset is the flushed
    /// end and every rule of the leader holds as it stands (D2).
    /// </summary>
    private void Ask(EffectList effects)
    {
        if (MustFlushFirst(effects))
            return;

        _asked = Position();
        effects.Add(_asked);
    }

    /// <summary>States the position again, later and later up to replica.fetch.backoff.ms.</summary>
    private void BackOff(EffectList effects)
    {
        if (MustFlushFirst(effects))
            return;

        _asked = Position();
        effects.Add(new FetchFromAfter(_asked, _backoffMs));
        _backoffMs = Math.Min(_backoffMs * 2, _context.Options.ReplicaFetchBackoffMs);
    }

    // A leader that was elected a moment ago says UNKNOWN_LEADER_EPOCH until metadata reached it: ask soon at first.
    private void ResetBackoff() => _backoffMs = Math.Min(FirstBackoffMs, _context.Options.ReplicaFetchBackoffMs);

    private bool MustFlushFirst(EffectList effects)
    {
        if (!_context.FlushesBeforeAcknowledging || _log.FlushedEndOffset >= _log.LogEndOffset)
            return false;

        _asked = null;
        _awaitsFlush = true;
        effects.Add(new FlushLog(_log.LogEndOffset));
        return true;
    }

    private FetchFrom Position() =>
        new(Leader, _epoch, _log.LogEndOffset, _log.Epochs.Latest, _log.LogStartOffset);
}
