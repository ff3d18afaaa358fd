using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>What loading a log has found.</summary>
internal sealed record RecoveredMemoryLog(
    IReadOnlyList<MemorySegment> Segments,
    long LogStartOffset,
    long LogEndOffset,
    long FlushedEndOffset,
    long RecoveryPoint,
    long HighWatermark,
    EpochCache Epochs,
    ProducerStates Producers);

/// <summary>
/// Recovers one log from what the disk holds: cuts a torn tail, refuses corruption (F5). A segment that nothing has happened
/// to is not read, because its entries say what reading it would.
/// </summary>
internal sealed class MemoryLogLoader(MemoryLogFiles files, LogHistory history, long nowMs, Action bitFlipMet)
{
    private EpochCache _epochs = new();
    private LeaderEpoch _lastEpoch = LeaderEpoch.None;
    private long _endOffset;
    private bool _isRepaired;

    /// <exception cref="StorageException">The log is damaged and must not be used; it stays as it is.</exception>
    public RecoveredMemoryLog Load()
    {
        _epochs = new EpochCache(files.Epochs);
        var inFile = _epochs.History;
        var segments = files.Segments;
        DeleteExpired();
        for (var i = 0; i < segments.Count; i++)
        {
            if (!Load(i))
                break;
        }

        var logStart = Math.Max(history.LogStartOffset, segments[0].BaseOffset);
        if (_endOffset < logStart || (_endOffset == logStart && segments.Exists(segment => segment.SizeBytes > 0)))
            StartAnew(logStart);

        var logEnd = Math.Max(_endOffset, logStart);
        _epochs.TruncateFromEnd(logEnd);
        _epochs.TruncateFromStart(logStart);
        if (!ReferenceEquals(_epochs.History, inFile) || _isRepaired)
            files.WriteEpochs(_epochs);
        files.DeleteSnapshotsAfter(logEnd);
        return new RecoveredMemoryLog(
            [.. segments],
            logStart,
            logEnd,
            history.IsClean ? logEnd : Math.Min(history.RecoveryPoint, logEnd),
            history.RecoveryPoint,
            Math.Clamp(history.HighWatermark, logStart, logEnd),
            _epochs,
            MemoryProducers.Rebuild(files, segments.ToArray(), logEnd));
    }

    /// <summary>Goes on with what the last life was deleting.</summary>
    private void DeleteExpired()
    {
        var segments = files.Segments;
        while (segments.Count > 1 && segments[1].BaseOffset <= history.LogStartOffset)
        {
            segments[0].IsDropped = true;
            segments.RemoveAt(0);
        }

        files.DeleteSnapshotsBefore(segments[0].BaseOffset);
    }

    /// <summary>False: it is the last segment that counts.</summary>
    private bool Load(int index)
    {
        var segments = files.Segments;
        var segment = segments[index];
        var isLast = index == segments.Count - 1;
        if (segment.BaseOffset < _endOffset)
            throw new StorageException($"{files.Name}: segment {segment.BaseOffset} begins before {_endOffset}.");

        segment.CreatedMs = nowMs;
        if (history.IsClean || (!isLast && segments[index + 1].BaseOffset < history.RecoveryPoint))
        {
            _endOffset = Math.Max(_endOffset, isLast ? segment.EndOffset : segment.BaseOffset);
            return true;
        }

        var scan = segment.IsSuspect ? Scan(segment) : TakeWhole(segment);
        if (scan.Problem == ScanProblem.None
            && !isLast
            && segments[index + 1].BaseOffset > Math.Max(scan.ValidEndOffset, history.RecoveryPoint))
        {
            scan = scan with { Problem = ScanProblem.Missing };
        }

        if (scan.Problem != ScanProblem.None)
            scan = scan with { ValidBatchFollows = scan.ValidBatchFollows || LaterSegmentIsValid(index) };
        var decision = RecoveryPlan.Decide(scan, history.RecoveryPoint);
        if (decision.Action == RecoveryAction.Refuse)
            throw new StorageException($"{files.Name}: {decision.Reason}.");

        if (history.MayLackFlushes)
            segment.Rewrite();
        if (decision.Action == RecoveryAction.CutTail)
        {
            CutTail(index, decision);
            return false;
        }

        segment.Trust();
        return true;
    }

