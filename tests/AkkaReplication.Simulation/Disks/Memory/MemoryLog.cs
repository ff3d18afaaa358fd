using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>
/// One life's log over <see cref="MemoryLogFiles"/>: what the log on disk does, without files. After the first failure of the
/// disk it accepts nothing more (KAFKA-10778).
/// </summary>
internal sealed partial class MemoryLog : IReplicaLog
{
    private readonly MemoryDiskSession _life;
    private MemorySegment[] _segments;
    private long _highWatermark;
    private long _recoveryPoint;
    private bool _isClosed;

    public MemoryLog(MemoryDiskSession life, MemoryLogFiles files, LogSettings settings, RecoveredMemoryLog recovered)
    {
        _life = life;
        Files = files;
        Settings = settings;
        _segments = [.. recovered.Segments];
        LogStartOffset = recovered.LogStartOffset;
        LogEndOffset = recovered.LogEndOffset;
        FlushedEndOffset = recovered.FlushedEndOffset;
        _recoveryPoint = recovered.RecoveryPoint;
        InitialHighWatermark = _highWatermark = recovered.HighWatermark;
        Epochs = recovered.Epochs;
        Producers = recovered.Producers;
    }

    public MemoryLogFiles Files { get; }

    /// <summary>The settings in force; replaced in the replica's turn.</summary>
    public LogSettings Settings { get; set; }

    public long LogStartOffset { get; private set; }

    public long LogEndOffset { get; private set; }

    public long FlushedEndOffset { get; private set; }

    public long InitialHighWatermark { get; }

    public EpochCache Epochs { get; }

    public ProducerStates Producers { get; private set; }

    public long TruncationGeneration { get; private set; }

    /// <summary>What stopped this log, if anything.</summary>
    public StorageException? Failure { get; private set; }

    /// <summary>A flush failed: only a life that states its loss may open the log again.</summary>
    public bool MayHaveLostData { get; private set; }

    /// <summary>Who waits for the next round of flushes.</summary>
    public List<Action<long, string?>>? FlushWaiters { get; set; }

    /// <summary>The value for the high watermark checkpoint.</summary>
    public long HighWatermark => Math.Clamp(_highWatermark, LogStartOffset, Math.Max(LogStartOffset, LogEndOffset));

    private MemorySegment Active => _segments[^1];

    public bool HasRoomFor(int bytes) => _life.HasRoom();

    public void CheckpointHighWatermark(long highWatermark) => _highWatermark = highWatermark;

    public ILogView View() => new MemoryLogView(this, _segments);

    public void AssignEpoch(LeaderEpoch epoch, long startOffset)
    {
        Require();
        Assign(epoch, startOffset);
    }

    public void AppendAsLeader(ReadOnlyMemory<byte> batch, in BatchHeader header, LeaderEpoch epoch, long? appendTimeMs)
    {
        Require();
        if (batch.Length != header.SizeInBytes)
            throw new ArgumentException($"{batch.Length} bytes came with a header of {header.SizeInBytes}.", nameof(batch));
        if (epoch < Epochs.Latest)
            throw new InvalidOperationException($"{Files.Name}: append under epoch {epoch}, the log is at {Epochs.Latest}.");

        var stamped = header with
        {
            BaseOffset = LogEndOffset,
            PartitionLeaderEpoch = epoch,
            MaxTimestampMs = appendTimeMs ?? header.MaxTimestampMs,
        };
        Assign(epoch, LogEndOffset);
        if (MustRoll(stamped, Active.FirstTimestampMs))
            RollAtEnd();

        var segment = Active;
        var target = segment.Reserve(batch.Length);
        batch.Span.CopyTo(target);
        if (appendTimeMs is { } timeMs)
            RecordBatch.WriteHeaderWithAppendTime(batch.Span, timeMs, target);
        BatchHeader.Stamp(target, stamped.BaseOffset, epoch);
        if (_life.TakeWriteFault())
            throw FailWrite(segment, batch.Length);
        Accept(segment, stamped, batch);
    }

