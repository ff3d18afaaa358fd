using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Logs;

public sealed class EpochCacheTests
{
    [Fact]
    public void Same_epoch_with_a_later_start_changes_nothing()
    {
        var cache = Of((2, 10));
        Assert.False(cache.Assign(new LeaderEpoch(2), 10));
        Assert.False(cache.Assign(new LeaderEpoch(2), 15));
        Assert.Equal("2@10", cache.ToString());
    }

    [Theory]
    [InlineData(3, 20, "1@0, 2@10, 3@20")]
    [InlineData(3, 10, "1@0, 3@10")]
    [InlineData(3, 5, "1@0, 3@5")]
    [InlineData(3, 0, "3@0")]
    [InlineData(2, 7, "1@0, 2@7")]
    [InlineData(1, 30, "1@30")]
    [InlineData(0, 4, "0@4")]
    public void Assigning_drops_the_tail_it_contradicts(int epoch, long start, string expected)
    {
        var cache = Of((1, 0), (2, 10));
        Assert.True(cache.Assign(new LeaderEpoch(epoch), start));
        Assert.Equal(expected, cache.ToString());
    }

    [Fact]
    public void Negative_values_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Of().Assign(LeaderEpoch.None, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Of().Assign(new LeaderEpoch(0), -1));
    }

    [Theory]
    [InlineData(-1, null, 0)]
    [InlineData(1, 1, 5)]
    [InlineData(2, 2, 20)]
    [InlineData(3, 2, 20)]
    [InlineData(4, 4, 30)]
    [InlineData(5, 5, 99)]
    [InlineData(6, null, 0)]
    public void End_offset_is_the_start_of_the_next_epoch(int asked, int? answered, long end)
    {
        var expected = answered is { } epoch ? new EpochEnd(new LeaderEpoch(epoch), end) : (EpochEnd?)null;
        Assert.Equal(expected, Of((2, 5), (4, 20), (5, 30)).EndOffsetFor(new LeaderEpoch(asked), logEndOffset: 99));
    }

    [Fact]
    public void Empty_cache_answers_nothing()
    {
        Assert.Null(Of().EndOffsetFor(new LeaderEpoch(0), 10));
        Assert.Null(Of().EpochAt(0));
        Assert.Equal(LeaderEpoch.None, Of().Latest);
        Assert.False(Of().TruncateFromEnd(0));
        Assert.False(Of().TruncateFromStart(100));
    }

    [Theory]
    [InlineData(31, "1@0, 2@10, 3@30")]
    [InlineData(30, "1@0, 2@10")]
    [InlineData(11, "1@0, 2@10")]
    [InlineData(10, "1@0")]
    [InlineData(0, "")]
    public void Truncating_the_end_drops_what_starts_there_or_later(long end, string expected)
    {
        var cache = Of((1, 0), (2, 10), (3, 30));
        Assert.Equal(expected != "1@0, 2@10, 3@30", cache.TruncateFromEnd(end));
        Assert.Equal(expected, cache.ToString());
    }

    [Theory]
    [InlineData(0, "1@0, 2@10, 3@30")]
    [InlineData(5, "1@5, 2@10, 3@30")]
    [InlineData(10, "2@10, 3@30")]
    [InlineData(29, "2@29, 3@30")]
    [InlineData(30, "3@30")]
    [InlineData(99, "3@99")]
    public void Truncating_the_start_keeps_the_reigning_epoch(long start, string expected)
    {
        var cache = Of((1, 0), (2, 10), (3, 30));
        Assert.Equal(start != 0, cache.TruncateFromStart(start));
        Assert.Equal(expected, cache.ToString());
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(5, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 2)]
    [InlineData(1000, 2)]
    public void Epoch_of_an_offset_is_the_last_that_began_at_or_before_it(long offset, int? expected) =>
        Assert.Equal(expected, Of((1, 5), (2, 10)).EpochAt(offset)?.Value);

    [Fact]
    public void Persisted_entries_must_increase_in_both_columns()
    {
        Assert.Throws<ArgumentException>(() => Of((2, 0), (1, 10)));
        Assert.Throws<ArgumentException>(() => Of((1, 10), (2, 10)));
        Assert.Throws<ArgumentException>(() => Of((1, 10), (2, 5)));
        Assert.Throws<ArgumentException>(() => Of((1, 10), (1, 10)));
    }

    private static EpochCache Of(params (int Epoch, long Start)[] entries) =>
        new(entries.Select(entry => new EpochStart(new LeaderEpoch(entry.Epoch), entry.Start)));
}
