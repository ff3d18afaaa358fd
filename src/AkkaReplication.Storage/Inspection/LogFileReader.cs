using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage.Inspection;

/// <summary>A batch as it stands in a segment file.</summary>
/// <param name="File">The segment's path.</param>
/// <param name="Position">Where it begins, in bytes.</param>
/// <param name="Bytes">The whole batch.</param>
public sealed record StoredBatch(string File, long Position, BatchHeader Header, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Whether the checksum holds.</summary>
    public bool HasValidCrc => RecordBatch.HasValidCrc(Bytes.Span);
}

/// <summary>
/// Reads a partition's directory as an outsider: no lock, no session, nothing changed, also while a broker runs. What a
/// running broker is just writing may be missing at the end.
/// </summary>
/// <param name="directory">A partition's directory.</param>
/// <param name="files">The file system; null for the operating system's.</param>
public sealed class LogFileReader(string directory, IFileSystem? files = null)
{
    private readonly IFileSystem _files = files ?? PhysicalFileSystem.Instance;
    private readonly List<string> _problems = [];

    /// <summary>What the reads so far found wrong, in sentences; an unfinished batch at the very end is not.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Bytes after the last whole batch of the last segment that was read: a write under way, or a torn tail.</summary>
    public long UnfinishedBytes { get; private set; }

    /// <summary>The topic's id; null where the directory does not say.</summary>
    public TopicId? TopicId => PartitionMetadataFile.Read(_files, directory);

    /// <summary>The leader epochs as they are on disk.</summary>
    public EpochCache Epochs => EpochCheckpoint.Read(_files, directory);

    /// <summary>The partitions in a data directory, with their paths.</summary>
    public static IReadOnlyList<(TopicPartition Partition, string Path)> Partitions(
        string dataDirectory, IFileSystem? files = null)
    {
        var partitions = new List<(TopicPartition, string)>();
        foreach (var name in (files ?? PhysicalFileSystem.Instance).ListDirectories(dataDirectory))
        {
            if (DataDirectory.ParseName(name) is { } partition)
                partitions.Add((partition, Path.Combine(dataDirectory, name)));
        }

        return partitions;
    }

    /// <summary>All batches of all segments, by offset. Damage ends a segment and goes to <see cref="Problems"/>.</summary>
    public IEnumerable<StoredBatch> ReadBatches()
    {
        var bases = SegmentFiles.BaseOffsets(_files.ListFiles(directory), SegmentFiles.Log);
        for (var i = 0; i < bases.Count; i++)
        {
            foreach (var batch in ReadBatches(SegmentFiles.PathOf(directory, bases[i], SegmentFiles.Log), i == bases.Count - 1))
                yield return batch;
        }
    }

    /// <summary>The batches of one segment file.</summary>
    /// <param name="path">A <c>.log</c> file.</param>
    /// <param name="isLast">An unfinished batch at its end is no damage.</param>
    public IEnumerable<StoredBatch> ReadBatches(string path, bool isLast = true)
    {
        // Retention may have removed it since it was listed.
        if (!_files.FileExists(path))
            yield break;

        using var file = _files.Open(path, FileOpenMode.Read);
        var end = file.Length;
        long position = 0;
        while (position < end)
        {
            var problem = TryRead(file, path, position, end, out var batch);
            if (batch is null)
            {
                UnfinishedBytes = end - position;
                if (problem != ScanProblem.Incomplete || !isLast)
                    _problems.Add($"{path}: {problem} at byte {position} of {end}");
                yield break;
            }

            if (!batch.HasValidCrc)
                _problems.Add($"{path}: wrong checksum at byte {position} (offset {batch.Header.BaseOffset})");
            yield return batch;
            position += batch.Header.SizeInBytes;
        }

        UnfinishedBytes = 0;
    }

    private static ScanProblem TryRead(IFile file, string path, long position, long end, out StoredBatch? batch)
    {
        batch = null;
        var scan = new BatchScan(file, position, end, stackalloc byte[BatchHeader.Size]);
        if (!scan.MoveNext(checkCrc: false))
            return scan.Problem;

        var bytes = new byte[scan.Header.SizeInBytes];
        if (file.Read(bytes, position) != bytes.Length)
            return ScanProblem.Incomplete;

        batch = new StoredBatch(path, position, scan.Header, bytes);
        return ScanProblem.None;
    }
}
