using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

public sealed class PendingProducesTests
{
    [Fact]
    public void Produces_leave_in_the_order_of_their_offsets_whatever_order_they_came_in()
    {
        var random = new Random(11);
        var pending = new PendingProduces();
        var expected = new List<long>();
        for (var step = 0; step < 2000; step++)
        {
            if (random.Next(3) > 0)
            {
                var offset = step / 10 + random.Next(5);
                pending.Add(Of(offset));
                expected.Add(offset);
            }
            else if (expected.Count > 0)
            {
                expected.Sort();
                Assert.True(pending.TryTakeAny(out var taken));
                Assert.Equal(expected[0], taken.RequiredOffset);
                expected.RemoveAt(0);
            }
        }

        Assert.Equal(expected.Count, pending.Count);
    }

    [Fact]
    public void Nothing_leaves_before_its_offset()
    {
        var pending = new PendingProduces();
        pending.Add(Of(5));

        Assert.False(pending.TryTake(4, out _));
        Assert.True(pending.TryTake(5, out _));
        Assert.False(pending.TryTake(99, out _));
    }

    [Fact]
    public void Expired_ones_are_taken_from_between_and_the_others_keep_their_order()
    {
        var pending = new PendingProduces();
        for (var i = 1; i <= 40; i++)
            pending.Add(Of(i, deadlineMs: i % 2 == 0 ? 10 : 20));
        var expired = new List<PendingProduce>();

        pending.TakeExpired(10, expired);

        Assert.Equal(Enumerable.Range(1, 20).Select(i => i * 2L), expired.Select(p => p.RequiredOffset));
        Assert.Equal(20, pending.EarliestDeadlineMs);
        for (var i = 1; i < 40; i += 2)
        {
            Assert.True(pending.TryTakeAny(out var next));
            Assert.Equal(i, next.RequiredOffset);
        }

        Assert.Equal(long.MaxValue, pending.EarliestDeadlineMs);
    }

    private static PendingProduce Of(long offset, long deadlineMs = 0) =>
        new(default, offset, offset - 1, -1, deadlineMs);
}
