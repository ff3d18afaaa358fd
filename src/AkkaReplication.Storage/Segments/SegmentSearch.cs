using AkkaReplication.Logs;

namespace AkkaReplication.Storage.Segments;

/// <summary>Finds batches in a segment by its indexes and a short walk. The caller holds the segment.</summary>
internal static class SegmentSearch
{
    private const int WalkBytes = 4096;

    /// <summary>
    /// The byte where the batch begins that holds <paramref name="offset"/>, or else the first one after it; -1 where there
    /// is neither.
    /// </summary>
    /// <exception cref="IOException">The segment cannot be read, or is damaged before that batch.</exception>
    public static long PositionOf(LogSegment segment, long offset)
    {
        var start = segment.Offsets.PositionBefore(offset);
        var (position, problem) = Walk(segment, start, offset);
        // Indexes carry no checksum: where one points to nonsense, the segment itself is asked.
        if (problem != ScanProblem.None && start > 0)
            (position, problem) = Walk(segment, 0, offset);
        return problem == ScanProblem.None
            ? position
            : throw new IOException($"segment {segment.BaseOffset} is damaged before offset {offset}: {problem}");
    }

    private static (long Position, ScanProblem Problem) Walk(LogSegment segment, long start, long offset)
    {
        var size = segment.SizeBytes;
        if (start > size)
            return (-1, ScanProblem.Malformed);

        var scan = new BatchScan(segment.File, start, size, stackalloc byte[WalkBytes]);
        while (scan.MoveNext(checkCrc: false))
        {
            if (scan.Header.LastOffset >= offset)
                return (scan.Position, ScanProblem.None);
        }

        return (-1, scan.Problem);
    }
}
