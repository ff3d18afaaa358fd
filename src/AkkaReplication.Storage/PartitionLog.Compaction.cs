using System.Globalization;
using AkkaReplication.Compaction;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Cleaning;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>
/// What compaction needs of a log. It reads and writes on a thread of its own, beside the replica's turn: the turn changes the
/// list of segments under a lock, and compaction replaces old segments under the same one, never the active segment.
/// </summary>
public sealed partial class PartitionLog
{
    // Held by whoever changes the list of segments, and the names of their files with it.
    private readonly Lock _segmentsLock = new();
    private long _cleanedEndOffset;
    private int _replacements;

    /// <summary>Records below it have been compacted; 0 for none.</summary>
    internal long CleanedEndOffset
    {
        get => Volatile.Read(ref _cleanedEndOffset);
        init => _cleanedEndOffset = value;
    }

    /// <summary>The segments as they are now; another array whenever one comes or goes.</summary>
    internal LogSegment[] Segments => Volatile.Read(ref _segments);

    /// <summary>What can be compacted, and whether it should be; null where the log is not one to be compacted.</summary>
    /// <param name="stableEndOffset">What lies below is committed and of decided transactions.</param>
    /// <param name="nowMs">Ms since the Unix epoch.</param>
    internal CompactionPlan? PlanCompaction(long stableEndOffset, long nowMs)
    {
        if (!Settings.IsCompacted || Failure is not null || !_gate.TryEnter())
            return null;

        var segments = Segments;
        try
        {
            var wantsFirst = Settings.MaxCompactionLagMs < long.MaxValue;
            var described = new SegmentToClean[segments.Length];
            for (var i = 0; i < segments.Length; i++)
            {
                if (!segments[i].TryAcquire())
                    return null;

                try
                {
                    described[i] = new SegmentToClean(
                        segments[i].BaseOffset,
                        segments[i].SizeBytes,
                        segments[i].AgeTimestampMs,
                        wantsFirst ? segments[i].FirstTimestampMs() : -1);
                }
                finally
                {
                    segments[i].Release();
                }
            }

            var limits = CompactionLimits;
            var plan = CompactionPlan.Of(
                described, LogStartOffset, CleanedEndOffset, Math.Min(stableEndOffset, FlushedEndOffset), limits, nowMs);
            return plan.IsDue(limits) ? plan : null;
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            // The file of a segment that has just left the log may have another name already.
            return ReferenceEquals(segments, Segments) ? throw Fail("compaction", e) : null;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>
    /// Begins a piece of compaction, during which the log is not closed; null where it is, where it has failed, or where it was
    /// truncated since <paramref name="generation"/>.
    /// </summary>
    internal IDisposable? TryEnterCompaction(long generation)
    {
        if (!_gate.TryEnter())
            return null;
        if (Failure is null && TruncationGeneration == generation)
            return new Operation(_gate);

        _gate.Exit();
        return null;
    }

    /// <summary>A segment is damaged, or cannot be read: the log accepts nothing more (F5).</summary>
    internal StorageException CompactionFailed(Exception e) => Fail("compaction", e);

    /// <summary>
    /// Offsets below are durably known to be flushed: a start then takes a gap between two segments for what it is, and does
    /// not miss anything there.
    /// </summary>
    /// <exception cref="CleaningAbortedException">The disk did not take it.</exception>
    internal void VouchForFlushed()
    {
        try
        {
            _data.CheckpointRecoveryPoints();
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw new CleaningAbortedException($"{Name}: writing the recovery points failed: {e.Message}");
        }
    }

    /// <summary>The producers as of the beginning of the active segment, from what is on disk.</summary>
    /// <exception cref="CleaningAbortedException">The log changed meanwhile.</exception>
    internal ProducerStates ProducersBeforeActive(LogSegment[] segments)
    {
        try
        {
            return ProducerSnapshotFiles.Rebuild(_data.Files, Directory, segments[..^1], segments[^1].BaseOffset);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw new CleaningAbortedException($"{Name}: reading the producers failed: {e.Message}");
        }
    }

    /// <summary>Whether the disk has room for so many bytes beside what must stay free.</summary>
    internal bool HasRoomToCompact(long bytes) => _data.Space.HasRoomBeside(bytes);

    /// <summary>A segment to be filled by compaction, beside those of the log.</summary>
    internal LogSegment CreateCleaned(long baseOffset) =>
        LogSegment.Create(_data.Files, Directory, baseOffset, _data.NowMs(), SegmentFiles.Cleaned);

    /// <summary>
    /// Puts a cleaned and flushed segment in the place of old ones. A crash leaves either all of the old ones, or the new one
    /// for the next start to put there. False, and nothing happens, where the old ones are not in the log any more.
    /// </summary>
    internal bool TryReplace(ReadOnlySpan<LogSegment> old, LogSegment cleaned, long generation)
    {
        try
        {
            lock (_segmentsLock)
            {
                var first = _segments.AsSpan().IndexOf(old[0]);
                if (_generation != generation
                    || first < 0
                    || first + old.Length >= _segments.Length
                    || !_segments.AsSpan(first, old.Length).SequenceEqual(old))
                {
                    return false;
                }

                SegmentSwap.Commit(_data.Files, Directory, cleaned);
                // A reader may still have a segment that had the same name before.
                var state = string.Create(CultureInfo.InvariantCulture, $".{++_replacements}{SegmentFiles.Deleted}");
                foreach (var segment in old)
                    segment.Retire(state);
                SegmentSwap.Complete(_data.Files, Directory, cleaned);
                Volatile.Write(ref _directoryIsDirty, 1);
                for (var i = 1; i < old.Length; i++)
                    _data.Files.DeleteFile(SegmentFiles.PathOf(Directory, old[i].BaseOffset, SegmentFiles.Snapshot));

                // Last: whoever fails before has the old ones to close, and not the new one.
                Publish([.. _segments[..first], cleaned, .. _segments[(first + old.Length)..]]);
            }
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            throw Fail("compaction", e);
        }

        foreach (var segment in old)
            segment.Release();
        return true;
    }

    /// <summary>Everything below an offset has been compacted, unless the log was truncated since.</summary>
    internal void NoteCleaned(long endOffset, long generation)
    {
        lock (_publishLock)
        {
            if (_generation == generation)
                Volatile.Write(ref _cleanedEndOffset, endOffset);
        }
    }

    internal CompactionLimits CompactionLimits =>
        new(Settings.MinCleanableDirtyRatio, Settings.MinCompactionLagMs, Settings.MaxCompactionLagMs);
}
