using System.Runtime.InteropServices;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// A log as it was at one moment, for reads from any thread while the log goes on. Holds no file: a segment that was
/// dropped since reads as empty, and the reader comes back with a newer view.
/// </summary>
/// <param name="lastSegmentBytes">The size of the last of <paramref name="segments"/> at that moment.</param>
internal sealed class LogView(
    PartitionLog log,
    LogSegment[] segments,
    long logStartOffset,
    long logEndOffset,
    long generation,
    long lastSegmentBytes) : ILogView
{
    // What is appended stays in the system's memory for much longer than this takes to write.
    private const long RecentBytes = 8 * 1024 * 1024;

    public long LogStartOffset => logStartOffset;

    public long LogEndOffset => logEndOffset;

    public long TruncationGeneration => generation;

    public bool IsCurrent => log.TruncationGeneration == generation;

    /// <summary>Whether this is a view of that very log, not of one that was opened before it.</summary>
    public bool IsOf(PartitionLog other) => ReferenceEquals(log, other);

    public bool IsRecent(long offset)
    {
        if (segments.Length == 0 || offset < segments[^1].BaseOffset)
            return false;

        // Only where the last read ended is known without looking; a reader that comes anew is slower once.
        var last = segments[^1];
        var position = 0L;
        return (offset == last.BaseOffset || log.Positions.TryFind(generation, last, offset, out position))
            && lastSegmentBytes - position <= RecentBytes;
    }

    public bool TryReadFromMemory(long offset, long upToOffset, int maxBytes, out ReadOnlyMemory<byte> batches)
    {
        var limit = Math.Min(upToOffset, logEndOffset);
        batches = ReadOnlyMemory<byte>.Empty;
        return offset >= logStartOffset
            && offset < limit
            && log.RecentAppends.TryFind(generation, offset, limit, maxBytes, atLeastOneBatch: true, out batches)
            && IsCurrent;
    }

    public ReadOnlyMemory<byte> Read(long offset, long upToOffset, int maxBytes, bool atLeastOneBatch)
    {
        var limit = Math.Min(upToOffset, logEndOffset);
        if (offset < logStartOffset || offset >= limit)
            return ReadOnlyMemory<byte>.Empty;

        log.EnterRead();
        try
        {
            return Read(new Range(offset, limit, maxBytes, atLeastOneBatch));
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            // A truncation in the middle of the read pulls the bytes from under it: no failure, but nothing to return.
            return IsCurrent ? throw log.ReadFailed(e) : ReadOnlyMemory<byte>.Empty;
        }
        finally
        {
            log.ExitRead();
        }
    }

    public TimestampAndOffset? FindByTime(long timestampMs, long upToOffset)
    {
        var limit = Math.Min(upToOffset, logEndOffset);
        return Search((LogSegment[] known, out bool missed) => TimeSearch.Find(this, known, timestampMs, limit, out missed));
    }

    public TimestampAndOffset? FindLatest(long upToOffset)
    {
        var limit = Math.Min(upToOffset, logEndOffset);
        return Search((LogSegment[] known, out bool missed) => TimeSearch.FindLatest(this, known, limit, out missed));
    }

    private TimestampAndOffset? Search(SearchByTime search)
    {
        log.EnterRead();
        try
        {
            for (var known = segments; ; known = log.Segments)
            {
                var found = search(known, out var missed);
                if (!missed || ReferenceEquals(known, log.Segments) || !IsCurrent)
                    return found;
            }
        }
        catch (Exception e) when (PartitionLog.IsDiskFailure(e))
        {
            return IsCurrent ? throw log.ReadFailed(e) : null;
        }
        finally
        {
            log.ExitRead();
        }
    }

    private ReadOnlyMemory<byte> Read(in Range range)
    {
        if (log.RecentAppends.TryFind(
            generation, range.Offset, range.Limit, range.MaxBytes, range.AtLeastOneBatch, out var recent))
        {
            return IsCurrent ? recent : ReadOnlyMemory<byte>.Empty;
        }

        if (log.RecentRead.TryFind(generation, range.Offset, range.Limit, range.MaxBytes, out var known))
            return IsCurrent ? known : ReadOnlyMemory<byte>.Empty;

        for (var searched = segments; ; searched = log.Segments)
        {
            if (TryRead(searched, range, out var batches, out var end))
                return Return(range.Offset, end, batches);

            // A segment has left the log. Compaction has put another one in its place, that has what was asked for, or what
            // follows it. (What retention has taken away is not to be jumped over.)
            if (ReferenceEquals(searched, log.Segments) || range.Offset < log.LogStartOffset || !IsCurrent)
                return ReadOnlyMemory<byte>.Empty;
        }
    }

    private ReadOnlyMemory<byte> Return(long offset, long end, ReadOnlyMemory<byte> batches)
    {
        if (!IsCurrent)
            return ReadOnlyMemory<byte>.Empty;
        if (end == logEndOffset)
            log.RecentAppends.Want();
        if (MemoryMarshal.TryGetArray(batches, out var bytes) && bytes.Count > 0)
            log.RecentRead.Remember(generation, offset, end, bytes.Array!, bytes.Count);
        return batches;
    }

    /// <summary>False where a segment is closed that had to be looked into.</summary>
    private bool TryRead(LogSegment[] known, in Range range, out ReadOnlyMemory<byte> batches, out long end)
    {
        batches = ReadOnlyMemory<byte>.Empty;
        end = range.Offset;
        for (var i = SegmentList.IndexOf(known, range.Offset); i < known.Length && known[i].BaseOffset < range.Limit; i++)
        {
            var segment = known[i];
            if (!segment.TryAcquire())
                return false;

            try
            {
                if (TryRead(segment, range, out batches, out end))
                    return true;
            }
            finally
            {
                segment.Release();
            }
        }

        return true;
    }

    /// <summary>False where the segment has no batch at or after the offset: it may be in the next one.</summary>
    private bool TryRead(LogSegment segment, in Range range, out ReadOnlyMemory<byte> batches, out long end)
    {
        batches = ReadOnlyMemory<byte>.Empty;
        end = range.Offset;
        if (!log.Positions.TryFind(generation, segment, range.Offset, out var position))
            position = SegmentSearch.PositionOf(segment, range.Offset);

        // What has been appended since is not this view's: reading it would be for nothing.
        var size = ReferenceEquals(segment, segments[^1])
            ? Math.Min(segment.SizeBytes, lastSegmentBytes)
            : segment.SizeBytes;
        if (position < 0 || position >= size)
            return false;

        var buffer = ReadAt(segment, position, Math.Min(size - position, Math.Max(range.MaxBytes, BatchHeader.Size)));
        if (!BatchHeader.TryRead(buffer, out var first))
            throw new IOException($"byte {position} of segment {segment.BaseOffset} begins no batch");
        if (first.NextOffset > range.Limit || (first.SizeInBytes > range.MaxBytes && !range.AtLeastOneBatch))
            return true;

        if (first.SizeInBytes > buffer.Length)
            buffer = ReadAt(segment, position, first.SizeInBytes);
        (var length, end) = WholeBatches(buffer, range.Limit);
        log.Positions.Remember(generation, segment, end, position + length);

        // A buffer that is mostly not returned must not stay alive with what is.
        batches = length >= buffer.Length / 2 ? buffer.AsMemory(0, length) : buffer.AsSpan(0, length).ToArray();
        return true;
    }

    private static byte[] ReadAt(LogSegment segment, long position, long count)
    {
        var buffer = GC.AllocateUninitializedArray<byte>((int)count);
        var read = segment.File.Read(buffer, position);
        return read == buffer.Length
            ? buffer
            : throw new IOException($"segment {segment.BaseOffset} ends at byte {position + read}, not {position + count}");
    }

    /// <summary>The bytes of the whole batches at the buffer's start that end at or before the limit, and the offset after them.</summary>
    private static (int Length, long End) WholeBatches(ReadOnlySpan<byte> buffer, long limit)
    {
        var length = 0;
        var end = 0L;
        while (BatchHeader.TryRead(buffer[length..], out var header)
            && header.SizeInBytes <= buffer.Length - length
            && header.NextOffset <= limit)
        {
            length += header.SizeInBytes;
            end = header.NextOffset;
        }

        return (length, end);
    }

    /// <param name="missed">A segment that had to be looked into is closed.</param>
    private delegate TimestampAndOffset? SearchByTime(LogSegment[] known, out bool missed);

    private readonly record struct Range(long Offset, long Limit, int MaxBytes, bool AtLeastOneBatch);
}
