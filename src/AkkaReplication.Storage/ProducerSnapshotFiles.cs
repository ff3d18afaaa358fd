using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// The producer states of a log as of certain offsets, one <c>.snapshot</c> file each. They save replaying: a missing or
/// damaged one costs time, because the log itself has all they say. Only what was said by segments that the log does not have
/// any more, or never had, is nowhere else: the snapshot at the log's first segment is flushed before they go.
/// </summary>
internal static class ProducerSnapshotFiles
{
    /// <summary>Writes the states as of <paramref name="offset"/>; the checksum inside tells a torn one.</summary>
    public static void Write(IFileSystem files, string directory, long offset, ProducerStates states)
    {
        using var file = files.Open(SegmentFiles.PathOf(directory, offset, SegmentFiles.Snapshot), FileOpenMode.ReadWrite);
        var bytes = states.Encode();
        file.SetLength(0);
        file.Write(bytes, 0);
    }

    /// <summary>
    /// Makes the snapshot of <paramref name="offset"/> durable, where there is one: the log before it is about to go, and
    /// with it all that the snapshot could be made from again.
    /// </summary>
    public static void Flush(IFileSystem files, string directory, long offset)
    {
        var path = SegmentFiles.PathOf(directory, offset, SegmentFiles.Snapshot);
        if (!files.FileExists(path))
            return;

        using var file = files.Open(path, FileOpenMode.ReadWrite);
        file.Flush();
    }

    /// <summary>
    /// Writes durably what is known of a log that is about to begin at <paramref name="offset"/> with nothing in it. Older
    /// snapshots, and newer ones, are to be deleted when it has begun.
    /// </summary>
    public static void Begin(IFileSystem files, string directory, long offset, ProducerStates producers)
    {
        if (producers.Count == 0)
        {
            Delete(files, directory, candidate => candidate == offset);
            return;
        }

        Write(files, directory, offset, producers);
        Flush(files, directory, offset);
        files.FlushDirectory(directory);
    }

    /// <summary>Deletes the snapshots of offsets beyond <paramref name="offset"/>.</summary>
    public static void DeleteAfter(IFileSystem files, string directory, long offset) =>
        Delete(files, directory, candidate => candidate > offset);

    /// <summary>Deletes the snapshots of offsets before <paramref name="offset"/>.</summary>
    public static void DeleteBefore(IFileSystem files, string directory, long offset) =>
        Delete(files, directory, candidate => candidate < offset);

    /// <summary>The states as of <paramref name="endOffset"/>: the newest usable snapshot, and the batches after it.</summary>
    public static ProducerStates Rebuild(
        IFileSystem files, string directory, IReadOnlyList<LogSegment> segments, long endOffset)
    {
        var states = Newest(files, directory, endOffset, out var fromOffset);
        foreach (var segment in segments)
        {
            var isBefore = segment != segments[^1] && NextBase(segments, segment) <= fromOffset;
            if (!isBefore && segment.BaseOffset < endOffset)
                Replay(segment, states, fromOffset, endOffset);
        }

        return states;
    }

    private static long NextBase(IReadOnlyList<LogSegment> segments, LogSegment segment)
    {
        for (var i = 0; i < segments.Count - 1; i++)
        {
            if (segments[i] == segment)
                return segments[i + 1].BaseOffset;
        }

        return long.MaxValue;
    }

    private static ProducerStates Newest(
        IFileSystem files, string directory, long endOffset, out long fromOffset)
    {
        var offsets = SegmentFiles.BaseOffsets(files.ListFiles(directory), SegmentFiles.Snapshot);
        for (var i = offsets.Count - 1; i >= 0; i--)
        {
            if (offsets[i] > endOffset)
                continue;

            var path = SegmentFiles.PathOf(directory, offsets[i], SegmentFiles.Snapshot);
            try
            {
                fromOffset = offsets[i];
                return ProducerStates.Decode(files.ReadAllBytes(path));
            }
            catch (CorruptBatchException)
            {
                files.DeleteFile(path);
            }
        }

        fromOffset = 0;
        return new ProducerStates();
    }

    private static void Replay(LogSegment segment, ProducerStates states, long fromOffset, long endOffset)
    {
        var position = SegmentSearch.PositionOf(segment, fromOffset);
        if (position < 0)
            return;

        var scan = new BatchScan(segment.File, position, segment.SizeBytes, stackalloc byte[4096]);
        while (scan.MoveNext(checkCrc: false) && scan.Header.LastOffset < endOffset)
        {
            if (!scan.Header.HasProducerId || scan.Header.BaseOffset < fromOffset)
                continue;

            var coordinatorEpoch = -1;
            if (scan.Header.IsControl)
            {
                var batch = new byte[scan.Header.SizeInBytes];
                segment.File.Read(batch, scan.Position);
                coordinatorEpoch = ControlMarker.CoordinatorEpochOf(scan.Header, batch);
            }

            states.Apply(scan.Header, scan.Header.LastOffset, coordinatorEpoch);
        }
    }

    private static void Delete(IFileSystem files, string directory, Predicate<long> isUnwanted)
    {
        foreach (var offset in SegmentFiles.BaseOffsets(files.ListFiles(directory), SegmentFiles.Snapshot))
        {
            if (isUnwanted(offset))
                files.DeleteFile(SegmentFiles.PathOf(directory, offset, SegmentFiles.Snapshot));
        }
    }
}
