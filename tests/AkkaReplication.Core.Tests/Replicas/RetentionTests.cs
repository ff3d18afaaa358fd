using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>What ages, decided in the replica's turn (replication rules 11.4, I21, I34).</summary>
public sealed class RetentionTests
{
    private const long RecordTimeMs = 1000;
    private const long Day = 86_400_000;

    [Fact]
    public void A_leader_drops_what_has_aged_below_its_high_watermark_and_shows_it_at_once()
    {
        var leader = new ReplicaUnderTest().WithRecords(5, 4).WithHighWatermark(3).Leading(6);
        leader.Log.RetentionMs = 100;

        leader.RetentionDue(RecordTimeMs + 100);
        leader.No<PublishView>();
        leader.RetentionDue(RecordTimeMs + 101);

        Assert.Equal(3, leader.Log.LogStartOffset);
        Assert.Equal(3, leader.Only<PublishView>().View.LogStartOffset);
        Assert.Equal((0L, 3L), (leader.Observed<LogStartMoved>().FromOffset, leader.Observed<LogStartMoved>().ToOffset));
        Assert.Equal(ErrorCode.OffsetOutOfRange, Read(leader, 2).Error);
        Assert.Equal(ErrorCode.None, Read(leader, 3).Error);

        leader.RetentionDue(RecordTimeMs + Day);
        leader.No<PublishView>();
        leader.No<Observe>();
    }

    [Fact]
    public void Idle_followers_are_told_of_the_leaders_log_start()
    {
        var leader = new ReplicaUnderTest().WithRecords(5, 4).WithHighWatermark(4).Leading(6).CatchUp(1, 2);
        leader.Log.RetentionBatches = 1;

        leader.RetentionDue(0);

        Assert.Equal(3, leader.Only<PublishView>().View.LogStartOffset);
        Assert.Equal([1, 2], leader.All<FollowerDataAvailable>().Select(told => told.Follower.Value));
        Assert.All(leader.All<FollowerDataAvailable>(), told => Assert.Equal(3, told.View.LogStartOffset));
    }

