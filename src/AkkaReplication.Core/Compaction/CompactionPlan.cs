namespace AkkaReplication.Compaction;

/// <summary>What of a segment matters for compaction.</summary>
/// <param name="AgeTimestampMs">Its greatest timestamp, or when it was written; ms since the Unix epoch.</param>
/// <param name="FirstTimestampMs">Timestamp of its first batch, -1 where there is none or nobody asks.</param>
public readonly record struct SegmentToClean(long BaseOffset, long SizeBytes, long AgeTimestampMs, long FirstTimestampMs = -1);

/// <summary>When a topic is compacted; names and defaults are Kafka's.</summary>
/// <param name="MinCleanableDirtyRatio">min.cleanable.dirty.ratio.</param>
/// <param name="MinLagMs">min.compaction.lag.ms.</param>
/// <param name="MaxLagMs">max.compaction.lag.ms.</param>
public readonly record struct CompactionLimits(double MinCleanableDirtyRatio, long MinLagMs, long MaxLagMs);

/// <summary>
/// Which part of a log can be compacted, and whether it should be. Only whole segments can, never the active one: those below
/// what is committed and flushed, and old enough.
/// </summary>
/// <param name="FirstDirtyOffset">Below it the log was compacted before.</param>
/// <param name="EndOffset">The end of the last segment that can be compacted now.</param>
/// <param name="CleanBytes">Bytes of segments below <paramref name="FirstDirtyOffset"/>.</param>
/// <param name="DirtyBytes">Bytes of the segments from there to the end.</param>
/// <param name="IsOverdue">A record in it has waited for max.compaction.lag.ms.</param>
public readonly record struct CompactionPlan(
    long FirstDirtyOffset, long EndOffset, long CleanBytes, long DirtyBytes, bool IsOverdue)
{
    /// <summary>The part of the bytes that was not compacted yet, 0 to 1.</summary>
    public double DirtyRatio => DirtyBytes == 0 ? 0 : (double)DirtyBytes / (CleanBytes + DirtyBytes);

    /// <summary>Looks at a log.</summary>
    /// <param name="segments">Its segments, the active one last.</param>
    /// <param name="logStartOffset">Where it starts.</param>
    /// <param name="cleanedEndOffset">How far it was compacted before, 0 for not at all.</param>
    /// <param name="stableEndOffset">What lies below is committed, of decided transactions, and flushed.</param>
    /// <param name="limits">The topic's settings.</param>
    /// <param name="nowMs">Ms since the Unix epoch.</param>
    public static CompactionPlan Of(
        ReadOnlySpan<SegmentToClean> segments,
        long logStartOffset,
        long cleanedEndOffset,
        long stableEndOffset,
        in CompactionLimits limits,
        long nowMs)
    {
        // An offset that cannot be: the log was cut since. What is compacted twice does not change.
        var firstDirty = cleanedEndOffset > segments[^1].BaseOffset ? logStartOffset : Math.Max(cleanedEndOffset, logStartOffset);
        var end = firstDirty;
        long cleanBytes = 0, dirtyBytes = 0;
        var isOverdue = false;
        for (var i = 0; i < segments.Length - 1; i++)
        {
            var segment = segments[i];
            var segmentEnd = segments[i + 1].BaseOffset;
            if (segmentEnd <= firstDirty)
            {
                cleanBytes += segment.SizeBytes;
                continue;
            }

            if (segmentEnd > stableEndOffset || segment.AgeTimestampMs > nowMs - limits.MinLagMs)
                break;

            end = segmentEnd;
            dirtyBytes += segment.SizeBytes;
            isOverdue |= segment.FirstTimestampMs >= 0 && nowMs - segment.FirstTimestampMs > limits.MaxLagMs;
        }

        return new CompactionPlan(firstDirty, end, cleanBytes, dirtyBytes, isOverdue && dirtyBytes > 0);
    }

    /// <summary>Whether the log should be compacted now.</summary>
    public bool IsDue(in CompactionLimits limits) =>
        DirtyBytes > 0 && (IsOverdue || DirtyRatio > limits.MinCleanableDirtyRatio);

    /// <summary>Whether this log's turn comes before another one's: who is overdue first, then who has most to gain.</summary>
    public bool Precedes(in CompactionPlan other) =>
        IsOverdue != other.IsOverdue ? IsOverdue : DirtyRatio > other.DirtyRatio;
}
