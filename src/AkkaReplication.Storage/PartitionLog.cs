using AkkaReplication.Logs;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// The log of one replica on disk: segments, epochs, producers, and where the log begins, ends and is flushed to. Appends,
/// truncations and moves of the log start come from one thread at a time, the replica's turn; views, flushes and
/// checkpoints from any. After the first failure of the disk it accepts nothing more (KAFKA-10778).
/// </summary>
public sealed partial class PartitionLog : IReplicaLog
{
    private readonly DataDirectory _data;
    private readonly OperationGate _gate = new();
    private readonly Lock _publishLock = new();
    private readonly Lock _namesLock = new();
    private LogSegment[] _segments;
    private long _logStartOffset;
    private long _logEndOffset;
    private long _flushedEndOffset;
    private long _checkpointedRecoveryPoint;
    private long _checkpointedLogStart;
    private long _highWatermark;
    private long _generation;
    private int _directoryIsDirty;
    private bool _nameIsDirty;
    private StorageException? _failure;

    internal PartitionLog(
        DataDirectory data, string directory, TopicPartition name, TopicId topicId, LogSettings settings, RecoveredLog recovered)
    {
        _data = data;
        Directory = directory;
        Name = name;
        Id = new TopicIdPartition(topicId, name.Partition);
        Settings = settings;
        _segments = [.. recovered.Segments];
        _logStartOffset = recovered.LogStartOffset;
        _logEndOffset = recovered.LogEndOffset;
        _flushedEndOffset = recovered.FlushedEndOffset;
        _checkpointedRecoveryPoint = recovered.CheckpointedRecoveryPoint;
        _checkpointedLogStart = recovered.CheckpointedLogStart;
        _highWatermark = recovered.HighWatermark;
        InitialHighWatermark = recovered.HighWatermark;
        _directoryIsDirty = recovered.DirectoryIsDirty ? 1 : 0;
        _nameIsDirty = recovered.NameIsDirty;
        RecentRead = new RecentRead(data.HoldsRecent);
        RecentAppends = new RecentAppends(data.HoldsRecent);
        Epochs = recovered.Epochs;
        Producers = recovered.Producers;
    }

    /// <summary>The partition by its topic's name, from which the directory has its own.</summary>
    public TopicPartition Name { get; }

    /// <summary>The partition by its topic's identity.</summary>
    public TopicIdPartition Id { get; }

    /// <summary>Where the files are.</summary>
    public string Directory { get; }

    /// <summary>The settings in force; replace them in the replica's turn.</summary>
    public LogSettings Settings { get; set; }

    /// <summary>The high watermark of the last checkpoint before this session, within log start and end.</summary>
    public long InitialHighWatermark { get; }

    public long LogStartOffset => Volatile.Read(ref _logStartOffset);

    public long LogEndOffset => Volatile.Read(ref _logEndOffset);

    public long FlushedEndOffset => Volatile.Read(ref _flushedEndOffset);

    public long TruncationGeneration => Volatile.Read(ref _generation);

    public EpochCache Epochs { get; }

    /// <summary>Another object after a truncation: do not keep it.</summary>
    public ProducerStates Producers { get; private set; }

    /// <summary>The failure that stopped this log, if any.</summary>
    public StorageException? Failure => Volatile.Read(ref _failure);

    /// <summary>
    /// A flush failed: what is read back from the system's memory may not be on the disk. Only a life that states its loss
    /// may open the log again.
    /// </summary>
    public bool MayHaveLostData => Failure?.InnerException is FlushFailedException;

    /// <summary>Bytes of all segments.</summary>
    public long SizeBytes => Volatile.Read(ref _segments).Sum(segment => segment.SizeBytes);

    public int SegmentCount => Volatile.Read(ref _segments).Length;

    internal ReadPositions Positions { get; } = new();

    internal RecentRead RecentRead { get; }

    internal RecentAppends RecentAppends { get; }

    /// <summary>The value for the high watermark checkpoint (I21).</summary>
    internal long HighWatermark => Math.Clamp(
        Volatile.Read(ref _highWatermark), LogStartOffset, Math.Max(LogStartOffset, LogEndOffset));

    private LogSegment Active => _segments[^1];

    public void CheckpointHighWatermark(long highWatermark)
    {
        if (_highWatermark == highWatermark)
            return;

        Volatile.Write(ref _highWatermark, highWatermark);
        _data.NoteHighWatermarkMoved();
    }

    public ILogView View()
    {
        var segments = _segments;
        return new LogView(
            this,
            segments,
            _logStartOffset,
            _logEndOffset,
            _generation,
            segments.Length == 0 ? 0 : segments[^1].SizeBytes);
    }

    public bool HasRoomFor(int bytes) => _data.Space.HasRoomFor(bytes);

    public void AssignEpoch(LeaderEpoch epoch, long startOffset)
    {
        using var operation = Enter();
        try
        {
            Assign(epoch, startOffset);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("noting a leader epoch", e);
        }
    }

    /// <summary>
    /// Flushes everything that is written now, together with other logs of the directory. The result is the offset up to
    /// which the log is flushed then; a failure is a <see cref="StorageException"/> and the end of this log.
    /// </summary>
    public Task<long> FlushAsync() => _data.Flusher.FlushAsync(this);

    public override string ToString() => $"{Name} [{LogStartOffset}, {LogEndOffset})";

    internal static bool IsDiskFailure(Exception e) => e is IOException or UnauthorizedAccessException or ObjectDisposedException;

    internal void EnterRead()
    {
        if (!_gate.TryEnter())
            throw Closed();
    }

    internal void ExitRead() => _gate.Exit();

