using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>Appending and rolling.</summary>
public sealed partial class PartitionLog
{
    // What a leader stamps: the fields outside the checksum, or with LogAppendTime the whole header.
    private readonly byte[] _stamp = new byte[BatchHeader.Size];

    public void AppendAsLeader(ReadOnlyMemory<byte> batch, in BatchHeader header, LeaderEpoch epoch, long? appendTimeMs)
    {
        using var operation = Enter();
        if (batch.Length != header.SizeInBytes)
            throw new ArgumentException($"{batch.Length} bytes came with a header of {header.SizeInBytes}.", nameof(batch));
        if (epoch < Epochs.Latest)
            throw new InvalidOperationException($"{Name}: append under epoch {epoch}, the log is at {Epochs.Latest}.");

        try
        {
            var stamped = Stamp(batch.Span, header, epoch, appendTimeMs, out var stampBytes);
            Assign(epoch, stamped.BaseOffset);
            if (MustRoll(stamped, pendingBytes: 0))
                Roll(stamped);

            var segment = Active;
            var position = segment.SizeBytes;
            if (RecentAppends.IsWanted)
                WriteAndKeep(segment, stamped, _stamp.AsSpan(0, stampBytes), batch.Span[stampBytes..]);
            else
                segment.Write(_stamp.AsMemory(0, stampBytes), batch[stampBytes..]);
            Note(segment, stamped, position, batch);
            Volatile.Write(ref _logEndOffset, stamped.NextOffset);
            FlushWhereDue();
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("append", e);
        }
    }

    private void WriteAndKeep(LogSegment segment, in BatchHeader stamped, ReadOnlySpan<byte> start, ReadOnlySpan<byte> rest)
    {
        var kept = RecentAppends.Keep(_generation, stamped.BaseOffset, start, rest);
        segment.Write(kept.Batch.Span);
        RecentAppends.Commit(kept, stamped.NextOffset);
    }

    public void AppendAsFollower(ReadOnlyMemory<byte> batches)
    {
        using var operation = Enter();
        try
        {
            var wholeBytes = RequireAppendable(batches);
            var sequence = new BatchSequence(batches[..wholeBytes]);
            int runStart = 0, runEnd = 0;
            while (sequence.MoveNext())
            {
                Assign(sequence.Header.PartitionLeaderEpoch, sequence.Header.BaseOffset);
                if (MustRoll(sequence.Header, runEnd - runStart))
                {
                    AppendRun(batches[runStart..runEnd]);
                    runStart = runEnd;
                    Roll(sequence.Header);
                }

                runEnd = sequence.BytesRead;
            }

            AppendRun(batches[runStart..runEnd]);
            FlushWhereDue();
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("append", e);
        }
    }

    /// <summary>Writes batches of one segment with one call and takes them into indexes and states.</summary>
    private void AppendRun(ReadOnlyMemory<byte> run)
    {
        if (run.IsEmpty)
            return;

        var segment = Active;
        var position = segment.SizeBytes;
        segment.Write(run.Span);
        var sequence = new BatchSequence(run);
        var end = LogEndOffset;
        while (sequence.MoveNext())
        {
            Note(segment, sequence.Header, position, sequence.Current);
            position += sequence.Current.Length;
            end = sequence.Header.NextOffset;
        }

        Volatile.Write(ref _logEndOffset, end);
    }

    private void Note(LogSegment segment, in BatchHeader header, long position, ReadOnlyMemory<byte> batch)
    {
        segment.Note(header, position, Settings.IndexIntervalBytes);
        if (header.HasProducerId)
            Producers.Apply(header, header.LastOffset, ControlMarker.CoordinatorEpochOf(header, batch));
    }

    /// <summary>Fills <see cref="_stamp"/> and returns the header as it will be in the log.</summary>
    private BatchHeader Stamp(
        ReadOnlySpan<byte> batch, in BatchHeader header, LeaderEpoch epoch, long? appendTimeMs, out int stampBytes)
    {
        var stamped = header with { BaseOffset = _logEndOffset, PartitionLeaderEpoch = epoch };
        if (appendTimeMs is { } timeMs)
        {
            RecordBatch.WriteHeaderWithAppendTime(batch, timeMs, _stamp);
            stamped = stamped with { MaxTimestampMs = timeMs };
            stampBytes = BatchHeader.Size;
        }
        else
        {
            stampBytes = RecordBatch.StampedPrefixBytes;
            batch[..stampBytes].CopyTo(_stamp);
        }

        BatchHeader.Stamp(_stamp, stamped.BaseOffset, epoch);
        return stamped;
    }

