using AkkaReplication.Logs;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>Cutting the log at its end, at its start, or wholly.</summary>
internal sealed partial class MemoryLog
{
    private readonly Queue<(MemorySegment Segment, long EndOffset)> _expired = [];

    /// <summary>Whether segments that have left the log are still on the disk.</summary>
    public bool HasExpired => _expired.Count > 0;

    public void TruncateTo(long offset)
    {
        Require();
        if (offset >= LogEndOffset)
            TruncateEpochs(LogEndOffset);
        else if (offset <= LogStartOffset)
            RestartAt(offset, ProducersAt(offset));
        else
            Truncate(offset);
    }

    public void TruncateFullyAndStartAt(long offset, ProducerStates producers)
    {
        Require();
        RestartAt(offset, producers);
    }

    public void AdvanceLogStart(long offset)
    {
        Require();
        if (offset <= LogStartOffset)
            return;
        if (offset > LogEndOffset)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{Files.Name}: the log ends at {LogEndOffset}.");
        MoveLogStart(offset);
    }

    public bool ApplyRetention(long highWatermark, long nowMs)
    {
        Require();
        var count = CountExpired(highWatermark, nowMs);
        if (count == 0)
            return false;
        if (count == _segments.Length)
            RollAtEnd();

        var start = _segments[count].BaseOffset;
        if (start <= LogStartOffset)
        {
            DropSegmentsBelow(LogStartOffset);
            return false;
        }

        MoveLogStart(start);
        return true;
    }

    /// <summary>Removes what has left the log below a log start that is durable.</summary>
    public void DeleteExpired(long durableLogStart)
    {
        if (_isClosed)
            return;

        var first = _segments[0].BaseOffset;
        Files.FlushSnapshot(first);
        Files.FlushNames();
        while (_expired.TryPeek(out var expired) && expired.EndOffset <= durableLogStart)
        {
            Drop(expired.Segment);
            _expired.Dequeue();
        }

        Files.DeleteSnapshotsBefore(Math.Min(first, durableLogStart));
    }

    private void Truncate(long offset)
    {
        var kept = _segments.Length - 1;
        while (kept > 0 && _segments[kept].BaseOffset > offset)
            kept--;
        var segment = _segments[kept];
        // The first batch that holds the offset, or lies behind it, goes.
        var cut = segment.IndexOf(offset);
        var lastEnd = cut == 0 ? segment.BaseOffset : segment.Entries[cut - 1].NextOffset;
        var end = cut == segment.Count ? offset : Math.Min(offset, segment.Entries[cut].BaseOffset);
        if (end <= LogStartOffset)
        {
            RestartAt(end, ProducersAt(end));
            return;
        }

        PublishEnd(end);
        LowerDurableOffsets();
        for (var i = _segments.Length - 1; i > kept; i--)
            Drop(_segments[i]);
        _segments = _segments[..(kept + 1)];
        if (_life.TakeFlushFault())
        {
            // The new length is known, that it is durable is not.
            segment.TruncateTo(cut);
            throw Fail("truncation", ofFlush: true);
        }

        segment.TruncateTo(cut);
        Files.FlushNames();
        if (end > Math.Max(lastEnd, segment.BaseOffset))
            JumpTo(end);

        Files.DeleteSnapshotsAfter(end);
        Producers = MemoryProducers.Rebuild(Files, _segments, end);
        TruncateEpochs(end);
        CheckpointHighWatermark(Math.Min(_highWatermark, end));
    }

    private ProducerStates ProducersAt(long offset) => MemoryProducers.Rebuild(Files, _segments, offset);

    private void RestartAt(long offset, ProducerStates producers)
    {
        PublishEnd(offset);
        LogStartOffset = FlushedEndOffset = offset;
        LowerDurableOffsets();
        foreach (var (segment, _) in _expired)
            Drop(segment);
        _expired.Clear();
        foreach (var segment in _segments)
            Drop(segment);

        var first = new MemorySegment(offset, _life.NowMs);
        Files.Segments.Add(first);
        _segments = [first];
        Files.FlushNames();
        Files.KeepSnapshot(offset, producers);
        Producers = producers;
        Epochs.Clear();
        PersistEpochs();
        CheckpointHighWatermark(offset);
    }

    /// <summary>Moves the log's end over offsets that do not exist, flushed at once: only a recovery point vouches for a gap.</summary>
    private void JumpTo(long offset)
    {
        DisownExpired();
        foreach (var segment in _segments)
            Flush(segment);
        BeginSegmentAt(offset);
        Files.FlushNames();
        LogEndOffset = FlushedEndOffset = offset;
        _life.CheckpointRecoveryPoints();
    }

    private void PublishEnd(long end)
    {
        TruncationGeneration++;
        LogEndOffset = end;
        FlushedEndOffset = Math.Min(FlushedEndOffset, end);
    }

    /// <summary>Offsets on disk beyond the log's end would mislead the next life: they go first.</summary>
    private void LowerDurableOffsets()
    {
        if (_recoveryPoint > LogEndOffset)
            _life.CheckpointRecoveryPoints();
        if (Files.LogStart > LogStartOffset)
            _life.CheckpointLogStarts();
    }

    private void TruncateEpochs(long end)
    {
        if (Epochs.TruncateFromEnd(end))
            PersistEpochs();
    }

    private void MoveLogStart(long offset)
    {
        LogStartOffset = offset;
        Epochs.TruncateFromStart(offset);
        DropSegmentsBelow(offset);
    }

    private void DropSegmentsBelow(long offset)
    {
        var count = 0;
        while (count < _segments.Length - 1 && _segments[count + 1].BaseOffset <= offset)
            count++;
        if (count == 0)
            return;

        for (var i = 0; i < count; i++)
            _expired.Enqueue((_segments[i], _segments[i + 1].BaseOffset));
        _segments = _segments[count..];
    }

    /// <summary>Before what follows expired segments counts as flushed, the log start that leaves them behind is durable.</summary>
    private void DisownExpired()
    {
        if (HasExpired && Files.LogStart < LogStartOffset)
            _life.CheckpointLogStarts();
    }

    private int CountExpired(long highWatermark, long nowMs)
    {
        var size = 0L;
        foreach (var segment in _segments)
            size += segment.SizeBytes;
        var excess = Settings.RetentionBytes < 0 ? -1 : size - Settings.RetentionBytes;
        for (var i = 0; i < _segments.Length; i++)
        {
            var segment = _segments[i];
            var isActive = i == _segments.Length - 1;
            var end = isActive ? LogEndOffset : _segments[i + 1].BaseOffset;
            if (end > highWatermark || (isActive && segment.SizeBytes == 0))
                return i;
            var isTooMuch = Settings.RetentionBytes >= 0 && excess >= segment.SizeBytes;
            var isTooOld = Settings.RetentionMs >= 0 && nowMs - segment.AgeTimestampMs > Settings.RetentionMs;
            if ((isActive || end > LogStartOffset) && !isTooMuch && !isTooOld)
                return i;
            excess -= segment.SizeBytes;
        }

        return _segments.Length;
    }
}
