using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Storage.Segments;

/// <summary>
/// Finds the first record at or after a timestamp, or the one with the greatest: by segment, by time index, by batch, then
/// record by record.
/// </summary>
internal static class TimeSearch
{
    private const int WalkBytes = 4096;
    private const long NoTimestamp = -1;

    /// <summary>The first record of the view at or after the timestamp and below <paramref name="limit"/>.</summary>
    /// <param name="missed">A segment that had to be looked into is closed.</param>
    public static TimestampAndOffset? Find(
        ILogView view, LogSegment[] segments, long timestampMs, long limit, out bool missed)
    {
        missed = false;
        for (var i = SegmentList.IndexOf(segments, view.LogStartOffset); i < segments.Length; i++)
        {
            var segment = segments[i];
            if (segment.BaseOffset >= limit)
                return null;
            if (segment.MaxTimestampMs < timestampMs)
                continue;
            if (!segment.TryAcquire())
            {
                missed = true;
                continue;
            }

            try
            {
                if (FindIn(segment, timestampMs, view.LogStartOffset, limit) is { } found)
                    return view.IsCurrent ? found : null;
            }
            finally
            {
                segment.Release();
            }
        }

        return null;
    }

    /// <summary>The first of the view's records below <paramref name="limit"/> that have the greatest timestamp.</summary>
    /// <param name="missed">A segment that had to be looked into is closed.</param>
    public static TimestampAndOffset? FindLatest(ILogView view, LogSegment[] segments, long limit, out bool missed)
    {
        missed = false;
        TimestampAndOffset? latest = null;

        // The last segment has it most of the time, and the others need not be opened then.
        for (var i = segments.Length - 1; i >= SegmentList.IndexOf(segments, view.LogStartOffset); i--)
        {
            var segment = segments[i];
            var known = latest?.TimestampMs ?? NoTimestamp + 1;
            if (segment.BaseOffset >= limit || segment.MaxTimestampMs < known)
                continue;
            if (!segment.TryAcquire())
            {
                missed = true;
                continue;
            }

            try
            {
                if (LatestIn(segment, view.LogStartOffset, limit) is { } found && found.TimestampMs >= known)
                    latest = found;
            }
            finally
            {
                segment.Release();
            }
        }

        return view.IsCurrent ? latest : null;
    }

    private static TimestampAndOffset? LatestIn(LogSegment segment, long startOffset, long limit)
    {
        // Up to an entry of the index nothing is later than that says. Where its record is not among those that are asked for,
        // the index says nothing.
        var entry = segment.Times.LastBelow(limit);
        var latest = entry is { } known ? FindIn(segment, known.TimestampMs, startOffset, limit) : null;
        var from = latest is null ? segment.BaseOffset : entry!.Value.Offset + 1;
        var position = SegmentSearch.PositionOf(segment, Math.Max(startOffset, from));
        if (position < 0)
            return latest;

        var scan = new BatchScan(segment.File, position, segment.SizeBytes, stackalloc byte[WalkBytes]);
        while (scan.MoveNext(checkCrc: false) && scan.Header.BaseOffset < limit)
        {
            if (scan.Header.MaxTimestampMs > (latest?.TimestampMs ?? NoTimestamp))
                latest = LatestIn(segment, scan.Position, scan.Header, (startOffset, limit), latest);
        }

        return latest;
    }

    /// <summary>The first of a batch's latest records, or what is later.</summary>
    private static TimestampAndOffset? LatestIn(
        LogSegment segment,
        long position,
        in BatchHeader header,
        (long Start, long Limit) offsets,
        TimestampAndOffset? latest)
    {
        if (!CompressionCodec.IsSupported(header.CompressionType))
            return new TimestampAndOffset(header.MaxTimestampMs, Math.Max(header.BaseOffset, offsets.Start));

        try
        {
            var records = new RecordBatchReader(ReadBatch(segment, position, header));
            while (records.MoveNext() && records.Offset < offsets.Limit)
            {
                if (records.Offset >= offsets.Start && records.TimestampMs > (latest?.TimestampMs ?? NoTimestamp))
                    latest = new TimestampAndOffset(records.TimestampMs, records.Offset);
            }
        }
        catch (CorruptBatchException e)
        {
            throw new IOException(e.Message, e);
        }

        return latest;
    }

    private static byte[] ReadBatch(LogSegment segment, long position, in BatchHeader header)
    {
        var batch = new byte[header.SizeInBytes];
        return segment.File.Read(batch, position) == batch.Length
            ? batch
            : throw new IOException($"segment {segment.BaseOffset} ends within the batch at byte {position}");
    }

    private static TimestampAndOffset? FindIn(LogSegment segment, long timestampMs, long startOffset, long limit)
    {
        var from = Math.Max(startOffset, segment.Times.OffsetBefore(timestampMs));
        var position = SegmentSearch.PositionOf(segment, from);
        if (position < 0)
            return null;

        var scan = new BatchScan(segment.File, position, segment.SizeBytes, stackalloc byte[WalkBytes]);
        while (scan.MoveNext(checkCrc: false) && scan.Header.BaseOffset < limit)
        {
            if (scan.Header.MaxTimestampMs >= timestampMs
                && FindIn(segment, scan.Position, scan.Header, timestampMs, startOffset) is { } found
                && found.Offset < limit)
            {
                return found;
            }
        }

        return null;
    }

    private static TimestampAndOffset? FindIn(
        LogSegment segment, long position, in BatchHeader header, long timestampMs, long startOffset)
    {
        // What cannot be decompressed here is answered by its batch: at most one batch too early, never too late.
        if (!CompressionCodec.IsSupported(header.CompressionType))
            return new TimestampAndOffset(header.MaxTimestampMs, Math.Max(header.BaseOffset, startOffset));

        try
        {
            var records = new RecordBatchReader(ReadBatch(segment, position, header));
            while (records.MoveNext())
            {
                if (records.TimestampMs >= timestampMs && records.Offset >= startOffset)
                    return new TimestampAndOffset(records.TimestampMs, records.Offset);
            }
        }
        catch (CorruptBatchException e)
        {
            throw new IOException(e.Message, e);
        }

        return null;
    }
}