    internal StorageException ReadFailed(Exception e) => new($"{Name}: reading failed: {e.Message}", e);

    /// <summary>Refuses new operations, awaits those under way and closes the files. Flushes and writes nothing.</summary>
    internal async Task CloseAsync()
    {
        await _gate.CloseAsync().ConfigureAwait(false);
        // What has not been deleted yet stays: it lies below the log start, and the next start finishes it.
        foreach (var segment in (LogSegment[])[.. TakeExpired(), .. Interlocked.Exchange(ref _segments, [])])
            segment.Release();
    }

    /// <summary>Flushes, on the calling thread, what is written now. Any thread; see <see cref="FlushAsync"/>.</summary>
    internal long FlushNow()
    {
        using var operation = Enter();
        try
        {
            DisownExpired();
            while (true)
            {
                var (generation, end, segments) = Capture();
                foreach (var segment in segments)
                    Flush(segment);
                FlushNames();
                if (TryAdvanceFlushedEnd(generation, end))
                    return FlushedEndOffset;
            }
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("flush", e);
        }
    }

    /// <summary>
    /// Completes what a clean shutdown leaves: indexes, producers, flushed files. In place of the last turn. Of a log that
    /// nothing was written to it is little: a broker has thousands of them.
    /// </summary>
    internal void CompleteForShutdown()
    {
        using (Enter())
        {
            try
            {
                Active.Seal();
                if (Producers.Count > 0 || LogEndOffset > 0)
                    ProducerSnapshotFiles.Write(_data.Files, Directory, LogEndOffset, Producers);
                if (!EpochCheckpoint.Holds(_data.Files, Directory, Epochs))
                    PersistEpochs();
            }
            catch (Exception e) when (IsDiskFailure(e))
            {
                throw Fail("closing", e);
            }
        }

        FlushNow();
    }

    /// <summary>The offset below which a next life may trust the files; remembered as written by the caller.</summary>
    internal long TakeRecoveryPointForCheckpoint()
    {
        lock (_publishLock)
        {
            Volatile.Write(ref _checkpointedRecoveryPoint, _flushedEndOffset);
            return _flushedEndOffset;
        }
    }

    /// <summary>A next life would take what is appended next for flushed.</summary>
    internal bool HasRecoveryPointBeyondEnd => Volatile.Read(ref _checkpointedRecoveryPoint) > LogEndOffset;

    /// <summary>A next life would believe the log to start before where it does.</summary>
    internal bool HasMovedLogStart => Volatile.Read(ref _checkpointedLogStart) < LogStartOffset;

    /// <summary>Where a next life may believe the log to start; remembered as written by the caller.</summary>
    internal long TakeLogStartForCheckpoint()
    {
        lock (_publishLock)
        {
            Volatile.Write(ref _checkpointedLogStart, _logStartOffset);
            return _logStartOffset;
        }
    }

    private (long Generation, long End, LogSegment[] Segments) Capture()
    {
        lock (_publishLock)
            return (_generation, _logEndOffset, _segments);
    }

    private bool TryAdvanceFlushedEnd(long generation, long end)
    {
        lock (_publishLock)
        {
            if (generation != _generation)
                return false;

            Volatile.Write(ref _flushedEndOffset, Math.Max(_flushedEndOffset, end));
            return true;
        }
    }

    private void FlushNames()
    {
        // Whoever comes second must not go on before the first is done.
        lock (_namesLock)
        {
            if (Interlocked.Exchange(ref _directoryIsDirty, 0) != 0)
                _data.Files.FlushDirectory(Directory);
            if (!_nameIsDirty)
                return;
            _nameIsDirty = false;
            _data.Files.FlushDirectory(_data.Path);
        }
    }

    private static void Flush(LogSegment segment)
    {
        if (!segment.TryAcquire())
            return;

        try
        {
            segment.Flush();
        }
        finally
        {
            segment.Release();
        }
    }

    /// <summary>
    /// Takes an epoch into the cache, and into its file, where it is new. That the file is the new one becomes certain with
    /// the next flush, as the epoch's records do: what a crash takes away is found again in those that are left.
    /// </summary>
    private void Assign(LeaderEpoch epoch, long startOffset)
    {
        if (!Epochs.Assign(epoch, startOffset))
            return;

        CheckpointLogStartOfEpochs();
        EpochCheckpoint.Replace(_data.Files, Directory, Epochs);
        Volatile.Write(ref _directoryIsDirty, 1);
    }

    private void PersistEpochs()
    {
        CheckpointLogStartOfEpochs();
        EpochCheckpoint.Write(_data.Files, Directory, Epochs);
    }

    /// <summary>
    /// The log start that cut the epochs goes first: with an older one, records below would come back without an epoch.
    /// </summary>
    private void CheckpointLogStartOfEpochs()
    {
        if (Volatile.Read(ref _checkpointedLogStart) < _logStartOffset)
            _data.CheckpointLogStarts();
    }

    private Operation Enter()
    {
        if (!_gate.TryEnter())
            throw Closed();
        if (Failure is { } failure)
        {
            _gate.Exit();
            throw failure;
        }

        return new Operation(_gate);
    }

    private StorageException Closed() => new($"{Name}: the log is closed.");

    private StorageException Fail(string what, Exception e)
    {
        _data.ReportFailure($"{Name}: {e.Message}", ofFlush: e is FlushFailedException);
        var failure = new StorageException($"{Name}: {what} failed, the log accepts nothing more: {e.Message}", e);
        return Interlocked.CompareExchange(ref _failure, failure, null) ?? failure;
    }

    private readonly struct Operation(OperationGate gate) : IDisposable
    {
        public void Dispose() => gate.Exit();
    }
}