    /// <summary>
    /// Checks every byte before the first one is written. Returns the bytes of whole batches: a fetch may end in the
    /// middle of one.
    /// </summary>
    private int RequireAppendable(ReadOnlyMemory<byte> batches)
    {
        var sequence = new BatchSequence(batches);
        var expected = _logEndOffset;
        var epoch = Epochs.Latest;
        while (sequence.MoveNext())
        {
            var header = sequence.Header;
            if (!RecordBatch.HasValidCrc(sequence.Current.Span))
                throw new CorruptBatchException($"{Name}: the checksum of the batch at offset {header.BaseOffset} is wrong.");
            if (header.LastOffsetDelta < 0 || header.RecordCount < 0 || header.RecordCount > (long)header.LastOffsetDelta + 1)
            {
                throw new CorruptBatchException(
                    $"{Name}: the batch at offset {header.BaseOffset} has {header.RecordCount} records"
                    + $" and the last offset delta {header.LastOffsetDelta}.");
            }

            if (RestartsEmptyLog(header, expected))
                TruncateFullyAndStart(header.BaseOffset, Producers);
            else if (header.BaseOffset < expected)
                throw new StorageException($"{Name}: a batch at offset {header.BaseOffset} came, the log is at {expected}.");
            if (header.PartitionLeaderEpoch < epoch || header.PartitionLeaderEpoch.Value < 0)
            {
                throw new StorageException(
                    $"{Name}: a batch of epoch {header.PartitionLeaderEpoch} came at offset {header.BaseOffset},"
                    + $" the log is at epoch {epoch}.");
            }

            expected = header.NextOffset;
            epoch = header.PartitionLeaderEpoch;
        }

        return sequence.BytesRead > 0 || batches.IsEmpty
            ? sequence.BytesRead
            : throw new CorruptBatchException($"{Name}: {batches.Length} bytes hold no whole batch.");
    }

    /// <summary>The leader's first batch reaches below an empty log's start, where the log start lies within it.</summary>
    private bool RestartsEmptyLog(in BatchHeader header, long expected) =>
        expected == _logEndOffset
        && _logEndOffset == _logStartOffset
        && header.BaseOffset < _logEndOffset
        && header.LastOffset >= _logEndOffset;

    private bool MustRoll(in BatchHeader header, int pendingBytes)
    {
        var segment = Active;
        var size = segment.SizeBytes + pendingBytes;
        if (header.LastOffset - segment.BaseOffset > int.MaxValue)
            return true;
        if (size == 0)
            return false;
        return size > Settings.SegmentBytes - header.SizeInBytes
            || segment.IsIndexFull(Settings.SegmentIndexBytes)
            || IsOldEnoughToRoll(segment, header.MaxTimestampMs);
    }

    private bool IsOldEnoughToRoll(LogSegment segment, long incomingTimestampMs)
    {
        var maxAgeMs = Settings.IsCompacted
            ? Math.Min(Settings.SegmentMs, Settings.MaxCompactionLagMs)
            : Settings.SegmentMs;
        if (maxAgeMs == long.MaxValue)
            return false;

        var first = segment.FirstTimestampMs();
        var waited = first >= 0 && incomingTimestampMs >= 0
            ? incomingTimestampMs - first
            : _data.NowMs() - segment.CreatedMs;
        return waited > maxAgeMs - JitterMs(segment);
    }

    /// <summary>Differs from log to log and segment to segment, and is the same on every run.</summary>
    private long JitterMs(LogSegment segment)
    {
        if (Settings.SegmentJitterMs <= 0)
            return 0;

        var hash = (ulong)segment.BaseOffset;
        foreach (var c in Name.Topic)
            hash = (hash ^ c) * 1099511628211;
        hash = (hash ^ (uint)Name.Partition) * 1099511628211;
        return (long)(hash % (ulong)Math.Min(Settings.SegmentJitterMs, Settings.SegmentMs));
    }

    /// <summary>
    /// Closes the active segment and begins one where the log ends, also where <paramref name="next"/> leaves a gap: recovery
    /// knows by it that nothing is missing between them. The old one is flushed by and by.
    /// </summary>
    private void Roll(in BatchHeader next)
    {
        if (next.LastOffset - _logEndOffset > int.MaxValue)
        {
            JumpTo(next.BaseOffset);
            return;
        }

        if (Active.BaseOffset != _logEndOffset)
            RollAtEnd();
    }

    private void RollAtEnd()
    {
        ProducerSnapshotFiles.Write(_data.Files, Directory, _logEndOffset, Producers);
        BeginSegmentAt(_logEndOffset);
        Volatile.Write(ref _directoryIsDirty, 1);
        _data.Flusher.RequestInBackground(this);
    }

    /// <summary>
    /// Moves the log's end forward over offsets that do not exist (compaction leaves such gaps), to a segment that begins
    /// there. Flushed at once up to there, for only a recovery point vouches for a gap between two segments.
    /// </summary>
    private void JumpTo(long offset)
    {
        lock (_segmentsLock)
        {
            DisownExpired();
            foreach (var segment in _segments)
                segment.Flush();
            BeginSegmentAt(offset);
        }

        Volatile.Write(ref _directoryIsDirty, 1);
        FlushNames();
        lock (_publishLock)
        {
            Volatile.Write(ref _logEndOffset, offset);
            Volatile.Write(ref _flushedEndOffset, offset);
        }

        _data.CheckpointRecoveryPoints();
    }

    private void BeginSegmentAt(long baseOffset)
    {
        var old = Active;
        old.Seal();
        var next = LogSegment.Create(_data.Files, Directory, baseOffset, _data.NowMs());
        lock (_segmentsLock)
        {
            // The first one stays even where it is empty: a restart takes the log's start from it.
            if (old.SizeBytes == 0 && _segments.Length > 1)
            {
                Publish([.. _segments[..^1], next]);
                old.Drop();
            }
            else
            {
                Publish([.. _segments, next]);
            }
        }
    }

    private void Publish(LogSegment[] segments)
    {
        lock (_publishLock)
            Volatile.Write(ref _segments, segments);
    }

    private void FlushWhereDue()
    {
        if (_logEndOffset - FlushedEndOffset >= Settings.FlushMessages)
            FlushNow();
    }
}
