using AkkaReplication.Logs;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>Cutting the log at its end, at its start, or wholly.</summary>
public sealed partial class PartitionLog
{
    public void TruncateTo(long offset)
    {
        using var operation = Enter();
        try
        {
            lock (_segmentsLock)
            {
                if (offset >= _logEndOffset)
                    TruncateEpochs(_logEndOffset);
                else if (offset <= _logStartOffset)
                    TruncateFullyAndStart(offset, ProducersAt(offset));
                else
                    Truncate(offset);
            }
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("truncation", e);
        }
    }

    public void TruncateFullyAndStartAt(long offset, ProducerStates producers)
    {
        using var operation = Enter();
        try
        {
            lock (_segmentsLock)
                TruncateFullyAndStart(offset, producers);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("truncation", e);
        }
    }

    public void AdvanceLogStart(long offset)
    {
        using var operation = Enter();
        if (offset <= _logStartOffset)
            return;
        if (offset > _logEndOffset)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Name}: the log ends at {_logEndOffset}.");

        try
        {
            MoveLogStart(offset);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("moving the log start", e);
        }
    }

    /// <summary>
    /// Cuts at a batch boundary at or before <paramref name="offset"/>. The new end is published first, then files change:
    /// a reader that sees changed bytes also sees the new generation, and a flush under way cannot count what is cut.
    /// </summary>
    private void Truncate(long offset)
    {
        var kept = SegmentList.IndexOf(_segments, offset);
        var segment = _segments[kept];
        var (cutAt, end, lastEnd) = FindCut(segment, offset);
        // Nothing readable is left: what lies below the log start must not stay before records of whatever epoch comes.
        if (end <= _logStartOffset)
        {
            TruncateFullyAndStart(end, ProducersAt(end));
            return;
        }

        PublishEnd(end);
        var dropped = _segments[(kept + 1)..];
        Publish(_segments[..(kept + 1)]);
        // Newest first: after a crash in between, what is left is a shorter log, not one with a hole.
        for (var i = dropped.Length - 1; i >= 0; i--)
            dropped[i].Drop();
        if (dropped.Length > 0)
            _data.Files.FlushDirectory(Directory);

        LowerDurableOffsets();
        segment.TruncateTo(cutAt, end);
        // As durably as the cut: back after a crash, they would tell of other batches than those which stand there by then.
        ProducerSnapshotFiles.DeleteAfter(_data.Files, Directory, end);
        _data.Files.FlushDirectory(Directory);
        // The end may lie behind the last batch (compaction leaves gaps): only a base offset keeps it over a restart.
        if (end > Math.Max(lastEnd, segment.BaseOffset))
            JumpTo(end);

        Producers = ProducerSnapshotFiles.Rebuild(_data.Files, Directory, _segments, end);
        TruncateEpochs(end);
        CheckpointHighWatermark(Math.Min(_highWatermark, end));
    }

    /// <summary>Where the file is cut, the log's end then, and the offset after the last batch that stays.</summary>
    private static (long CutAt, long End, long LastEnd) FindCut(LogSegment segment, long offset)
    {
        // The walk begins at a batch that stays, so that the last end is known where there is one.
        var start = segment.Offsets.PositionBefore(offset - 1);
        var lastEnd = segment.BaseOffset;
        var scan = new BatchScan(segment.File, start, segment.SizeBytes, stackalloc byte[4096]);
        var cutAt = scan.Next;
        while (scan.MoveNext(checkCrc: false))
        {
            if (scan.Header.LastOffset >= offset)
                return (scan.Position, Math.Min(offset, scan.Header.BaseOffset), lastEnd);
            cutAt = scan.Next;
            lastEnd = scan.Header.NextOffset;
        }

        return scan.Problem == ScanProblem.None
            ? (cutAt, offset, lastEnd)
            : throw new IOException($"segment {segment.BaseOffset} is damaged at byte {scan.Next}: {scan.Problem}");
    }

    private ProducerStates ProducersAt(long offset) =>
        ProducerSnapshotFiles.Rebuild(_data.Files, Directory, _segments, offset);

    /// <summary>
    /// The producers are on the disk before anything goes: a start that finds the log's new beginning finds them, too, and one
    /// that finds the old end deletes what lies beyond it.
    /// </summary>
    private void TruncateFullyAndStart(long offset, ProducerStates producers)
    {
        ProducerSnapshotFiles.Begin(_data.Files, Directory, offset, producers);
        PublishEnd(offset, isRestart: true);
        // Also what only waits for its files to be deleted: the new log start would bring it back.
        lock (_deleting)
        {
            LogSegment[] dropped = [.. TakeExpired(), .. _segments];
            for (var i = dropped.Length - 1; i >= 0; i--)
                dropped[i].Drop();
        }

        Publish([LogSegment.Create(_data.Files, Directory, offset, _data.NowMs())]);
        _data.Files.FlushDirectory(Directory);
        LowerDurableOffsets();

        ProducerSnapshotFiles.DeleteAfter(_data.Files, Directory, offset);
        ProducerSnapshotFiles.DeleteBefore(_data.Files, Directory, offset);
        Producers = producers;
        Epochs.Clear();
        PersistEpochs();
        CheckpointHighWatermark(offset);
    }

    private void PublishEnd(long end, bool isRestart = false)
    {
        lock (_publishLock)
        {
            Volatile.Write(ref _generation, _generation + 1);
            Volatile.Write(ref _logEndOffset, end);
            if (isRestart)
                Volatile.Write(ref _logStartOffset, end);
            Volatile.Write(ref _flushedEndOffset, isRestart ? end : Math.Min(_flushedEndOffset, end));
            Volatile.Write(ref _cleanedEndOffset, Math.Min(_cleanedEndOffset, end));
        }
    }

    /// <summary>
    /// Offsets on disk beyond the log's end would mislead the next life, a recovery point to call an unflushed tail
    /// corruption, a log start to throw the log away: they go before anything is cut within a file, or appended. But not before
    /// the segments that go: the recovery point vouches for gaps between them.
    /// </summary>
    private void LowerDurableOffsets()
    {
        if (Volatile.Read(ref _checkpointedRecoveryPoint) > _logEndOffset)
            _data.CheckpointRecoveryPoints();
        if (Volatile.Read(ref _checkpointedLogStart) > _logStartOffset)
            _data.CheckpointLogStarts();
    }

    private void TruncateEpochs(long end)
    {
        if (Epochs.TruncateFromEnd(end))
            PersistEpochs();
    }
}
