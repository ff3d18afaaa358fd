using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Replication rules, section 3.1 and scenarios 28-31.</summary>
public sealed class LeaderHighWatermarkTests
{
    [Fact]
    public void High_watermark_waits_for_every_member_of_the_isr()
    {
        var leader = new ReplicaUnderTest().Leading();
        leader.Produce();

        leader.CatchUp(1);
        Assert.Equal(0, leader.Replica.HighWatermark);

        leader.CatchUp(2);
        Assert.Equal(1, leader.Replica.HighWatermark);
        Assert.Equal(1, leader.Log.CheckpointedHighWatermark);
    }

    [Fact]
    public void High_watermark_does_not_move_before_every_member_has_fetched_in_this_epoch()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 3).WithHighWatermark(1).Leading();

        leader.CatchUp(1);

        Assert.Equal(1, leader.Replica.HighWatermark);
        leader.CatchUp(2);
        Assert.Equal(3, leader.Replica.HighWatermark);
    }

    [Fact]
    public void High_watermark_of_a_lone_replica_is_its_log_end()
    {
        var leader = new ReplicaUnderTest().WithReplicas(0).WithIsr(0).WithMinIsr(1).WithRecords(4, 3).Leading();

        Assert.Equal(3, leader.Replica.HighWatermark);
        leader.Produce();
        Assert.Equal(4, leader.Replica.HighWatermark);
    }

    [Fact]
    public void High_watermark_is_frozen_while_the_committed_isr_is_below_min_isr()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).Leading();

        leader.Produce(acks: 1);

        Assert.Equal(1, leader.Replica.LogEndOffset);
        Assert.Equal(0, leader.Replica.HighWatermark);
    }

    [Fact]
    public void High_watermark_is_frozen_by_the_committed_isr_also_while_an_expansion_is_pending()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).Leading();
        leader.Produce(acks: 1);

        leader.CatchUp(1);

        Assert.Equal(2, leader.Replica.MaximalIsr.Length);
        Assert.Equal(0, leader.Replica.HighWatermark);
        leader.AnswerIsr(leader.Only<ProposeIsr>().Proposal);
        Assert.Equal(1, leader.Replica.HighWatermark);
    }

    [Fact]
    public void High_watermark_waits_for_a_follower_that_keeps_up_and_is_about_to_join_until_it_is_fenced()
    {
        // Follower 1 is out of the ISR, and an older expansion of follower 2 keeps it from being proposed.
        var leader = new ReplicaUnderTest().WithIsr(0).WithMinIsr(1).Leading().CatchUp(2, 1);
        Assert.Equal([0, 2], leader.Replica.MaximalIsr.Select(id => id.Value));

        leader.Produce();
        leader.CatchUp(2);
        Assert.Equal(0, leader.Replica.HighWatermark);

        leader.Fence(1);
        Assert.Equal(1, leader.Replica.HighWatermark);
    }

    [Fact]
    public void High_watermark_stops_waiting_for_a_follower_outside_the_isr_when_its_lag_time_is_over()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).WithMinIsr(1).Leading().CatchUp(2, 1);
        leader.Produce();
        leader.CatchUp(2);

        leader.Advance(ReplicaUnderTest.Lag * 2);

        Assert.Equal(1, leader.Replica.HighWatermark);
    }

    [Fact]
    public void A_new_member_holds_the_high_watermark_back_from_its_proposal_on()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(1);
        leader.CatchUp(2);
        var proposal = leader.Only<ProposeIsr>().Proposal;
        leader.Produce();

        leader.CatchUp(1);
        Assert.Equal(0, leader.Replica.HighWatermark);

        leader.AnswerIsr(proposal);
        Assert.Equal(0, leader.Replica.HighWatermark);
        leader.CatchUp(2);
        Assert.Equal(1, leader.Replica.HighWatermark);
    }

    [Fact]
    public void A_removed_member_holds_the_high_watermark_back_until_the_controller_has_agreed()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce();
        leader.CatchUp(1).Advance(ReplicaUnderTest.Lag);
        leader.CatchUp(1).Advance(ReplicaUnderTest.Lag);
        var proposal = leader.Only<ProposeIsr>().Proposal;
        Assert.Equal([0, 1], proposal.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(0, leader.Replica.HighWatermark);

        leader.AnswerIsr(proposal);

        Assert.Equal(1, leader.Replica.HighWatermark);
        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
    }

    [Fact]
    public void High_watermark_moves_when_metadata_removes_the_member_it_waited_for()
    {
        var leader = new ReplicaUnderTest().Leading();
        var token = leader.Produce();
        leader.CatchUp(1);

        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1) });

        Assert.Equal(1, leader.Replica.HighWatermark);
        Assert.Equal(ErrorCode.None, leader.AnswerTo(token));
    }

    [Fact]
    public void A_new_leader_keeps_its_stale_high_watermark_until_its_isr_has_fetched()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 9).WithHighWatermark(5).Leading();

        Assert.Equal(5, leader.Replica.HighWatermark);
        Assert.Equal(9, leader.Replica.View.LeaderEpochStartOffset);
    }

    [Fact]
    public void A_checkpointed_high_watermark_is_kept_within_the_log()
    {
        Assert.Equal(3, new ReplicaUnderTest().WithRecords(4, 3).WithHighWatermark(99).Replica.HighWatermark);

        var emptied = new ReplicaUnderTest(log: new MemoryLog(startOffset: 7), highWatermark: 2);
        Assert.Equal(7, emptied.Replica.HighWatermark);
    }

    [Fact]
    public void Followers_hear_of_records_once_and_of_a_later_high_watermark()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);

        leader.Produce();
        Assert.Equal([1, 2], leader.All<FollowerDataAvailable>().Select(e => e.Follower.Value));
        leader.Produce();
        leader.No<FollowerDataAvailable>();

        leader.CatchUp(1, 2);
        var told = leader.Only<FollowerDataAvailable>();
        Assert.Equal(1, told.Follower.Value);
        Assert.Equal(2, told.View.HighWatermark);
        Assert.Equal(2, leader.Only<FollowerFetchAnswered>().View!.HighWatermark);
    }

    [Fact]
    public void The_view_is_published_before_anything_that_depends_on_it()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce();
        leader.CatchUp(1, 2);

        var order = leader.Effects.AsReadOnly().Select(effect => effect.GetType().Name).ToList();

        Assert.True(order.IndexOf(nameof(PublishView)) < order.IndexOf(nameof(ProduceCompleted)));
        Assert.True(order.IndexOf(nameof(PublishView)) < order.IndexOf(nameof(FollowerDataAvailable)));
    }
}
