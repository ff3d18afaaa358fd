using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage.Checkpoints;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// Opens a log's directory and brings it into a state that can be appended to (F2, F5):
/// cuts a torn tail, refuses corruption without touching a byte of it.
/// </summary>
internal sealed class LogLoader(
    IFileSystem files, string directory, TopicPartition name, LogSettings settings, LogHistory history, long nowMs)
{
    private readonly List<LogSegment> _segments = [];
    private bool _isRepaired;

    /// <exception cref="StorageException">The log is damaged or cannot be read: it must not be used, its files stay.</exception>
    public RecoveredLog Load()
    {
        try
        {
            return LoadSegments();
        }
        catch (Exception e)
        {
            foreach (var segment in _segments)
                segment.Release();
            if (PartitionLog.IsDiskFailure(e))
                throw new StorageException($"{name}: loading {directory} failed: {e.Message}", e);
            throw;
        }
    }

    private RecoveredLog LoadSegments()
    {
        var names = files.ListFiles(directory);
        if (SegmentSwap.Recover(files, directory, names))
            names = files.ListFiles(directory);
        RemoveLeftovers(names);
        var epochs = EpochCheckpoint.Read(files, directory);
        var inFile = epochs.History;
        var recovery = new SegmentRecovery(epochs);
        var bases = SegmentFiles.BaseOffsets(names, SegmentFiles.Log);
        bases = DeleteExpired(bases);
        DeleteOrphans(names, bases);
        RequireNotEmptied(bases);
        for (var i = 0; i < bases.Count; i++)
        {
            if (!Load(recovery, bases, i))
                break;
        }

        var logStart = Math.Max(history.LogStartOffset, bases.Count == 0 ? 0 : bases[0]);
        if (HasRecordsWithoutEpoch(epochs, logStart))
            logStart = Math.Min(epochs.Entries[0].StartOffset, recovery.EndOffset);
        if (_segments.Count == 0
            || recovery.EndOffset < logStart
            || (recovery.EndOffset == logStart && _segments.Any(segment => segment.SizeBytes > 0)))
        {
            StartAnew(epochs, logStart, recovery.EndOffset);
        }

        var logEnd = Math.Max(recovery.EndOffset, logStart);
        epochs.TruncateFromEnd(logEnd);
        epochs.TruncateFromStart(logStart);

        // Also where records have told of an epoch that a crash took from the file: once a recovery point vouches for them, no
        // start reads them again.
        if (!ReferenceEquals(epochs.History, inFile) || _isRepaired)
            EpochCheckpoint.Write(files, directory, epochs);
        ProducerSnapshotFiles.DeleteAfter(files, directory, logEnd);
        var producers = ProducerSnapshotFiles.Rebuild(files, directory, _segments, logEnd);
        foreach (var segment in _segments)
            segment.Rest();
        return new RecoveredLog(
            _segments,
            logStart,
            logEnd,
            history.IsClean ? logEnd : Math.Min(history.RecoveryPoint, logEnd),
            history.RecoveryPoint,
            history.LogStartOffset,
            Math.Clamp(history.HighWatermark, logStart, logEnd),
            epochs,
            producers,
            DirectoryIsDirty: !history.IsClean);
    }

    /// <summary>
    /// The epochs are cut only at a log start that is durable. Where the checkpoint says an older one, a log was about to begin
    /// anew, further down, and did not come to it: what its log start had left behind stays there.
    /// </summary>
    private bool HasRecordsWithoutEpoch(EpochCache epochs, long logStart)
    {
        if (_segments.Count == 0 || epochs.IsEmpty || epochs.Entries[0].StartOffset <= logStart)
            return false;

        var first = SegmentSearch.PositionOf(_segments[0], logStart);
        if (first < 0)
            return false;

        var scan = new BatchScan(_segments[0].File, first, _segments[0].SizeBytes, stackalloc byte[BatchHeader.Size]);
        return scan.MoveNext(checkCrc: false) && scan.Header.BaseOffset < epochs.Entries[0].StartOffset;
    }

    /// <summary>Opens one segment, scanned where the previous life did not vouch for it. False: it is the last that counts.</summary>
    private bool Load(SegmentRecovery recovery, List<long> bases, int index)
    {
        var isLast = index == bases.Count - 1;
        // Also where the recovery point is just where it ends: its indexes were completed after that was flushed.
        var mustScan = !history.IsClean && (isLast || bases[index + 1] >= history.RecoveryPoint);
        if (bases[index] < recovery.EndOffset)
        {
            throw new StorageException(
                $"{name}: segment {bases[index]:D20} begins before the end {recovery.EndOffset} of the one before it.");
        }

        var segment = LogSegment.Open(files, directory, bases[index], nowMs, keepIndexes: !mustScan, out var hasIndexes);
        _segments.Add(segment);
        if (mustScan)
            return Scan(recovery, segment, bases, index);

        if (!hasIndexes)
        {
            SegmentRecovery.RebuildIndexes(segment, settings.IndexIntervalBytes);
            segment.Seal();
        }

        if (isLast)
            RequireWholeTail(recovery, segment);
        else
            recovery.Skip(segment.BaseOffset);
        return true;
    }

    private bool Scan(SegmentRecovery recovery, LogSegment segment, List<long> bases, int index)
    {
        var scan = recovery.Scan(segment, settings.IndexIntervalBytes);
        // Segments follow each other without a gap unless a recovery point vouches for it: the file has lost its end.
        if (scan.Problem == ScanProblem.None
            && index < bases.Count - 1
            && bases[index + 1] > Math.Max(scan.ValidEndOffset, history.RecoveryPoint))
        {
            scan = scan with { Problem = ScanProblem.Missing };
        }

        if (scan.Problem != ScanProblem.None)
            scan = scan with { ValidBatchFollows = scan.ValidBatchFollows || LaterSegmentIsValid(bases, index) };

        var decision = RecoveryPlan.Decide(scan, history.RecoveryPoint);
        if (decision.Action == RecoveryAction.Refuse)
            throw new StorageException($"{name}: {decision.Reason}. The files in {directory} were left as they are.");

        if (history.MayLackFlushes)
            segment.Rewrite(scan.ValidBytes);
        segment.MarkDirty();
        if (decision.Action == RecoveryAction.Keep)
        {
            if (index < bases.Count - 1)
                segment.Seal();
            return true;
        }

        CutTail(segment, scan, decision, bases[(index + 1)..]);
        return false;
    }

    private void CutTail(LogSegment segment, in SegmentScan scan, in RecoveryDecision decision, List<long> laterBases)
    {
        var hasLaterBytes = laterBases.Any(later => SizeOf(later) > 0);
        if (!decision.KeepsIntact || hasLaterBytes)
            history.OnLoss($"{name}: {decision.Reason}");

        _isRepaired = true;
        for (var i = laterBases.Count - 1; i >= 0; i--)
            DeleteSegmentFiles(laterBases[i]);
        segment.TruncateTo(scan.ValidBytes, scan.ValidEndOffset);
        files.FlushDirectory(directory);
    }

    private bool LaterSegmentIsValid(List<long> bases, int index)
    {
        for (var i = index + 1; i < bases.Count; i++)
        {
            using var later = files.Open(SegmentFiles.PathOf(directory, bases[i], SegmentFiles.Log), FileOpenMode.Read);
            if (SegmentRecovery.BeginsWithValidBatch(later))
                return true;
        }

        return false;
    }

    /// <summary>After a clean shutdown the last segment ends with a whole batch, or somebody has damaged it since.</summary>
    private void RequireWholeTail(SegmentRecovery recovery, LogSegment segment)
    {
        var (problem, validBytes, endOffset) = segment.RestoreTail();
        if (problem != ScanProblem.None)
        {
            // The index may have led astray: it carries no checksum.
            SegmentRecovery.RebuildIndexes(segment, settings.IndexIntervalBytes);
            (problem, validBytes, endOffset) = segment.RestoreTail();
        }

        if (problem != ScanProblem.None)
        {
            throw new StorageException(
                $"{name}: segment {segment.BaseOffset:D20} is damaged ({problem} at byte {validBytes} of {segment.SizeBytes})"
                + $" although its broker shut down cleanly. The files in {directory} were left as they are.");
        }

        recovery.Skip(Math.Max(endOffset, segment.BaseOffset));
    }

    /// <summary>
    /// Everything is gone, or lies below the log's start: begin at the start. What is below must not stay: its epochs are
    /// forgotten, and records of a lower epoch might come to stand behind it.
    /// </summary>
    private void StartAnew(EpochCache epochs, long logStart, long endFound)
    {
        if (_segments.Count > 0 && endFound < logStart)
            history.OnLoss($"{name}: recovery found data up to {endFound} only, the log starts at {logStart}");

        var producers = ProducerSnapshotFiles.Rebuild(files, directory, _segments, logStart);
        ProducerSnapshotFiles.Begin(files, directory, logStart, producers);
        for (var i = _segments.Count - 1; i >= 0; i--)
            _segments[i].Drop();
        _segments.Clear();
        epochs.Clear();
        ProducerSnapshotFiles.DeleteAfter(files, directory, logStart);
        ProducerSnapshotFiles.DeleteBefore(files, directory, logStart);
        _segments.Add(LogSegment.Create(files, directory, logStart, nowMs));
        files.FlushDirectory(directory);
        _isRepaired = true;
    }

    private void RequireNotEmptied(List<long> bases)
    {
        if (bases.Count == 0 && history.RecoveryPoint > history.LogStartOffset)
        {
            history.OnLoss(
                $"{name}: {directory} has no segments, though offsets up to {history.RecoveryPoint} had been flushed");
        }
    }

    private void RemoveLeftovers(IReadOnlyList<string> names)
    {
        foreach (var file in names)
        {
            if (file.EndsWith(SegmentFiles.Deleted, StringComparison.Ordinal)
                || file.EndsWith(SegmentFiles.Cleaned, StringComparison.Ordinal)
                || file.EndsWith(".tmp", StringComparison.Ordinal))
            {
                files.DeleteFile(Path.Combine(directory, file));
            }
        }
    }

    /// <summary>
    /// Goes on with what the last life was deleting: segments that lie wholly below a durable log start. Some of them may be
    /// gone already, so they must not be looked at as if a log needed them.
    /// </summary>
    private List<long> DeleteExpired(List<long> bases)
    {
        var expired = 0;
        while (expired < bases.Count - 1 && bases[expired + 1] <= history.LogStartOffset)
            DeleteSegmentFiles(bases[expired++]);
        if (expired == 0)
            return bases;

        files.FlushDirectory(directory);
        return bases[expired..];
    }

    /// <summary>Indexes without their segment, snapshots of what is gone: a life ended while all of them were being deleted.</summary>
    private void DeleteOrphans(IReadOnlyList<string> names, List<long> bases)
    {
        foreach (var suffix in (string[])[SegmentFiles.OffsetIndex, SegmentFiles.TimeIndex])
        {
            foreach (var orphan in SegmentFiles.BaseOffsets(names, suffix).Where(offset => bases.BinarySearch(offset) < 0))
                files.DeleteFile(SegmentFiles.PathOf(directory, orphan, suffix));
        }

        foreach (var orphan in SegmentFiles.BaseOffsets(names, SegmentFiles.Snapshot).Where(offset => offset < bases.FirstOrDefault()))
            files.DeleteFile(SegmentFiles.PathOf(directory, orphan, SegmentFiles.Snapshot));
    }

    private long SizeOf(long baseOffset)
    {
        using var file = files.Open(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log), FileOpenMode.Read);
        return file.Length;
    }

    private void DeleteSegmentFiles(long baseOffset)
    {
        foreach (var suffix in (string[])[SegmentFiles.Log, SegmentFiles.OffsetIndex, SegmentFiles.TimeIndex])
            files.DeleteFile(SegmentFiles.PathOf(directory, baseOffset, suffix));
    }
}
