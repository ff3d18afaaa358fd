using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>KIP-107: what a leader does with a deletion, and how the log start reaches its followers.</summary>
public sealed class DeleteRecordsTests
{
    [Fact]
    public void Deletion_moves_the_log_start_and_is_answered_when_every_live_replica_has_followed()
    {
        var leader = Leading(records: 5);

        var token = leader.DeleteRecords(3);
        Assert.Equal((3L, 3L), (leader.Log.LogStartOffset, leader.Replica.View.LogStartOffset));
        Assert.Null(leader.DeletionOf(token));

        leader.Fetch(1, 5, logStart: 3);
        Assert.Null(leader.DeletionOf(token));
        leader.Fetch(2, 5, logStart: 4);

        Assert.Equal(
            new DeleteRecordsCompleted(token, ErrorCode.None, LowWatermark: 3, Message: null), leader.DeletionOf(token));
    }

    [Fact]
    public void Followers_that_wait_hear_of_the_log_start()
    {
        var leader = Leading(records: 5);

        leader.DeleteRecords(3);

        var told = leader.All<FollowerDataAvailable>();
        Assert.Equal([1, 2], told.Select(effect => effect.Follower.Value));
        Assert.All(told, effect => Assert.Equal(3, effect.View.LogStartOffset));
    }

