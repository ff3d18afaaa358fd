namespace AkkaReplication.Storage.Segments;

/// <summary>Searches in a log's segments, which are ordered by base offset.</summary>
internal static class SegmentList
{
    /// <summary>The last segment that begins at or before <paramref name="offset"/>, else the first.</summary>
    public static int IndexOf(ReadOnlySpan<LogSegment> segments, long offset)
    {
        int low = 0, high = segments.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (segments[middle].BaseOffset <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return Math.Max(0, low - 1);
    }
}
