using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>A log as it was at one moment. Reads copy nothing: bytes that were handed out are never written again.</summary>
internal sealed class MemoryLogView(MemoryLog log, MemorySegment[] segments) : ILogView
{
    public long LogStartOffset { get; } = log.LogStartOffset;

    public long LogEndOffset { get; } = log.LogEndOffset;

    public long TruncationGeneration { get; } = log.TruncationGeneration;

    public bool IsCurrent => log.TruncationGeneration == TruncationGeneration;

    public bool TryReadFromMemory(long offset, long upToOffset, int maxBytes, out ReadOnlyMemory<byte> batches)
    {
        batches = default;
        if (offset < segments[^1].BaseOffset)
            return false;
        batches = Read(offset, upToOffset, maxBytes, atLeastOneBatch: true);
        return !batches.IsEmpty;
    }

    public ReadOnlyMemory<byte> Read(long offset, long upToOffset, int maxBytes, bool atLeastOneBatch)
    {
        var limit = Math.Min(upToOffset, LogEndOffset);
        if (offset < LogStartOffset || offset >= limit)
            return default;

        log.RequireOpen();
        if (!IsCurrent)
            return default;

        for (var i = SegmentOf(offset); i < segments.Length; i++)
        {
            var segment = segments[i];
            if (segment.BaseOffset >= limit || segment.IsDropped)
                break;
            var first = segment.IndexOf(offset);
            if (first < segment.Count)
                return Read(segment, first, limit, maxBytes, atLeastOneBatch);
        }

        return default;
    }

    public TimestampAndOffset? FindByTime(long timestampMs, long upToOffset)
    {
        log.RequireOpen();
        if (!IsCurrent)
            return null;

        var limit = Math.Min(upToOffset, LogEndOffset);
        for (var i = SegmentOf(LogStartOffset); i < segments.Length && segments[i].BaseOffset < limit; i++)
        {
            if (segments[i].MaxTimestampMs >= timestampMs
                && !segments[i].IsDropped
                && FindByTime(segments[i], timestampMs, limit) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    public TimestampAndOffset? FindLatest(long upToOffset)
    {
        log.RequireOpen();
        if (!IsCurrent)
            return null;

        var limit = Math.Min(upToOffset, LogEndOffset);
        TimestampAndOffset? latest = null;
        for (var i = SegmentOf(LogStartOffset); i < segments.Length && segments[i].BaseOffset < limit; i++)
        {
            // Each is later than what was known before.
            while (!segments[i].IsDropped
                && FindByTime(segments[i], (latest?.TimestampMs ?? -1) + 1, limit) is { } later)
            {
                latest = later;
            }
        }

        return latest;
    }

    private ReadOnlyMemory<byte> Read(MemorySegment segment, int first, long limit, int maxBytes, bool atLeastOneBatch)
    {
        var start = segment.PositionOf(first);
        var end = start;
        var entries = segment.Entries;
        for (var i = first; i < entries.Length && entries[i].NextOffset <= limit; i++)
        {
            var next = segment.PositionOf(i + 1);
            if (next - start > maxBytes && !(i == first && atLeastOneBatch))
                break;
            end = next;
        }

        if (end == start)
            return default;
        log.NoteRead(segment, start, end - start);
        return segment.Slice(start, end - start);
    }

    private TimestampAndOffset? FindByTime(MemorySegment segment, long timestampMs, long limit)
    {
        for (var i = segment.IndexOf(LogStartOffset); i < segment.Count; i++)
        {
            ref readonly var entry = ref segment.Entries[i];
            if (entry.BaseOffset >= limit)
                return null;
            if (entry.MaxTimestampMs < timestampMs)
                continue;
            if (FirstRecord(segment, i, timestampMs) is { } found && found.Offset < limit)
                return found;
        }

        return null;
    }

    private TimestampAndOffset? FirstRecord(MemorySegment segment, int index, long timestampMs)
    {
        var position = segment.PositionOf(index);
        var batch = segment.Slice(position, segment.PositionOf(index + 1) - position);
        log.NoteRead(segment, position, batch.Length);
        BatchHeader.TryRead(batch.Span, out var header);
        if (header.CompressionType is not (CompressionType.None or CompressionType.Gzip))
            return new TimestampAndOffset(header.MaxTimestampMs, Math.Max(header.BaseOffset, LogStartOffset));

        try
        {
            var records = new RecordBatchReader(batch);
            while (records.MoveNext())
            {
                if (records.TimestampMs >= timestampMs && records.Offset >= LogStartOffset)
                    return new TimestampAndOffset(records.TimestampMs, records.Offset);
            }
        }
        catch (CorruptBatchException e)
        {
            throw new StorageException($"{log.Files.Name}: reading failed: {e.Message}", e);
        }

        return null;
    }

    private int SegmentOf(long offset)
    {
        var i = segments.Length - 1;
        while (i > 0 && segments[i].BaseOffset > offset)
            i--;
        return i;
    }
}
