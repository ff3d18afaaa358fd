using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// What ages: segments leave the log in the replica's turn, at once and without touching a file; their files are deleted
/// later, on another thread, once the log start that leaves them behind is durable and nobody reads them any more.
/// </summary>
public sealed partial class PartitionLog
{
    private readonly Lock _deleting = new();
    private readonly Queue<ExpiredSegment> _expired = [];

    /// <summary>Whether files of segments that have left the log wait to be deleted.</summary>
    internal bool HasExpired
    {
        get
        {
            lock (_expired)
                return _expired.Count > 0;
        }
    }

    /// <summary>
    /// Drops the oldest segments by size and by age (retention.bytes, retention.ms) and those below the log start: only whole
    /// ones, and only below <paramref name="highWatermark"/>. The active one goes with the others where all of it has aged,
    /// after a new one was begun. True if the log start moved. In the replica's turn.
    /// </summary>
    /// <param name="nowMs">Ms since the Unix epoch.</param>
    public bool ApplyRetention(long highWatermark, long nowMs)
    {
        using var operation = Enter();
        try
        {
            lock (_segmentsLock)
                return ApplyRetentionToSegments(highWatermark, nowMs);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("retention", e);
        }
    }

    private bool ApplyRetentionToSegments(long highWatermark, long nowMs)
    {
        var count = CountExpired(highWatermark, nowMs);
        if (count == 0)
            return false;
        if (count == _segments.Length)
            RollAtEnd();

        var start = _segments[count].BaseOffset;
        if (start <= _logStartOffset)
        {
            DropSegmentsBelow(_logStartOffset);
            return false;
        }

        MoveLogStart(start);
        return true;
    }

    /// <summary>
    /// Deletes the files of segments that have left the log and lie below <paramref name="durableLogStart"/>. Any thread; a
    /// failure leaves the rest for the next call.
    /// </summary>
    internal void DeleteExpired(long durableLogStart)
    {
        if (!_gate.TryEnter())
            return;

        try
        {
            lock (_deleting)
            {
                // What the log begins with from now on comes first: its producers are known from nowhere else.
                var first = Volatile.Read(ref _segments)[0].BaseOffset;
                ProducerSnapshotFiles.Flush(_data.Files, Directory, first);
                _data.Files.FlushDirectory(Directory);
                while (TryPeekExpired(durableLogStart, out var expired))
                {
                    expired.Segment.Drop();
                    lock (_expired)
                        _expired.Dequeue();
                }

                ProducerSnapshotFiles.DeleteBefore(_data.Files, Directory, Math.Min(first, durableLogStart));
                Volatile.Write(ref _directoryIsDirty, 1);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>How many of the oldest segments go, as Kafka counts them; all of them means the active one, too.</summary>
    private int CountExpired(long highWatermark, long nowMs)
    {
        var segments = _segments;
        var excess = Settings.RetentionBytes < 0 ? -1 : SizeBytes - Settings.RetentionBytes;
        for (var i = 0; i < segments.Length; i++)
        {
            var isActive = i == segments.Length - 1;
            var end = isActive ? _logEndOffset : segments[i + 1].BaseOffset;
            if (end > highWatermark || (isActive && segments[i].SizeBytes == 0))
                return i;
            if ((isActive || end > _logStartOffset) && !IsTooMuch(segments[i], excess) && !IsTooOld(segments[i], nowMs))
                return i;
            excess -= segments[i].SizeBytes;
        }

        return segments.Length;
    }

    private bool IsTooMuch(LogSegment segment, long excess) =>
        Settings.IsDeletedByRetention && Settings.RetentionBytes >= 0 && excess >= segment.SizeBytes;

    private bool IsTooOld(LogSegment segment, long nowMs) =>
        Settings.IsDeletedByRetention && Settings.RetentionMs >= 0 && nowMs - segment.AgeTimestampMs > Settings.RetentionMs;

    private void MoveLogStart(long offset)
    {
        lock (_publishLock)
            Volatile.Write(ref _logStartOffset, offset);
        // The file may keep older entries: loading cuts them at the log start again.
        Epochs.TruncateFromStart(offset);
        DropSegmentsBelow(offset);
    }

    private void DropSegmentsBelow(long offset)
    {
        lock (_segmentsLock)
        {
            var count = 0;
            while (count < _segments.Length - 1 && _segments[count + 1].BaseOffset <= offset)
                count++;
            if (count == 0)
                return;

            var dropped = _segments;
            Publish(dropped[count..]);
            lock (_expired)
            {
                for (var i = 0; i < count; i++)
                    _expired.Enqueue(new ExpiredSegment(dropped[i], dropped[i + 1].BaseOffset));
            }
        }

        _data.NoteExpired();
    }

    /// <summary>
    /// Segments that have left the log are not flushed with it. Before what follows them counts as flushed, the log start
    /// that leaves them behind must be durable: else a start would miss their bytes.
    /// </summary>
    private void DisownExpired()
    {
        if (HasExpired && Volatile.Read(ref _checkpointedLogStart) < LogStartOffset)
            _data.CheckpointLogStarts();
    }

    private bool TryPeekExpired(long below, out ExpiredSegment expired)
    {
        lock (_expired)
            return _expired.TryPeek(out expired) && expired.EndOffset <= below;
    }

    private LogSegment[] TakeExpired()
    {
        lock (_expired)
        {
            LogSegment[] taken = [.. _expired.Select(expired => expired.Segment)];
            _expired.Clear();
            return taken;
        }
    }

    /// <param name="EndOffset">Where the log's next segment begins.</param>
    private readonly record struct ExpiredSegment(LogSegment Segment, long EndOffset);
}
