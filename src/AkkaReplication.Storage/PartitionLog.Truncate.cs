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
            if (offset >= _logEndOffset)
                TruncateEpochs(_logEndOffset);
            else if (offset <= _logStartOffset)
                TruncateFullyAndStart(offset);
            else
                Truncate(offset);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("truncation", e);
        }
    }

    public void TruncateFullyAndStartAt(long offset)
    {
        using var operation = Enter();
        try
        {
            TruncateFullyAndStart(offset);
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
            lock (_publishLock)
                Volatile.Write(ref _logStartOffset, offset);
            // The file may keep older entries: loading cuts them at the log start again.
            Epochs.TruncateFromStart(offset);
            DropSegmentsBelow(offset);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("moving the log start", e);
        }
    }

    /// <summary>
    /// Deletes the oldest segments by size and age (retention.bytes, retention.ms), never the active one and never what is
    /// not below <paramref name="highWatermark"/>. Returns true if the log start moved. In the replica's turn.
    /// </summary>
    /// <param name="nowMs">Ms since the Unix epoch.</param>
    public bool ApplyRetention(long highWatermark, long nowMs)
    {
        if (!Settings.IsDeletedByRetention)
            return false;

        var start = _logStartOffset;
        var excess = Settings.RetentionBytes < 0 ? -1 : SizeBytes - Settings.RetentionBytes;
        for (var i = 0; i < _segments.Length - 1 && _segments[i + 1].BaseOffset <= highWatermark; i++)
        {
            var segment = _segments[i];
            var isTooMuch = Settings.RetentionBytes >= 0 && excess >= segment.SizeBytes;
            var isTooOld = Settings.RetentionMs >= 0
                && segment.MaxTimestampMs >= 0
                && nowMs - segment.MaxTimestampMs > Settings.RetentionMs;
            if (!isTooMuch && !isTooOld)
                break;

            excess -= segment.SizeBytes;
            start = Math.Max(start, _segments[i + 1].BaseOffset);
        }

        if (start == _logStartOffset)
            return false;

        AdvanceLogStart(start);
        return true;
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
            TruncateFullyAndStart(end);
            return;
        }

        PublishEnd(end);
        LowerDurableOffsets();
        var dropped = _segments[(kept + 1)..];
        Publish(_segments[..(kept + 1)]);
        // Newest first: after a crash in between, what is left is a shorter log, not one with a hole.
        for (var i = dropped.Length - 1; i >= 0; i--)
            dropped[i].Drop();
        segment.TruncateTo(cutAt, end);

        _data.Files.FlushDirectory(Directory);
        // The end may lie behind the last batch (compaction leaves gaps): only a base offset keeps it over a restart.
        if (end > Math.Max(lastEnd, segment.BaseOffset))
            JumpTo(end);

        ProducerSnapshotFiles.DeleteAfter(_data.Files, Directory, end);
        Producers = ProducerSnapshotFiles.Rebuild(_data.Files, Directory, _segments, end, _data.NowMs());
        TruncateEpochs(end);
        Volatile.Write(ref _highWatermark, Math.Min(_highWatermark, end));
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

    private void TruncateFullyAndStart(long offset)
    {
        PublishEnd(offset, isRestart: true);
        LowerDurableOffsets();
        var dropped = _segments;
        for (var i = dropped.Length - 1; i >= 0; i--)
            dropped[i].Drop();
        Publish([LogSegment.Create(_data.Files, Directory, offset, _data.NowMs())]);
        _data.Files.FlushDirectory(Directory);

        ProducerSnapshotFiles.DeleteAfter(_data.Files, Directory, -1);
        Producers = new ProducerStates();
        Epochs.Clear();
        PersistEpochs();
        Volatile.Write(ref _highWatermark, offset);
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
        }
    }

    /// <summary>
    /// Offsets on disk beyond the log's end would mislead the next life, a recovery point to call an unflushed tail
    /// corruption, a log start to throw the log away: they go first.
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

    private void DropSegmentsBelow(long offset)
    {
        var count = 0;
        while (count < _segments.Length - 1 && _segments[count + 1].BaseOffset <= offset)
            count++;
        if (count == 0)
            return;

        // The next start must not look for what is gone: its log start comes from the checkpoint or the first segment.
        var dropped = _segments[..count];
        Publish(_segments[count..]);
        foreach (var segment in dropped)
            segment.Drop();
        ProducerSnapshotFiles.DeleteBefore(_data.Files, Directory, _segments[0].BaseOffset);
        Volatile.Write(ref _directoryIsDirty, 1);
    }
}