    public void AppendAsFollower(ReadOnlyMemory<byte> batches)
    {
        Require();
        var whole = batches[..RequireAppendable(batches)];
        var sequence = new BatchSequence(whole);
        var fails = !whole.IsEmpty && _life.TakeWriteFault();
        // One write brings all batches of a segment: while it is under way, an empty one has no timestamp yet.
        var firstTimestampMs = Active.FirstTimestampMs;
        while (sequence.MoveNext())
        {
            var header = sequence.Header;
            Assign(header.PartitionLeaderEpoch, header.BaseOffset);
            if (MustRoll(header, firstTimestampMs))
            {
                RollAtEnd();
                firstTimestampMs = -1;
            }

            var segment = Active;
            sequence.Current.Span.CopyTo(segment.Reserve(sequence.Current.Length));
            if (fails)
                throw FailWrite(segment, sequence.Current.Length);
            Accept(segment, header, sequence.Current);
        }
    }

    /// <summary>Flushes what is written now; the flushed end then.</summary>
    public long FlushNow()
    {
        Require();
        DisownExpired();
        foreach (var segment in _segments)
            Flush(segment);
        Files.FlushNames();
        FlushedEndOffset = Math.Max(FlushedEndOffset, LogEndOffset);
        return FlushedEndOffset;
    }

    /// <summary>The flushed end goes to the recovery point checkpoint.</summary>
    public void CheckpointRecoveryPoint() => Files.RecoveryPoint = _recoveryPoint = FlushedEndOffset;

    /// <summary>Completes what a clean shutdown leaves.</summary>
    public void CompleteForShutdown()
    {
        Require();
        if (Producers.Count > 0 || LogEndOffset > 0)
            WriteSnapshot();
        if (!Files.HoldsEpochs(Epochs))
            PersistEpochs();
        FlushNow();
    }

    /// <summary>It takes part in nothing any more.</summary>
    public void Close() => _isClosed = true;

    /// <exception cref="StorageException">The log is closed.</exception>
    public void RequireOpen()
    {
        if (_isClosed)
            throw new StorageException($"{Files.Name}: the log is closed.");
    }

    /// <summary>Somebody reads these bytes.</summary>
    public void NoteRead(MemorySegment segment, int position, int bytes)
    {
        if (segment.IsSuspect && segment.MeetsDamage(position, bytes))
            _life.CountBitFlip();
    }

    public override string ToString() => $"{Files.Name} [{LogStartOffset}, {LogEndOffset})";

    private void Require()
    {
        RequireOpen();
        if (Failure is not null)
            throw Failure;
    }

    private void Accept(MemorySegment segment, in BatchHeader header, ReadOnlyMemory<byte> batch)
    {
        segment.Commit(header, _life.NowMs);
        if (header.HasProducerId)
            Producers.Apply(header, header.LastOffset, ControlMarker.CoordinatorEpochOf(header, batch));
        LogEndOffset = header.NextOffset;
    }

    private StorageException FailWrite(MemorySegment segment, int bytes)
    {
        segment.LeaveTorn(_life.Draw(bytes));
        return Fail("append");
    }

    private StorageException Fail(string what, bool ofFlush = false)
    {
        Failure = new StorageException($"{Files.Name}: {what} failed, the log accepts nothing more: I/O error.");
        MayHaveLostData |= ofFlush;
        if (ofFlush)
            _life.RememberLoss();
        return Failure;
    }

