namespace AkkaReplication.Compaction;

/// <summary>The sizes of a segment that shall become part of another one.</summary>
/// <param name="EndOffset">Where the next segment begins.</param>
/// <param name="IndexBytes">The greater of its two indexes.</param>
public readonly record struct SegmentSize(long BaseOffset, long EndOffset, long SizeBytes, long IndexBytes);

/// <summary>
/// Puts small neighbours together, so that compaction does not leave ever more segments with ever less in them.
/// </summary>
public static class SegmentGroups
{
    /// <summary>How many segments from <paramref name="first"/> on become one; at least one.</summary>
    /// <param name="segments">Those that are compacted, in order.</param>
    /// <param name="first">Where the group begins.</param>
    /// <param name="segmentBytes">segment.bytes.</param>
    /// <param name="segmentIndexBytes">segment.index.bytes.</param>
    public static int Take(ReadOnlySpan<SegmentSize> segments, int first, long segmentBytes, long segmentIndexBytes)
    {
        var baseOffset = segments[first].BaseOffset;
        long bytes = segments[first].SizeBytes, indexBytes = segments[first].IndexBytes;
        var count = 1;
        for (var i = first + 1; i < segments.Length; i++, count++)
        {
            bytes += segments[i].SizeBytes;
            indexBytes += segments[i].IndexBytes;
            if (bytes > segmentBytes || indexBytes > segmentIndexBytes || segments[i].EndOffset - baseOffset > int.MaxValue)
                break;
        }

        return count;
    }
}