    private void CutTail(int index, in RecoveryDecision decision)
    {
        var segments = files.Segments;
        var hasLaterBytes = false;
        for (var i = index + 1; i < segments.Count; i++)
        {
            hasLaterBytes |= segments[i].FileBytes > 0;
            segments[i].IsDropped = true;
        }

        if (!decision.KeepsIntact || hasLaterBytes)
            history.OnLoss($"{files.Name}: {decision.Reason}");
        _isRepaired = true;
        segments.RemoveRange(index + 1, segments.Count - index - 1);
        segments[index].TruncateTo(segments[index].Count);
        segments[index].Trust();
    }

    /// <summary>Everything that is left lies below the log's start: begin there.</summary>
    private void StartAnew(long logStart)
    {
        if (_endOffset < logStart)
            history.OnLoss($"{files.Name}: recovery found data up to {_endOffset} only, the log starts at {logStart}");
        files.KeepSnapshot(logStart, MemoryProducers.Rebuild(files, files.Segments.ToArray(), logStart));
        foreach (var segment in files.Segments)
            segment.IsDropped = true;
        files.Segments.Clear();
        files.Segments.Add(new MemorySegment(logStart, nowMs) { IsNameDurable = true });
        _epochs.Clear();
        _isRepaired = true;
    }

    private SegmentScan TakeWhole(MemorySegment segment)
    {
        _endOffset = Math.Max(_endOffset, segment.BaseOffset);
        if (segment.Count > 0 && segment.Entries[^1].Epoch > _lastEpoch)
        {
            foreach (ref readonly var entry in segment.Entries)
                Accept(entry.Epoch, entry.BaseOffset);
        }

        _endOffset = Math.Max(_endOffset, segment.EndOffset);
        return new SegmentScan(
            segment.BaseOffset, segment.FileBytes, segment.FileBytes, _endOffset, ScanProblem.None, ValidBatchFollows: false);
    }

    /// <summary>Reads the file batch by batch, checksums included.</summary>
    private SegmentScan Scan(MemorySegment segment)
    {
        _endOffset = Math.Max(_endOffset, segment.BaseOffset);
        if (segment.MeetsDamage(0, segment.FileBytes))
            bitFlipMet();
        segment.Rescan();
        var file = segment.File;
        var problem = ScanProblem.None;
        while (segment.SizeBytes < file.Length)
        {
            problem = Examine(file[segment.SizeBytes..], out var header);
            if (problem == ScanProblem.None && (header.BaseOffset < _endOffset || header.PartitionLeaderEpoch < _lastEpoch))
                problem = ScanProblem.OutOfOrder;
            if (problem != ScanProblem.None)
                break;
            segment.Found(header);
            Accept(header.PartitionLeaderEpoch, header.BaseOffset);
            _endOffset = header.NextOffset;
        }

        return new SegmentScan(
            segment.BaseOffset,
            file.Length,
            segment.SizeBytes,
            _endOffset,
            problem,
            problem != ScanProblem.None && ValidBatchFollows(file[(segment.SizeBytes + 1)..], segment.BaseOffset));
    }

    private void Accept(LeaderEpoch epoch, long baseOffset)
    {
        _lastEpoch = epoch;
        if (epoch > _epochs.Latest)
            _epochs.Assign(epoch, baseOffset);
    }

    private static ScanProblem Examine(ReadOnlySpan<byte> rest, out BatchHeader header)
    {
        header = default;
        if (rest.Length < BatchHeader.Size)
            return ScanProblem.Incomplete;
        if (!BatchHeader.TryRead(rest, out header) || header.LastOffsetDelta < 0 || header.BaseOffset < 0)
            return ScanProblem.Malformed;
        if (header.SizeInBytes > rest.Length)
            return ScanProblem.Incomplete;
        return RecordBatch.HasValidCrc(rest[..header.SizeInBytes]) ? ScanProblem.None : ScanProblem.Checksum;
    }

    /// <summary>The length of a bad batch cannot be trusted: every byte is tried as the beginning of a good one.</summary>
    private bool ValidBatchFollows(ReadOnlySpan<byte> rest, long segmentBase)
    {
        for (; rest.Length >= BatchHeader.Size; rest = rest[1..])
        {
            if (Examine(rest, out var header) == ScanProblem.None
                && header.BaseOffset > _endOffset
                && header.BaseOffset - segmentBase <= int.MaxValue
                && header.PartitionLeaderEpoch >= _lastEpoch
                && header.PartitionLeaderEpoch.Value >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool LaterSegmentIsValid(int index)
    {
        for (var i = index + 1; i < files.Segments.Count; i++)
        {
            if (Examine(files.Segments[i].File, out _) == ScanProblem.None)
                return true;
        }

        return false;
    }
}
