using AkkaReplication.Compaction;

namespace AkkaReplication.Core.Tests.Compaction;

public sealed class CompactionPlanTests
{
    private static readonly CompactionLimits Limits = new(MinCleanableDirtyRatio: 0.5, MinLagMs: 0, MaxLagMs: long.MaxValue);

    /// <summary>Four segments of 100 bytes and ten offsets, one per second from 1000 on, the last one active.</summary>
    private static readonly SegmentToClean[] Segments =
        [.. Enumerable.Range(0, 4).Select(i => new SegmentToClean(10 * i, 100, 1000 + 1000 * i, 500 + 1000 * i))];

    [Theory]
    [InlineData(0, 0, 100, 0, 30, 0, 300)]
    [InlineData(0, 10, 100, 10, 30, 100, 200)]
    [InlineData(0, 15, 100, 15, 30, 100, 200)]
    [InlineData(0, 30, 100, 30, 30, 300, 0)]
    // Up to what is committed, by whole segments.
    [InlineData(0, 0, 29, 0, 20, 0, 200)]
    [InlineData(0, 0, 9, 0, 0, 0, 0)]
    [InlineData(0, 20, 10, 20, 20, 200, 0)]
    // From the log start, by whole segments.
    [InlineData(12, 0, 100, 12, 30, 100, 200)]
    // What was compacted up to here cannot have been: the log was cut.
    [InlineData(0, 31, 100, 0, 30, 0, 300)]
    public void Whole_segments_below_the_bounds_are_taken(
        long logStart, long cleanedEnd, long stableEnd, long firstDirty, long end, long cleanBytes, long dirtyBytes)
    {
        var plan = CompactionPlan.Of(Segments, logStart, cleanedEnd, stableEnd, Limits, nowMs: 100_000);

        Assert.Equal(new CompactionPlan(firstDirty, end, cleanBytes, dirtyBytes, IsOverdue: false), plan);
    }

    [Theory]
    [InlineData(3999, 20)]
    [InlineData(4000, 30)]
    public void A_young_segment_ends_what_can_be_compacted(long nowMs, long end)
    {
        var plan = CompactionPlan.Of(Segments, 0, 0, 100, Limits with { MinLagMs = 1000 }, nowMs);

        Assert.Equal(end, plan.EndOffset);
    }

    [Theory]
    [InlineData(0, 1500, false)]
    [InlineData(0, 1501, true)]
    [InlineData(10, 2500, false)]
    [InlineData(10, 2501, true)]
    [InlineData(30, 9999, false)]
    public void Who_has_waited_too_long_is_due_whatever_the_ratio(long cleanedEnd, long nowMs, bool isOverdue)
    {
        var limits = new CompactionLimits(1, 0, MaxLagMs: 1000);

        var plan = CompactionPlan.Of(Segments, 0, cleanedEnd, 100, limits, nowMs);

        Assert.Equal((isOverdue, isOverdue), (plan.IsOverdue, plan.IsDue(limits)));
    }

    [Theory]
    [InlineData(100, 100, 0.5, false)]
    [InlineData(100, 101, 0.5, true)]
    [InlineData(100, 1, 0, true)]
    [InlineData(0, 0, 0, false)]
    [InlineData(0, 100, 1, false)]
    public void A_log_is_due_when_more_than_the_ratio_is_dirty(long clean, long dirty, double ratio, bool isDue) =>
        Assert.Equal(isDue, new CompactionPlan(0, 0, clean, dirty, false).IsDue(Limits with { MinCleanableDirtyRatio = ratio }));

    [Fact]
    public void The_overdue_come_first_then_the_dirtiest()
    {
        CompactionPlan overdue = new(0, 1, 90, 10, true), dirty = new(0, 1, 10, 90, false), cleaner = new(0, 1, 50, 50, false);

        Assert.True(overdue.Precedes(dirty));
        Assert.False(dirty.Precedes(overdue));
        Assert.True(dirty.Precedes(cleaner));
        Assert.False(cleaner.Precedes(dirty));
        Assert.False(dirty.Precedes(dirty));
    }

    [Theory]
    [InlineData(0, 300, 1000, 3)]
    [InlineData(0, 299, 1000, 2)]
    [InlineData(0, 1, 1000, 1)]
    [InlineData(0, 1000, 20, 2)]
    [InlineData(1, 1000, 1000, 2)]
    // No offset of a segment is further from its base than an index can say.
    [InlineData(2, 1000, 1000, 1)]
    [InlineData(3, 1000, 1000, 1)]
    public void Neighbours_that_fit_one_segment_become_one(int first, long segmentBytes, long indexBytes, int count)
    {
        SegmentSize[] sizes =
        [
            new(0, 10, 100, 10),
            new(10, 20, 100, 10),
            new(20, 30, 100, 10),
            new(30, 3_000_000_000, 100, 10),
        ];

        Assert.Equal(count, SegmentGroups.Take(sizes, first, segmentBytes, indexBytes));
    }
}