    /// <summary>Checks every byte before the first one is written; returns the bytes of whole batches.</summary>
    private int RequireAppendable(ReadOnlyMemory<byte> batches)
    {
        var sequence = new BatchSequence(batches);
        var expected = LogEndOffset;
        var epoch = Epochs.Latest;
        while (sequence.MoveNext())
        {
            var header = sequence.Header;
            if (!RecordBatch.HasValidCrc(sequence.Current.Span))
                throw new CorruptBatchException($"{Files.Name}: the checksum of the batch at offset {header.BaseOffset} is wrong.");
            if (header.LastOffsetDelta < 0 || header.RecordCount < 0 || header.RecordCount > (long)header.LastOffsetDelta + 1)
                throw new CorruptBatchException($"{Files.Name}: the batch at offset {header.BaseOffset} contradicts itself.");

            // The leader's first batch reaches below an empty log's start, where that lies within it.
            if (expected == LogEndOffset
                && LogEndOffset == LogStartOffset
                && header.BaseOffset < LogEndOffset
                && header.LastOffset >= LogEndOffset)
            {
                RestartAt(header.BaseOffset, Producers);
            }
            else if (header.BaseOffset < expected)
            {
                throw new StorageException($"{Files.Name}: a batch at offset {header.BaseOffset} came, the log is at {expected}.");
            }

            if (header.PartitionLeaderEpoch < epoch || header.PartitionLeaderEpoch.Value < 0)
            {
                throw new StorageException(
                    $"{Files.Name}: a batch of epoch {header.PartitionLeaderEpoch} came, the log is at epoch {epoch}.");
            }

            expected = header.NextOffset;
            epoch = header.PartitionLeaderEpoch;
        }

        return sequence.BytesRead > 0 || batches.IsEmpty
            ? sequence.BytesRead
            : throw new CorruptBatchException($"{Files.Name}: {batches.Length} bytes hold no whole batch.");
    }

    private void Assign(LeaderEpoch epoch, long startOffset)
    {
        if (!Epochs.Assign(epoch, startOffset))
            return;

        CheckpointLogStartOfEpochs();
        Files.ReplaceEpochs(Epochs);
    }

    private void PersistEpochs()
    {
        CheckpointLogStartOfEpochs();
        Files.WriteEpochs(Epochs);
    }

    /// <summary>With an older log start, records below would come back without an epoch.</summary>
    private void CheckpointLogStartOfEpochs()
    {
        if (Files.LogStart < LogStartOffset)
            _life.CheckpointLogStarts();
    }

    private void Flush(MemorySegment segment)
    {
        if (!segment.IsDirty)
            return;

        if (_life.TakeFlushFault())
        {
            segment.ForgetDirty();
            throw Fail("flush", ofFlush: true);
        }

        segment.Flush();
    }

    private bool MustRoll(in BatchHeader header, long firstTimestampMs)
    {
        var segment = Active;
        if (segment.BaseOffset == LogEndOffset)
            return false;
        return segment.SizeBytes > 0
            && (segment.SizeBytes > Settings.SegmentBytes - header.SizeInBytes
                || IsOldEnoughToRoll(segment, firstTimestampMs, header.MaxTimestampMs));
    }

    private bool IsOldEnoughToRoll(MemorySegment segment, long firstTimestampMs, long incomingTimestampMs)
    {
        if (Settings.SegmentMs == long.MaxValue)
            return false;

        var waited = firstTimestampMs >= 0 && incomingTimestampMs >= 0
            ? incomingTimestampMs - firstTimestampMs
            : _life.NowMs - segment.CreatedMs;
        return waited > Settings.SegmentMs;
    }

    private void RollAtEnd()
    {
        WriteSnapshot();
        BeginSegmentAt(LogEndOffset);
        _life.RequestFlush(this);
    }

    private void WriteSnapshot() =>
        Files.Snapshots[LogEndOffset] = new MemoryLogFiles.Snapshot(Producers.Encode(), IsDurable: false);

    private void BeginSegmentAt(long baseOffset)
    {
        var old = Active;
        var next = new MemorySegment(baseOffset, _life.NowMs);
        Files.Segments.Add(next);
        // The first one stays even where it is empty: a restart takes the log's start from it.
        if (old.SizeBytes == 0 && _segments.Length > 1)
        {
            _segments = [.. _segments[..^1], next];
            Drop(old);
        }
        else
        {
            _segments = [.. _segments, next];
        }
    }

    private void Drop(MemorySegment segment)
    {
        segment.IsDropped = true;
        Files.Segments.Remove(segment);
    }
}
