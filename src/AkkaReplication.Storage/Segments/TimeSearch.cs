using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Storage.Segments;

/// <summary>Finds the first record at or after a timestamp: by segment, by time index, by batch, then record by record.</summary>
internal static class TimeSearch
{
    private const int WalkBytes = 4096;

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

        var batch = new byte[header.SizeInBytes];
        if (segment.File.Read(batch, position) != batch.Length)
            throw new IOException($"segment {segment.BaseOffset} ends within the batch at byte {position}");

        try
        {
            var records = new RecordBatchReader(batch);
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
