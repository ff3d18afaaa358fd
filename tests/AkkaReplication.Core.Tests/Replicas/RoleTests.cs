using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Who a replica is, and since when: replication rules 8.4, our rules L3, F1, F4.</summary>
public sealed class RoleTests
{
    [Fact]
    public void A_new_leader_records_where_its_epoch_starts_though_it_wrote_nothing()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 3).Leading(epoch: 6);

        Assert.Equal("4@0, 6@3", leader.Log.Epochs.ToString());
        Assert.Equal(3, leader.Observed<BecameLeader>().EpochStartOffset);
        Assert.Equal(ReplicaRole.Leader, leader.Replica.View.Role);
    }

    [Fact]
    public void An_update_of_an_older_partition_epoch_is_ignored()
    {
        var leader = new ReplicaUnderTest().Leading();
        var old = leader.Registration;
        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0, 1) });

        leader.Tell(old);

        Assert.Equal(2, leader.Replica.CommittedIsr.Length);
        Assert.Empty(leader.Effects.AsReadOnly());
    }

    [Fact]
    public void An_update_of_another_topic_is_refused()
    {
        var leader = new ReplicaUnderTest().Leading();

        var other = leader.Registration with { TopicId = new TopicId(new Guid(9, 0, 0, new byte[8])) };

        Assert.Throws<ArgumentException>(() => leader.Tell(other));
    }

    [Fact]
    public void A_change_within_the_epoch_leaves_views_and_epoch_start_alone()
    {
        var leader = new ReplicaUnderTest().WithRecords(4, 3).Leading().CatchUp(1, 2);
        leader.Produce();
        var before = leader.Replica.Followers;

        leader.Update(r => r with { MinIsr = 1 });

        Assert.Equal(before.AsEnumerable(), leader.Replica.Followers);
        Assert.Equal(3, leader.Replica.View.LeaderEpochStartOffset);
        Assert.Equal(1, leader.Replica.PendingProduceCount);
    }

    [Fact]
    public void A_new_epoch_of_the_same_leader_clears_all_views_and_fails_all_produces()
    {
        // H2: 0 led epoch 5, another one 6, 0 leads 7, and 0 heard only of 5 and 7. Its followers may have cut their
        // logs.
        var leader = new ReplicaUnderTest().Leading(epoch: 5).CatchUp(1, 2);
        var token = leader.Produce();
        leader.CatchUp(1);

        leader.Update(r => r with { LeaderEpoch = new LeaderEpoch(7) });

        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.AnswerTo(token));
        Assert.All(leader.Replica.Followers, follower => Assert.Equal(-1, follower.LogEndOffset));
        Assert.Equal(0, leader.Replica.HighWatermark);
        Assert.Equal(1, leader.Replica.View.LeaderEpochStartOffset);

        // A late fetch of epoch 5 counts for nothing.
        Assert.Equal(ErrorCode.FencedLeaderEpoch, leader.Fetch(2, 1, epoch: 5).Error);
        leader.CatchUp(1);
        Assert.Equal(0, leader.Replica.HighWatermark);
        leader.CatchUp(2);
        Assert.Equal(1, leader.Replica.HighWatermark);
        leader.No<ProduceCompleted>();
    }

    [Fact]
    public void A_new_epoch_withdraws_the_old_proposal_and_its_late_answer_means_nothing()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading(epoch: 5).CatchUp(2);
        var proposal = leader.Only<ProposeIsr>().Proposal;

        leader.Update(r => r with { LeaderEpoch = new LeaderEpoch(6) });
        leader.Only<WithdrawIsrProposal>();

        leader.AnswerIsr(proposal, partitionEpoch: 99);
        Assert.Equal([0, 1], leader.Replica.MaximalIsr.Select(id => id.Value));
        Assert.NotEqual(99, leader.Replica.PartitionEpoch.Value);
    }

    [Fact]
    public void Waiting_followers_hear_that_the_leadership_is_over()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);

        leader.Update(r => r with { Leader = new BrokerId(1), LeaderEpoch = new LeaderEpoch(6) });

        Assert.Equal([1, 2], leader.All<FollowerDataAvailable>().Select(e => e.Follower.Value));
        Assert.All(leader.All<FollowerDataAvailable>(), e => Assert.Equal(ReplicaRole.Follower, e.View.Role));
    }

    [Fact]
    public void A_partition_without_leader_is_neither_led_nor_followed()
    {
        var replica = new ReplicaUnderTest().Following();

        replica.Update(r => r with { Leader = BrokerId.None, LeaderEpoch = new LeaderEpoch(6) });

        Assert.Equal(ReplicaRole.Idle, replica.Replica.Role);
        Assert.Equal(new BrokerId(1), replica.Only<StopFetching>().Leader);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, replica.AnswerTo(replica.Produce()));
    }

    [Fact]
    public void A_replica_that_is_assigned_elsewhere_stops_following()
    {
        var replica = new ReplicaUnderTest().Following();

        replica.Update(r => r with { Replicas = ReplicaUnderTest.Ids(1, 2), LeaderEpoch = new LeaderEpoch(6) });

        Assert.Equal(ReplicaRole.Idle, replica.Replica.Role);
        replica.Only<StopFetching>();
    }

    [Fact]
    public void A_follower_restarts_its_fetching_in_every_new_epoch_also_of_the_same_leader()
    {
        var follower = new ReplicaUnderTest().WithRecords(4, 2).Following(leader: 1, epoch: 5);

        follower.Update(r => r with { LeaderEpoch = new LeaderEpoch(7) });

        var position = follower.Only<FetchFrom>();
        Assert.Equal(new FetchFrom(new BrokerId(1), new LeaderEpoch(7), 2, new LeaderEpoch(4), 0), position);
        follower.No<StopFetching>();
    }

    [Fact]
    public void A_follower_is_left_alone_by_a_change_within_the_epoch()
    {
        var follower = new ReplicaUnderTest().Following();

        follower.Update(r => r with { Isr = ReplicaUnderTest.Ids(1) });

        Assert.Empty(follower.Effects.AsReadOnly());
    }

    [Fact]
    public void Following_another_leader_stops_the_old_fetching_before_the_new_begins()
    {
        var follower = new ReplicaUnderTest().Following(leader: 1);

        follower.Update(r => r with { Leader = new BrokerId(2), LeaderEpoch = new LeaderEpoch(6) });

        var order = follower.Effects.AsReadOnly().ToList();
        Assert.Equal(new BrokerId(1), follower.Only<StopFetching>().Leader);
        Assert.Equal(new BrokerId(2), follower.Only<FetchFrom>().Leader);
        Assert.True(order.FindIndex(e => e is StopFetching) < order.FindIndex(e => e is FetchFrom));
    }

    [Fact]
    public void A_leadership_from_before_this_life_of_the_broker_is_not_taken_up()
    {
        // F1, F4: metadata read at start shows this broker as leader, up to the record of its own new registration.
        var replica = new ReplicaUnderTest();
        replica.Replica.OnOwnEpoch(new BrokerEpoch(5000));

        replica.Leading(epoch: 5);
        Assert.Equal(ReplicaRole.Idle, replica.Replica.Role);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, replica.AnswerTo(replica.Produce()));

        var elected = replica.Registration with
        {
            LeaderEpoch = new LeaderEpoch(7),
            PartitionEpoch = new PartitionEpoch(40),
        };
        replica.Turn(fx => replica.Replica.OnPartitionUpdate(
            replica.NowMs, new PartitionUpdate(5002, elected, replica.Settings), fx));
        Assert.Equal(ReplicaRole.Leader, replica.Replica.Role);
    }

    [Fact]
    public void A_broker_that_is_not_registered_leads_nothing()
    {
        var replica = new ReplicaUnderTest();
        replica.Replica.OnOwnEpoch(BrokerEpoch.Unknown);

        replica.Leading();

        Assert.Equal(ReplicaRole.Idle, replica.Replica.Role);
    }

    [Fact]
    public void An_offline_replica_serves_nobody_until_a_higher_leader_epoch()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(1, 2);
        var token = leader.Produce();

        leader.Turn(fx => leader.Replica.OnStorageFailed(leader.NowMs, "an unexpected exception", fx));

        Assert.Equal(ErrorCode.KafkaStorageError, leader.AnswerTo(token));
        Assert.Equal(ReplicaRole.Offline, leader.Replica.View.Role);
        leader.Only<WithdrawIsrProposal>();
        Assert.Equal(new LeaderEpoch(5), leader.Only<ReplicaFailed>().LeaderEpoch);
        Assert.Equal(ErrorCode.KafkaStorageError, leader.AnswerTo(leader.Produce()));
        Assert.Equal(ErrorCode.KafkaStorageError, leader.Fetch(1, 0).Error);

        leader.Update(r => r with { Isr = ReplicaUnderTest.Ids(0) });
        Assert.Equal(ReplicaRole.Offline, leader.Replica.Role);
        leader.Update(r => r with { LeaderEpoch = new LeaderEpoch(6) });
        Assert.Equal(ReplicaRole.Leader, leader.Replica.Role);
    }

    [Fact]
    public void A_replica_in_the_place_of_a_failed_one_stays_offline_in_its_epoch()
    {
        var replica = new Replica(
            ReplicaUnderTest.Partition,
            new ReplicaUnderTest().Options,
            new MemoryLog(),
            0,
            offlineInEpoch: new LeaderEpoch(5));
        replica.OnOwnEpoch(ReplicaUnderTest.EpochOf(0));
        var effects = new AkkaReplication.Effects.EffectList();
        var registration = new ReplicaUnderTest().Registration;

        replica.OnPartitionUpdate(1, new PartitionUpdate(2000, registration, TopicSettings.Default), effects);
        Assert.Equal(ReplicaRole.Offline, replica.Role);
        Assert.Equal(0, effects.Count);

        var next = registration with
        {
            LeaderEpoch = new LeaderEpoch(6),
            PartitionEpoch = registration.PartitionEpoch.Next(),
        };
        replica.OnPartitionUpdate(1, new PartitionUpdate(2001, next, TopicSettings.Default), effects);
        Assert.Equal(ReplicaRole.Leader, replica.Role);
    }

    [Fact]
    public void A_disk_that_fails_while_the_role_changes_takes_the_replica_offline()
    {
        var replica = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = replica.Produce();
        replica.Log.Break("EIO");

        replica.Update(r => r with { LeaderEpoch = new LeaderEpoch(6) });

        Assert.Equal(ReplicaRole.Offline, replica.Replica.Role);
        Assert.Equal(new LeaderEpoch(6), replica.Only<ReplicaFailed>().LeaderEpoch);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, replica.AnswerTo(token));
    }

    [Fact]
    public void An_offline_replica_is_reported_once()
    {
        var replica = new ReplicaUnderTest().Following();

        replica.Turn(fx => replica.Replica.OnStorageFailed(replica.NowMs, "first", fx));
        replica.Only<StopFetching>();
        replica.Turn(fx => replica.Replica.OnStorageFailed(replica.NowMs, "second", fx));

        replica.No<ReplicaFailed>();
    }

    [Fact]
    public void A_replica_that_is_closed_answers_whoever_waits()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        var token = leader.Produce();

        leader.Turn(fx => leader.Replica.OnStop(leader.NowMs, fx));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, leader.AnswerTo(token));
        Assert.Equal(ReplicaRole.Idle, leader.Replica.View.Role);
    }

    [Fact]
    public void An_older_view_of_the_brokers_is_ignored()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading();
        var old = leader.Brokers;
        leader.Fence(2).CatchUp(2);

        leader.Turn(fx => leader.Replica.OnBrokersChanged(leader.NowMs, old, fx));

        leader.No<ProposeIsr>();
    }
}
