using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage.Cleaning;

/// <summary>
/// The change of names by which a cleaned segment takes the place of those that it was made from, as Kafka does it. From when
/// its log ends with <c>.swap</c> it counts, and they do not: a start goes on where the last life stopped.
/// </summary>
internal static class SegmentSwap
{
    /// <summary>Makes it certain that the cleaned segment, which is flushed, will take the others' place.</summary>
    public static void Commit(IFileSystem files, string directory, LogSegment cleaned)
    {
        cleaned.MoveIndexesTo(SegmentFiles.Swap);
        cleaned.MoveLogTo(SegmentFiles.Swap);
        files.FlushDirectory(directory);
    }

    /// <summary>Gives the cleaned segment its own name, once the others have lost theirs.</summary>
    public static void Complete(IFileSystem files, string directory, LogSegment cleaned)
    {
        // With both names on disk a start would meet the same offsets twice.
        files.FlushDirectory(directory);
        cleaned.MoveIndexesTo("");
        cleaned.MoveLogTo("");
    }

    /// <summary>Goes on with what the last life had committed. True where it had left anything of that kind.</summary>
    /// <exception cref="StorageException">A file that is to take the place of others is damaged: none was touched.</exception>
    public static bool Recover(IFileSystem files, string directory, IReadOnlyList<string> names)
    {
        var swaps = SegmentFiles.BaseOffsets(names, SegmentFiles.Log + SegmentFiles.Swap);
        var ends = swaps.ConvertAll(baseOffset => EndOf(files, directory, baseOffset));
        var bases = SegmentFiles.BaseOffsets(names, SegmentFiles.Log);
        for (var i = 0; i < swaps.Count; i++)
        {
            foreach (var replaced in bases.Where(other => other == swaps[i] || (other > swaps[i] && other < ends[i])))
                Delete(files, directory, replaced, "");
            Delete(files, directory, swaps[i], "");
        }

        if (swaps.Count > 0)
            files.FlushDirectory(directory);
        foreach (var baseOffset in swaps)
        {
            files.Rename(
                SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log + SegmentFiles.Swap),
                SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log));
        }

        var leftovers = names.Where(name => name.EndsWith(SegmentFiles.Swap, StringComparison.Ordinal)).ToList();
        // Indexes are built anew, those of a log that has its own name already have theirs, too.
        foreach (var name in leftovers.Where(name => !SegmentFiles.TryParse(name, SegmentFiles.Log + SegmentFiles.Swap, out _)))
            files.DeleteFile(Path.Combine(directory, name));
        if (leftovers.Count > 0)
            files.FlushDirectory(directory);
        return leftovers.Count > 0;
    }

    /// <summary>The offset after the last batch of a file that is to take the place of others.</summary>
    private static long EndOf(IFileSystem files, string directory, long baseOffset)
    {
        var path = SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log + SegmentFiles.Swap);
        using var file = files.Open(path, FileOpenMode.Read);
        var end = baseOffset;
        var scan = new BatchScan(file, 0, file.Length, new byte[64 * 1024]);
        while (scan.MoveNext(checkCrc: true))
            end = scan.Header.NextOffset;
        return scan.Problem == ScanProblem.None
            ? end
            : throw new StorageException($"{path}, of a compaction, is damaged ({scan.Problem} at byte {scan.Next}).");
    }

    private static void Delete(IFileSystem files, string directory, long baseOffset, string state)
    {
        foreach (var suffix in SegmentFiles.Suffixes)
            files.DeleteFile(SegmentFiles.PathOf(directory, baseOffset, suffix + state));
    }
}
