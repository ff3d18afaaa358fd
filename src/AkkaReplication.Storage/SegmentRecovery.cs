using System.Buffers;
using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// Scans the segments of one log in their order, rebuilds their indexes and tells what is wrong. Cuts nothing:
/// <see cref="RecoveryPlan"/> decides and <see cref="LogLoader"/> acts.
/// </summary>
internal sealed class SegmentRecovery(EpochCache epochs)
{
    private const int BufferBytes = 256 * 1024;

    private LeaderEpoch _lastEpoch = LeaderEpoch.None;

    /// <summary>The offset after the last valid batch so far.</summary>
    public long EndOffset { get; private set; }

    /// <summary>A segment that was not scanned ends here; the next one must not begin before.</summary>
    public void Skip(long endOffset) => EndOffset = Math.Max(EndOffset, endOffset);

    /// <summary>Reads every batch of a segment, checksums included, and rebuilds its indexes and the epochs above the known ones.</summary>
    public SegmentScan Scan(LogSegment segment, int indexIntervalBytes)
    {
        EndOffset = Math.Max(EndOffset, segment.BaseOffset);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var scan = new BatchScan(segment.File, 0, segment.SizeBytes, buffer);
            long validBytes = 0;
            var problem = ScanProblem.None;
            while (scan.MoveNext(checkCrc: true))
            {
                var header = scan.Header;
                if (header.BaseOffset < EndOffset || header.PartitionLeaderEpoch < _lastEpoch)
                {
                    problem = ScanProblem.OutOfOrder;
                    break;
                }

                Accept(segment, header, scan.Position, indexIntervalBytes);
                validBytes = scan.Next;
            }

            problem = problem == ScanProblem.None ? scan.Problem : problem;
            var follows = problem != ScanProblem.None && ValidBatchFollows(segment, validBytes, buffer);
            return new SegmentScan(segment.BaseOffset, segment.SizeBytes, validBytes, EndOffset, problem, follows);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Rebuilds the indexes of a segment whose bytes are known to be good.</summary>
    public static void RebuildIndexes(LogSegment segment, int indexIntervalBytes)
    {
        segment.ClearIndexes();
        var scan = new BatchScan(segment.File, 0, segment.SizeBytes, stackalloc byte[4096]);
        while (scan.MoveNext(checkCrc: false))
            segment.Note(scan.Header, scan.Position, indexIntervalBytes);
    }

    /// <summary>Whether a segment file begins with a valid batch.</summary>
    public static bool BeginsWithValidBatch(IFile file)
    {
        var scan = new BatchScan(file, 0, file.Length, new byte[4096]);
        return scan.MoveNext(checkCrc: true);
    }

    private void Accept(LogSegment segment, in BatchHeader header, long position, int indexIntervalBytes)
    {
        segment.Note(header, position, indexIntervalBytes);
        _lastEpoch = header.PartitionLeaderEpoch;
        if (_lastEpoch > epochs.Latest)
            epochs.Assign(_lastEpoch, header.BaseOffset);
        EndOffset = header.NextOffset;
    }

    /// <summary>
    /// Whether a valid batch of a later offset begins anywhere behind a bad place (F5). Its length cannot be trusted there,
    /// so every byte is a candidate that could be a batch's.
    /// </summary>
    private bool ValidBatchFollows(LogSegment segment, long badAt, byte[] buffer)
    {
        const int magicAt = RecordBatch.StampedPrefixBytes;
        var size = segment.SizeBytes;
        var crcBuffer = new byte[4096];
        for (var at = badAt + 1; at + BatchHeader.Size <= size;)
        {
            var window = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - at));
            var read = segment.File.Read(window, at);
            if (read < BatchHeader.Size)
                return false;

            var lastCandidate = read - BatchHeader.Size;
            for (var i = 0; i <= lastCandidate; i++)
            {
                var next = window[(i + magicAt)..(lastCandidate + magicAt + 1)].IndexOf(BatchHeader.CurrentMagic);
                if (next < 0)
                    break;
                i += next;
                if (CouldFollow(window[i..read], at + i, segment)
                    && new BatchScan(segment.File, at + i, size, crcBuffer).MoveNext(checkCrc: true))
                {
                    return true;
                }
            }

            at += lastCandidate + 1;
        }

        return false;
    }

    private bool CouldFollow(ReadOnlySpan<byte> bytes, long position, LogSegment segment) =>
        BatchHeader.TryRead(bytes, out var header)
        && header.SizeInBytes <= segment.SizeBytes - position
        && header.BaseOffset > EndOffset
        && header.BaseOffset - segment.BaseOffset <= int.MaxValue
        && header.LastOffsetDelta >= 0
        && header.PartitionLeaderEpoch >= _lastEpoch
        && header.PartitionLeaderEpoch.Value >= 0;
}