    [Fact]
    public void Minus_one_deletes_up_to_the_high_watermark_and_no_further()
    {
        var leader = Leading(records: 5);
        leader.Produce();

        leader.DeleteRecords(DeleteRecordsInput.HighWatermark);

        Assert.Equal((5L, 6L), (leader.Log.LogStartOffset, leader.Log.LogEndOffset));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-2)]
    [InlineData(long.MaxValue)]
    public void Offset_beyond_the_high_watermark_is_refused_with_what_is_accepted(long offset)
    {
        var leader = Leading(records: 5);
        leader.Produce();

        var refused = leader.DeletionOf(leader.DeleteRecords(offset));

        Assert.Equal(ErrorCode.OffsetOutOfRange, refused?.Error);
        Assert.Contains("0 to 5", refused?.Message, StringComparison.Ordinal);
        Assert.Equal(0, leader.Log.LogStartOffset);
    }

    [Fact]
    public void What_is_deleted_already_is_answered_at_once_with_the_low_watermark()
    {
        var leader = Leading(records: 5);
        leader.DeleteRecords(4);
        leader.Fetch(1, 5, logStart: 4);
        leader.Fetch(2, 5, logStart: 4);

        var again = leader.DeletionOf(leader.DeleteRecords(2));

        Assert.Equal((ErrorCode.None, 4L), (again?.Error, again?.LowWatermark));
        Assert.Equal(4, leader.Log.LogStartOffset);
    }

    [Fact]
    public void Fenced_replica_is_not_waited_for()
    {
        var leader = Leading(records: 5);
        var token = leader.DeleteRecords(3);
        leader.Fetch(1, 5, logStart: 3);

        leader.Fence(2);
        Assert.Null(leader.DeletionOf(token));
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1) });

        Assert.Equal(ErrorCode.None, leader.DeletionOf(token)?.Error);
    }

    [Fact]
    public void Replica_whose_disk_failed_is_not_waited_for()
    {
        var leader = Leading(records: 5);
        var token = leader.DeleteRecords(3);
        leader.Fetch(1, 5, logStart: 3);

        leader.ChangeBroker(2, status => status with { OfflineReplicas = [ReplicaUnderTest.Partition] });
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1) });

        Assert.Equal(ErrorCode.None, leader.DeletionOf(token)?.Error);
    }

    [Fact]
    public void What_an_earlier_life_of_a_broker_had_deleted_does_not_count()
    {
        var leader = Leading(records: 5);
        leader.Fetch(2, 5, logStart: 5);
        leader.ChangeBroker(2, status => status with { Epoch = new BrokerEpoch(900) });

        var token = leader.DeleteRecords(3);
        leader.Fetch(1, 5, logStart: 3);
        Assert.Null(leader.DeletionOf(token));

        leader.Fetch(2, 5, logStart: 3, brokerEpoch: new BrokerEpoch(900));
        Assert.Equal(ErrorCode.None, leader.DeletionOf(token)?.Error);
    }

    [Fact]
    public void Deletion_that_is_not_followed_in_time_is_answered_so_once_and_stays()
    {
        var leader = Leading(records: 5);
        var token = leader.DeleteRecords(3, timeoutMs: 500);
        var later = leader.DeleteRecords(4, timeoutMs: 900);

        leader.Advance(500);
        Assert.Equal(ErrorCode.RequestTimedOut, leader.DeletionOf(token)?.Error);
        Assert.Null(leader.DeletionOf(later));
        Assert.Equal(4, leader.Log.LogStartOffset);

        leader.Advance(400);
        Assert.Equal(ErrorCode.RequestTimedOut, leader.DeletionOf(later)?.Error);
        leader.Fetch(1, 5, logStart: 4);
        leader.Fetch(2, 5, logStart: 4);
        leader.No<DeleteRecordsCompleted>();
    }

    [Fact]
    public void End_of_the_leadership_ends_the_wait()
    {
        var leader = Leading(records: 5);
        var token = leader.DeleteRecords(3);

        leader.Update(r => r with { Leader = new BrokerId(1), LeaderEpoch = r.LeaderEpoch.Next() });

        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.DeletionOf(token)?.Error);
    }

    [Fact]
    public void Disk_that_fails_ends_the_wait_and_refuses_what_comes()
    {
        var leader = Leading(records: 5);
        var waiting = leader.DeleteRecords(3);
        leader.Log.Break("broken disk");

        var token = leader.DeleteRecords(4);

        Assert.Equal(ErrorCode.KafkaStorageError, leader.DeletionOf(waiting)?.Error);
        Assert.Equal(ErrorCode.KafkaStorageError, leader.DeletionOf(token)?.Error);
        Assert.Equal(ReplicaRole.Offline, leader.Replica.Role);
        Assert.Equal(ErrorCode.KafkaStorageError, leader.DeletionOf(leader.DeleteRecords(4))?.Error);
    }

    [Theory]
    [InlineData(4, ErrorCode.FencedLeaderEpoch)]
    [InlineData(6, ErrorCode.UnknownLeaderEpoch)]
    public void Another_leader_epoch_than_ours_is_refused(int epoch, ErrorCode error)
    {
        var leader = Leading(records: 5);
        Assert.Equal(error, leader.DeletionOf(leader.DeleteRecords(3, epoch))?.Error);
        Assert.Equal(0, leader.Log.LogStartOffset);
    }

    [Fact]
    public void Follower_and_leader_without_a_lease_refuse()
    {
        var follower = new ReplicaUnderTest().Following();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, follower.DeletionOf(follower.DeleteRecords(0))?.Error);

        var lapsed = new ReplicaUnderTest().WithRecords(4, 3).Leading(leased: false);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, lapsed.DeletionOf(lapsed.DeleteRecords(0))?.Error);
    }

    [Fact]
    public void Replica_outside_the_isr_does_not_join_before_its_log_start_has_followed()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).WithRecords(4, 5).Leading().CatchUp(1);
        leader.DeleteRecords(3);

        leader.Fetch(2, 5, logStart: 2);
        leader.No<ProposeIsr>();

        leader.Fetch(2, 5, logStart: 3);
        Assert.Contains(leader.Only<ProposeIsr>().Proposal.NewIsr, member => member.Broker == new BrokerId(2));
    }

    [Fact]
    public void Follower_takes_the_leaders_log_start_over_and_says_so_at_once()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 5).WithHighWatermark(5).Following();

        follower.Fetched(highWatermark: 5, leaderStart: 3, leaderEnd: 5);

        Assert.Equal(3, follower.Log.LogStartOffset);
        Assert.Equal((5L, 3L), (follower.Only<FetchFrom>().FetchOffset, follower.Only<FetchFrom>().LogStartOffset));
        follower.Fetched(highWatermark: 5, leaderStart: 3, leaderEnd: 5);
        follower.No<FetchFrom>();
    }

    [Fact]
    public void Follower_whose_own_retention_went_further_says_so_when_the_leader_follows()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 5).WithHighWatermark(5).Following();
        follower.Log.AdvanceLogStart(4);

        follower.Fetched(highWatermark: 5, leaderStart: 3, leaderEnd: 5);

        Assert.Equal(4, follower.Only<FetchFrom>().LogStartOffset);
        follower.Fetched(highWatermark: 5, leaderStart: 4, leaderEnd: 5);
        follower.No<FetchFrom>();
    }

    [Fact]
    public void Follower_never_moves_its_log_start_beyond_its_own_high_watermark()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 5).WithHighWatermark(2).Following();

        follower.Fetched(highWatermark: 4, leaderStart: 6, leaderEnd: 5);

        Assert.Equal((4L, 4L), (follower.Log.LogStartOffset, follower.Replica.HighWatermark));
    }

    private static ReplicaUnderTest Leading(int records)
    {
        var leader = new ReplicaUnderTest().WithRecords(4, records).Leading().CatchUp(1, 2).CatchUp(1, 2);
        Assert.Equal(records, leader.Replica.HighWatermark);
        return leader;
    }
}
