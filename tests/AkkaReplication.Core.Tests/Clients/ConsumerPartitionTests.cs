using AkkaReplication.Clients;
using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>Where a consumer's history and a log's part (KIP-320, KIP-279).</summary>
public class ConsumerPartitionTests
{
    // The caller began at 10 under epoch 3, and read epoch 4 from 20 and epoch 6 from 40 up to 80.
    private readonly ConsumerPartition _partition = ReadUpTo80();

    [Theory]
    [InlineData(6, 60, 6, 60)]
    [InlineData(4, 30, 4, 30)]
    [InlineData(4, 70, 4, 40)]
    [InlineData(5, 100, 4, 40)]
    [InlineData(3, 50, 3, 20)]
    [InlineData(2, 50, 2, 10)]
    public void Histories_part_at_the_lower_end_of_their_last_common_epoch(
        int logsEpoch, long logsEnd, int epoch, long offset) =>
        Assert.Equal(
            new EpochEnd(new LeaderEpoch(epoch), offset),
            _partition.PartingFrom(new EpochEnd(new LeaderEpoch(logsEpoch), logsEnd)));

    [Fact]
    public void Going_back_leaves_what_lies_before_known()
    {
        _partition.GoBackTo(new EpochEnd(new LeaderEpoch(4), 40), generation: 2);
        Assert.Equal((40L, 40L, new LeaderEpoch(4)), (_partition.Position, _partition.FetchOffset, _partition.FetchEpoch));
        Assert.Equal(
            new EpochEnd(new LeaderEpoch(3), 20), _partition.PartingFrom(new EpochEnd(new LeaderEpoch(3), 90)));
    }

    [Fact]
    public void Caller_who_has_read_nothing_parts_where_the_log_says() => Assert.Equal(
        new EpochEnd(new LeaderEpoch(1), 5),
        At(9).PartingFrom(new EpochEnd(new LeaderEpoch(1), 5)));

    private static ConsumerPartition ReadUpTo80()
    {
        var partition = At(10);
        partition.Advance(15, new LeaderEpoch(3));
        partition.Advance(20, new LeaderEpoch(3));
        partition.Advance(40, new LeaderEpoch(4));
        partition.Advance(41, new LeaderEpoch(6));
        partition.Advance(80, new LeaderEpoch(6));
        return partition;
    }

    private static ConsumerPartition At(long offset)
    {
        var partition = new ConsumerPartition(new TopicPartition("orders", 0));
        partition.StartAt(offset, LeaderEpoch.None, generation: 1);
        return partition;
    }
}
