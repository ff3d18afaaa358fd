using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>
/// What a leader answers to a position that is not in its log: replication rules 5.3 and scenario 43.
/// </summary>
public sealed class DivergenceTests
{
    // Epochs 0@0, 3@2, 4@8, 7@13, 9@14 and, from taking over, 10@17.
    private readonly ReplicaUnderTest _leader = new ReplicaUnderTest()
        .WithRecords(0, 2).WithRecords(3, 6).WithRecords(4, 5).WithRecords(7, 1).WithRecords(9, 3).Leading(epoch: 10);

    [Theory]
    [InlineData(2, 5, 0, 2)]
    [InlineData(2, 4, 0, 2)]
    [InlineData(0, 4, 0, 2)]
    [InlineData(6, 6, 4, 13)]
    [InlineData(10, 18, 10, 17)]
    [InlineData(4, 14, 4, 13)]
    public void A_diverging_position_is_answered_with_the_greatest_common_epoch_and_its_end(
        int lastEpoch, long offset, int epoch, long end)
    {
        var answer = _leader.Fetch(1, offset, lastEpoch);

        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.Equal(new EpochEnd(new LeaderEpoch(epoch), end), answer.Diverging);
        Assert.Null(answer.View);
        Assert.Equal(-1, _leader.Follower(1).LogEndOffset);
    }

    [Fact]
    public void An_epoch_from_the_future_is_out_of_range_and_the_answer_tells_the_bounds()
    {
        var answer = _leader.Fetch(1, 5, lastEpoch: 11);

        Assert.Equal(ErrorCode.OffsetOutOfRange, answer.Error);
        Assert.Equal(17, answer.View!.LogEndOffset);
        Assert.Equal(-1, _leader.Follower(1).LogEndOffset);
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(0, 2)]
    [InlineData(9, 17)]
    [InlineData(10, 17)]
    public void An_agreeing_position_is_read_from(int lastEpoch, long offset)
    {
        var answer = _leader.Fetch(1, offset, lastEpoch);

        Assert.Null(answer.Diverging);
        Assert.Equal(17, answer.View!.LogEndOffset);
        Assert.Equal(offset, _leader.Follower(1).LogEndOffset);
    }

    [Fact]
    public void After_the_log_start_moved_an_epoch_before_it_ends_there()
    {
        _leader.Log.AdvanceLogStart(5);

        var answer = _leader.Fetch(1, 8, lastEpoch: 2);

        Assert.Equal(new EpochEnd(new LeaderEpoch(2), 5), answer.Diverging);
    }

    [Fact]
    public void An_offset_below_the_log_start_is_out_of_range_before_it_diverges()
    {
        // KAFKA-12996.
        _leader.Log.AdvanceLogStart(5);

        var answer = _leader.Fetch(1, 4, lastEpoch: 2);

        Assert.Equal(ErrorCode.OffsetOutOfRange, answer.Error);
        Assert.Equal(5, answer.View!.LogStartOffset);
    }

    [Theory]
    [InlineData(18)]
    [InlineData(-1)]
    public void Without_an_epoch_the_offset_alone_is_judged(long offset)
    {
        Assert.Equal(ErrorCode.OffsetOutOfRange, _leader.Fetch(1, offset, lastEpoch: -1).Error);
        Assert.Equal(ErrorCode.None, _leader.Fetch(1, 0, lastEpoch: -1).Error);
    }

    [Fact]
    public void A_diverging_fetch_does_not_move_the_high_watermark()
    {
        _leader.CatchUp(1);

        _leader.Fetch(2, 18, lastEpoch: 10);

        Assert.Equal(0, _leader.Replica.HighWatermark);
        _leader.CatchUp(2);
        Assert.Equal(17, _leader.Replica.HighWatermark);
    }

    [Theory]
    [InlineData(9, ErrorCode.FencedLeaderEpoch)]
    [InlineData(11, ErrorCode.UnknownLeaderEpoch)]
    [InlineData(-1, ErrorCode.FencedLeaderEpoch)]
    public void A_fetch_under_another_leader_epoch_gets_no_data_and_changes_no_view(int epoch, ErrorCode error)
    {
        var answer = _leader.Fetch(1, 17, epoch: epoch);

        Assert.Equal(error, answer.Error);
        Assert.Null(answer.View);
        Assert.Equal(-1, _leader.Follower(1).LogEndOffset);
    }

    [Fact]
    public void A_follower_does_not_answer_fetches()
    {
        var follower = new ReplicaUnderTest().Following(epoch: 5);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, follower.Fetch(2, 0).Error);
    }
}
