using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Replication rules, section 4 and scenarios 32-38; our rules L1, L2.</summary>
public sealed class LeaderIsrTests
{
    [Fact]
    public void A_follower_below_the_epoch_start_does_not_join_though_it_has_the_high_watermark()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).WithRecords(4, 8).WithHighWatermark(3).Leading();

        leader.Fetch(2, 5);
        leader.No<ProposeIsr>();

        leader.Fetch(2, 8);
        var proposal = leader.Only<ProposeIsr>().Proposal;
        Assert.Equal([0, 1, 2], proposal.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(leader.Replica.PartitionEpoch, proposal.PartitionEpoch);
        Assert.Equal(new LeaderEpoch(5), proposal.LeaderEpoch);
    }

    [Fact]
    public void A_proposal_names_the_life_of_each_member_and_none_for_one_that_never_fetched()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading();

        leader.CatchUp(2);

        Assert.Equal<IsrMember>(
            [new IsrMember(new(0), ReplicaUnderTest.EpochOf(0)), new IsrMember(new(1), BrokerEpoch.Unknown),
                new IsrMember(new(2), ReplicaUnderTest.EpochOf(2))],
            leader.Only<ProposeIsr>().Proposal.NewIsr);
    }

    [Fact]
    public void Only_one_change_is_under_way_and_the_next_follows_its_answer()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).WithMinIsr(1).Leading();
        leader.CatchUp(1);
        var first = leader.Only<ProposeIsr>().Proposal;
        leader.CatchUp(2);
        leader.No<ProposeIsr>();

        leader.AnswerIsr(first);

        var second = leader.Only<ProposeIsr>().Proposal;
        Assert.Equal([0, 1, 2], second.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(first.PartitionEpoch.Next(), second.PartitionEpoch);
        Assert.NotEqual(first.ProposalId, second.ProposalId);
        Assert.Equal([0, 1], leader.Observed<IsrConfirmed>().After.Select(id => id.Value));
    }

    [Fact]
    public void A_member_that_was_removed_does_not_come_back_without_fetching_though_it_has_the_high_watermark()
    {
        // Follower 2 was behind for too long and has just reached follower 1, which holds the high watermark there.
        var leader = new ReplicaUnderTest().WithMinIsr(1).Leading().CatchUp(1, 2);
        for (var i = 0; i < 3; i++)
            leader.Produce(acks: 1);
        leader.Fetch(2, 0);
        leader.Advance(ReplicaUnderTest.Lag).CatchUp(1);
        leader.Produce(acks: 1);
        leader.Fetch(2, 2);
        leader.Fetch(2, 3);
        leader.Advance(ReplicaUnderTest.Lag / 2);
        var shrink = leader.Replica.PendingIsrProposal!;
        Assert.Equal([0, 1], shrink.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(leader.Replica.HighWatermark, leader.Follower(2).LogEndOffset);

        leader.AnswerIsr(shrink);

        leader.No<ProposeIsr>();
    }

    [Fact]
    public void An_idle_follower_at_the_log_end_never_leaves_and_costs_no_timer()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce();
        leader.CatchUp(1, 2).Advance(ReplicaUnderTest.Lag);

        leader.Advance(10 * ReplicaUnderTest.Lag);

        leader.No<ProposeIsr>();
        leader.No<StartReplicaTimer>();
        Assert.DoesNotContain(ReplicaTimer.CheckLag, leader.Timers.Keys);
    }

    [Fact]
    public void An_idle_follower_has_the_whole_lag_time_from_the_next_append_on()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2).Advance(20 * ReplicaUnderTest.Lag);
        leader.Produce();

        leader.Advance(ReplicaUnderTest.Lag);
        leader.No<ProposeIsr>();
    }

    [Fact]
    public void A_follower_that_stays_behind_leaves_within_one_and_a_half_lag_times()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce();
        leader.CatchUp(2).Advance(ReplicaUnderTest.Lag * 3 / 2);

        var proposal = leader.Only<ProposeIsr>().Proposal;

        Assert.Equal([0, 2], proposal.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal([0, 1, 2], leader.Replica.MaximalIsr.Select(id => id.Value));
    }

    [Fact]
    public void Members_that_never_fetch_leave_together_even_when_the_log_is_empty()
    {
        var leader = new ReplicaUnderTest().Leading().Advance(ReplicaUnderTest.Lag * 3 / 2);

        Assert.Equal([0], leader.Only<ProposeIsr>().Proposal.NewIsr.Select(member => member.Broker.Value));
    }

    [Fact]
    public void A_follower_that_always_reaches_the_previous_log_end_stays_under_constant_load()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        for (var i = 0; i < 60; i++)
        {
            var before = leader.Log.LogEndOffset;
            leader.Produce();
            leader.CatchUp(2);
            leader.Fetch(1, before);
            leader.Advance(ReplicaUnderTest.Lag / 10);
            leader.No<ProposeIsr>();
        }
    }

    [Theory]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    [InlineData(ErrorCode.InvalidUpdateVersion)]
    [InlineData(ErrorCode.InvalidRequest)]
    [InlineData(ErrorCode.UnknownTopicId)]
    [InlineData(ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ErrorCode.NewLeaderElected)]
    public void An_answer_that_only_metadata_can_resolve_leaves_the_change_pending_and_sends_nothing(ErrorCode error)
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(2);
        var proposal = leader.Only<ProposeIsr>().Proposal;

        leader.AnswerIsr(proposal, error);

        leader.No<ProposeIsr>();
        Assert.Equal([0, 1, 2], leader.Replica.MaximalIsr.Select(id => id.Value));
        leader.Advance(5 * ReplicaUnderTest.Lag).CatchUp(1, 2);
        leader.No<ProposeIsr>();
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1, 2) });
        Assert.Null(leader.Replica.PendingIsrProposal);
        Assert.Equal([0, 1, 2], leader.Replica.CommittedIsr.Select(id => id.Value));
    }

    [Theory]
    [InlineData(ErrorCode.NotController)]
    [InlineData(ErrorCode.UnknownServerError)]
    [InlineData(ErrorCode.RequestTimedOut)]
    public void After_any_other_error_the_same_proposal_is_sent_again(ErrorCode error)
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(2);
        var proposal = leader.Only<ProposeIsr>().Proposal;

        leader.AnswerIsr(proposal, error);

        Assert.Same(proposal, leader.Only<ProposeIsr>().Proposal);
    }

    [Fact]
    public void An_answer_to_anything_but_the_pending_proposal_means_nothing()
    {
        var leader = new ReplicaUnderTest().WithIsr(0).WithMinIsr(1).Leading().CatchUp(1);
        var first = leader.Only<ProposeIsr>().Proposal;
        leader.CatchUp(2).AnswerIsr(first);
        var second = leader.Only<ProposeIsr>().Proposal;

        leader.AnswerIsr(first, ErrorCode.IneligibleReplica).AnswerIsr(first, partitionEpoch: 99);

        Assert.Empty(leader.Effects.AsReadOnly());
        Assert.Same(second, leader.Replica.PendingIsrProposal);
    }

    [Fact]
    public void An_answer_with_an_older_partition_epoch_or_another_leader_epoch_means_nothing()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(2);
        var proposal = leader.Only<ProposeIsr>().Proposal;

        leader.AnswerIsr(proposal, partitionEpoch: proposal.PartitionEpoch.Value - 1);
        Assert.Same(proposal, leader.Replica.PendingIsrProposal);
        leader.AnswerIsr(proposal with { LeaderEpoch = new LeaderEpoch(6) });
        Assert.Same(proposal, leader.Replica.PendingIsrProposal);
    }

    [Fact]
    public void An_answer_that_nothing_changed_ends_the_pending_state()
    {
        // KAFKA-12751: the controller holds the proposed set already.
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(2);
        var proposal = leader.Only<ProposeIsr>().Proposal;

        leader.AnswerIsr(proposal, partitionEpoch: proposal.PartitionEpoch.Value);

        Assert.Null(leader.Replica.PendingIsrProposal);
        Assert.Equal(3, leader.Replica.CommittedIsr.Length);
    }

    [Fact]
    public void A_fetch_of_an_earlier_life_of_the_follower_is_refused_and_changes_nothing()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).WithRecords(4, 2).Leading();

        var answer = leader.Fetch(2, 2, brokerEpoch: new BrokerEpoch(101));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, answer.Error);
        Assert.Equal(-1, leader.Follower(2).LogEndOffset);
        leader.No<ProposeIsr>();
    }

    [Fact]
    public void A_later_life_than_metadata_knows_is_followed_but_joins_only_when_metadata_caught_up()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).WithRecords(4, 2).Leading();

        leader.Fetch(2, 2, brokerEpoch: new BrokerEpoch(202));
        Assert.Equal(2, leader.Follower(2).LogEndOffset);
        leader.No<ProposeIsr>();

        // A late copy of the earlier life's fetch, while metadata still knows only that one.
        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.Fetch(2, 2).Error);

        leader.ChangeBroker(2, status => status with { Epoch = new BrokerEpoch(202) });
        Assert.Equal(new BrokerEpoch(202), leader.Only<ProposeIsr>().Proposal.NewIsr[^1].Epoch);
    }

    [Fact]
    public void A_broker_without_a_life_is_no_replica()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 2).Leading();

        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, leader.Fetch(1, 2, brokerEpoch: BrokerEpoch.Unknown).Error);
        Assert.Equal(-1, leader.Follower(1).LogEndOffset);
    }

    [Fact]
    public void A_broker_that_is_no_replica_is_told_to_ask_again()
    {
        var leader = new ReplicaUnderTest().Leading();

        Assert.Equal(ErrorCode.UnknownLeaderEpoch, leader.Fetch(4, 0).Error);
        Assert.Equal([1, 2], leader.Replica.Followers.Select(follower => follower.Broker.Value));
    }

    [Fact]
    public void An_idle_follower_joins_when_it_is_unfenced_without_another_fetch()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().Fence(2).CatchUp(2);
        leader.No<ProposeIsr>();

        leader.Unfence(2);

        Assert.Equal(2, leader.Only<ProposeIsr>().Proposal.NewIsr[^1].Broker.Value);
    }

    [Fact]
    public void A_broker_in_controlled_shutdown_does_not_join()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading()
            .ChangeBroker(2, status => status with { InControlledShutdown = true });

        leader.CatchUp(2);

        leader.No<ProposeIsr>();
    }

    [Fact]
    public void Below_min_isr_a_follower_must_keep_up_to_join_since_the_frozen_high_watermark_is_no_measure()
    {
        // KAFKA-19996.
        var leader = new ReplicaUnderTest().WithIsr(0).Leading();
        for (var i = 0; i < 3; i++)
            leader.Produce(acks: 1);

        leader.Fetch(1, 1);
        leader.No<ProposeIsr>();
        leader.Fetch(1, 3);
        Assert.Equal(1, leader.Only<ProposeIsr>().Proposal.NewIsr[^1].Broker.Value);
    }

    [Fact]
    public void Metadata_of_an_equal_partition_epoch_does_not_clear_a_newer_pending_change()
    {
        // H1: the answer was faster than the metadata of the same change, and a second expansion is pending by then.
        var leader = new ReplicaUnderTest().WithIsr(0).WithMinIsr(1).Leading().CatchUp(1);
        var first = leader.Only<ProposeIsr>().Proposal;
        leader.CatchUp(2).AnswerIsr(first);
        var second = leader.Only<ProposeIsr>().Proposal;

        leader.Tell(leader.Registration with
        {
            Isr = ReplicaUnderTest.Ids(0, 1),
            PartitionEpoch = leader.Replica.PartitionEpoch,
        });

        Assert.Same(second, leader.Replica.PendingIsrProposal);
        Assert.Equal([0, 1, 2], leader.Replica.MaximalIsr.Select(id => id.Value));
    }

    [Fact]
    public void Metadata_of_a_newer_partition_epoch_ends_a_pending_change_and_withdraws_it()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(2);

        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1, 2) });

        Assert.Null(leader.Replica.PendingIsrProposal);
        Assert.Equal(ReplicaUnderTest.Partition, leader.Only<WithdrawIsrProposal>().Partition);
        Assert.Equal(3, leader.Observed<IsrConfirmed>().After.Length);
    }

    [Fact]
    public void A_replica_that_a_reassignment_adds_may_join_and_one_that_it_drops_is_forgotten()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);

        leader.Update(r => r with { Replicas = ReplicaUnderTest.Ids(0, 1, 3), Isr = ReplicaUnderTest.Ids(0, 1) });
        leader.CatchUp(3);

        Assert.Equal([0, 1, 3], leader.Only<ProposeIsr>().Proposal.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, leader.Fetch(2, 0).Error);
        Assert.Equal(0, leader.Follower(1).LogEndOffset);
    }
}