    [Fact]
    public void A_follower_drops_by_itself_and_its_position_stands()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 4).WithHighWatermark(2).Following();
        follower.Log.RetentionMs = 100;
        var position = follower.Replica.Position;

        follower.RetentionDue(RecordTimeMs + 101);

        Assert.Equal((2L, 2L, 4L), (follower.Log.LogStartOffset, follower.Replica.HighWatermark, follower.Replica.LogEndOffset));
        Assert.Equal(2, follower.Only<PublishView>().View.LogStartOffset);
        Assert.Equal(position, follower.Replica.Position);

        // A leader that keeps more does not bring it back.
        follower.Fetched(ReplicaUnderTest.Stamped(5, 4, "e"), highWatermark: 1, leaderStart: 0, leaderEnd: 5);
        Assert.Equal((2L, 2L, 5L), (follower.Log.LogStartOffset, follower.Replica.HighWatermark, follower.Replica.LogEndOffset));
    }

    [Fact]
    public void A_replica_without_a_leader_drops_what_it_knows_to_be_committed()
    {
        var idle = new ReplicaUnderTest().WithRecords(5, 4).WithHighWatermark(2);
        idle.Log.RetentionMs = 100;

        idle.RetentionDue(RecordTimeMs + 101);

        Assert.Equal(2, idle.Replica.View.LogStartOffset);
        Assert.Equal(ReplicaRole.Idle, idle.Only<PublishView>().View.Role);
    }

    [Fact]
    public void An_offline_replica_touches_nothing()
    {
        var leader = new ReplicaUnderTest().WithRecords(5, 4).WithHighWatermark(4).Leading(6);
        leader.Log.RetentionMs = 100;
        leader.Turn(fx => leader.Replica.OnStorageFailed(leader.NowMs, "the disk is gone", fx));

        leader.RetentionDue(RecordTimeMs + 101);

        Assert.Equal(0, leader.Effects.Count);
        Assert.Equal(0, leader.Log.LogStartOffset);
    }

    [Fact]
    public void A_disk_that_fails_takes_the_replica_offline()
    {
        var leader = new ReplicaUnderTest().WithRecords(5, 4).WithHighWatermark(4).Leading(6);
        leader.Log.Break("no such device");

        leader.RetentionDue(RecordTimeMs + 101);

        Assert.Equal("no such device", leader.Only<ReplicaFailed>().Reason);
        Assert.Equal(ReplicaRole.Offline, leader.Replica.Role);
    }

    [Fact]
    public void A_follower_whose_log_ends_below_what_the_leader_kept_starts_over_there()
    {
        var leader = new ReplicaUnderTest().WithRecords(5, 6).WithHighWatermark(6).Leading(6);
        leader.Log.RetentionMs = 100;
        leader.RetentionDue(RecordTimeMs + 101);
        var follower = new ReplicaUnderTest().WithRecords(5, 4).Following(epoch: 6);
        var asked = follower.Replica.Position!;

        var answer = leader.Fetch(1, asked.FetchOffset, lastEpoch: asked.LastFetchedEpoch.Value);
        Assert.Equal((ErrorCode.OffsetOutOfRange, 6L), (answer.Error, answer.View!.LogStartOffset));
        follower.Fetched(
            error: answer.Error, leaderStart: answer.View.LogStartOffset, leaderEnd: answer.View.LogEndOffset);

        Assert.Equal((6L, 6L, 6L), (follower.Log.LogStartOffset, follower.Replica.HighWatermark, follower.Replica.LogEndOffset));
        Assert.Equal(6, follower.Only<FetchFrom>().FetchOffset);
        Assert.Equal(ErrorCode.None, leader.Fetch(1, 6, lastEpoch: -1).Error);
    }

    [Fact]
    public void A_producer_that_is_idle_for_long_enough_is_forgotten_and_goes_on_where_it_was()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1).Leading();
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 1));

        leader.RetentionDue(0);
        leader.Advance(Day - 1).RetentionDue(0);
        Assert.NotNull(leader.Log.Producers.Find(7));
        leader.Advance(1).RetentionDue(0);
        Assert.Null(leader.Log.Producers.Find(7));

        var token = leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 2));
        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
        var early = leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 9));
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, leader.AnswerTo(early));
    }

    [Fact]
    public void A_wall_clock_that_is_set_forward_makes_no_leader_forget_a_producer()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1).Leading();
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));

        leader.RetentionDue(RecordTimeMs);
        leader.RetentionDue(RecordTimeMs + (10 * Day));

        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));
        Assert.Equal(1, leader.Replica.LogEndOffset);
    }

    [Fact]
    public void A_follower_that_begins_where_the_leaders_log_does_knows_the_producers_of_what_is_gone()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 2).Leading();
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(7, 0, 0));
        leader.Produce(batch: ReplicaUnderTest.IdempotentBatch(8, 0, 0));
        leader.Fetch(2, 2, lastEpoch: 5);
        leader.Log.AdvanceLogStart(1);
        var follower = new ReplicaUnderTest().Following(epoch: 5);

        var answer = leader.Fetch(1, 0, lastEpoch: -1);
        follower.Fetched(
            error: answer.Error,
            leaderStart: answer.View!.LogStartOffset,
            leaderEnd: answer.View.LogEndOffset,
            producers: answer.Producers);

        Assert.Equal(0, follower.Log.Producers.Find(7)!.LastSequence);
        Assert.Null(follower.Log.Producers.Find(8));
    }

    private static ReadBound Read(ReplicaUnderTest leader, long offset) => ConsumerRead.Decide(
        leader.Replica.View, LeaderEpoch.None, offset, LeaderEpoch.None, IsolationLevel.ReadUncommitted, leader.NowMs);
}
