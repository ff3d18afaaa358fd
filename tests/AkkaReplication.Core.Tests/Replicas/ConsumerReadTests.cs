using AkkaReplication.Clients;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Replication rules 2.1 rule 6, 2.3; invariants I33, I40.</summary>
public sealed class ConsumerReadTests
{
    private readonly ReplicaUnderTest _leader = new ReplicaUnderTest().WithRecords(4, 6).WithHighWatermark(2).Leading();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public void Consumers_read_up_to_the_high_watermark_and_wait_beyond_it(long offset) =>
        Assert.Equal(new ReadBound(ErrorCode.None, 2), Decide(offset));

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    public void Offsets_outside_the_log_are_out_of_range(long offset) =>
        Assert.Equal(ErrorCode.OffsetOutOfRange, Decide(offset).Error);

    [Theory]
    [InlineData(4, ErrorCode.FencedLeaderEpoch)]
    [InlineData(6, ErrorCode.UnknownLeaderEpoch)]
    [InlineData(5, ErrorCode.None)]
    public void The_consumers_leader_epoch_is_judged(int epoch, ErrorCode error) =>
        Assert.Equal(error, Decide(0, epoch).Error);

    [Fact]
    public void A_follower_sends_consumers_away_and_an_offline_replica_says_why()
    {
        _leader.Update(r => r with { Leader = new BrokerId(1), LeaderEpoch = new LeaderEpoch(6) });
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Decide(0).Error);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, Decide(0, 5).Error);

        _leader.Turn(fx => _leader.Replica.OnStorageFailed(_leader.NowMs, "EIO", fx));
        Assert.Equal(ErrorCode.KafkaStorageError, Decide(0).Error);
    }

    [Fact]
    public void A_fresh_leader_does_not_tell_an_end_below_what_its_predecessor_may_have_shown()
    {
        Assert.Equal(ErrorCode.OffsetNotAvailable, Find(ConsumerRead.Latest).Error);
        Assert.Equal(ErrorCode.OffsetNotAvailable, Find(2000).Error);
        Assert.Equal(ErrorCode.OffsetNotAvailable, Find(ConsumerRead.MaxTimestamp).Error);
        Assert.Equal(new OffsetAnswer(ErrorCode.None, -1, 0, new LeaderEpoch(4)), Find(ConsumerRead.Earliest));
        Assert.Equal(new OffsetAnswer(ErrorCode.None, 1000, 0, new LeaderEpoch(4)), Find(500));

        _leader.CatchUp(1, 2);

        Assert.Equal(new OffsetAnswer(ErrorCode.None, -1, 6, new LeaderEpoch(5)), Find(ConsumerRead.Latest));
        Assert.Equal(new OffsetAnswer(ErrorCode.None, -1, -1, LeaderEpoch.None), Find(2000));
    }

    [Fact]
    public void The_latest_record_is_that_of_the_greatest_timestamp_and_everything_is_local()
    {
        _leader.CatchUp(1, 2);

        Assert.Equal(new OffsetAnswer(ErrorCode.None, 1000, 0, new LeaderEpoch(4)), Find(ConsumerRead.MaxTimestamp));
        Assert.Equal(Find(ConsumerRead.Earliest), Find(ConsumerRead.EarliestLocal));
        Assert.Equal(new OffsetAnswer(ErrorCode.None, -1, -1, LeaderEpoch.None), Find(ConsumerRead.LatestTiered));
    }

    [Fact]
    public void A_timestamp_that_means_nothing_is_invalid() =>
        Assert.Equal(ErrorCode.InvalidRequest, Find(-6).Error);

    [Theory]
    [InlineData(2, 5, 0, 2)]
    [InlineData(6, 6, 4, 13)]
    [InlineData(4, 14, 4, 13)]
    public void A_consumer_that_has_read_another_log_is_told_where_they_part(
        int lastEpoch, long offset, int epoch, long end)
    {
        // Epochs 0@0, 3@2, 4@8, 7@13, 9@14 and, from taking over, 10@17.
        var leader = new ReplicaUnderTest()
            .WithRecords(0, 2).WithRecords(3, 6).WithRecords(4, 5).WithRecords(7, 1).WithRecords(9, 3)
            .WithHighWatermark(17).Leading(epoch: 10);

        Assert.Equal(new EpochEnd(new LeaderEpoch(epoch), end), Ask(lastEpoch, offset).Diverging);
        Assert.Equal(new ReadBound(ErrorCode.None, 17), Ask(3, 8));
        Assert.Equal(new ReadBound(ErrorCode.None, 17), Ask(9, 17));
        Assert.Equal(ErrorCode.OffsetOutOfRange, Ask(11, 17).Error);

        ReadBound Ask(int last, long at) => ConsumerRead.Decide(
            leader.Replica.View,
            LeaderEpoch.None,
            at,
            new LeaderEpoch(last),
            IsolationLevel.ReadUncommitted,
            leader.NowMs);
    }

    private ReadBound Decide(long offset, int? epoch = null) => ConsumerRead.Decide(
        _leader.Replica.View,
        epoch is { } e ? new LeaderEpoch(e) : LeaderEpoch.None,
        offset,
        LeaderEpoch.None,
        IsolationLevel.ReadUncommitted,
        _leader.NowMs);

    private OffsetAnswer Find(long timestampMs) => ConsumerRead.FindOffset(
        _leader.Replica.View, LeaderEpoch.None, timestampMs, IsolationLevel.ReadCommitted, _leader.NowMs);
}
