using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class HeartbeatTests
{
    [Fact]
    public void A_broker_is_unfenced_only_once_it_has_applied_its_own_registration()
    {
        var c = new ControllerContext();
        c.Register(1);

        var early = c.Heartbeat(1, offset: c.EpochOf(1).Value - 1);
        Assert.True(early.IsFenced);
        Assert.False(early.IsCaughtUp);
        Assert.Equal(0, early.LeaseMs);

        var late = c.Heartbeat(1, offset: c.EpochOf(1).Value);
        Assert.False(late.IsFenced);
        Assert.True(late.IsCaughtUp);
        Assert.Equal(9_000, late.LeaseMs);
    }

    [Fact]
    public void Unfencing_elects_for_leaderless_partitions_in_the_same_batch()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);
        c.Fence(0);
        c.Partition().Is(leader: -1);

        c.Unfence(0);

        c.Partition().Is(leader: 0, isr: [0]);
        Assert.Equal(2, c.Log[^1].Records.Length);
    }

    [Fact]
    public void A_broker_that_wants_to_be_fenced_is()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);

        Assert.True(c.Heartbeat(0, wantFence: true).IsFenced);

        c.Partition().Is(leader: 1, isr: [1]);
    }

    [Fact]
    public void An_unknown_life_is_stale()
    {
        var c = new ControllerContext().Running(0);

        Assert.Equal(ErrorCode.StaleBrokerEpoch, c.Heartbeat(0, epoch: new BrokerEpoch(999)).Error);
        Assert.Equal(ErrorCode.StaleBrokerEpoch, c.Heartbeat(9, epoch: new BrokerEpoch(1)).Error);
    }

    [Fact]
    public void A_heartbeat_that_waited_too_long_changes_nothing()
    {
        var c = new ControllerContext();
        c.Register(1);
        var request = new BrokerHeartbeat(new(1), c.EpochOf(1), 0, c.Image.Offset, false, false, []);

        var decision = c.Do(new HeartbeatCommand(request, 9_000, 0, c.NowMs - 1));

        Assert.Empty(decision.Records);
        Assert.Equal(ErrorCode.RequestTimedOut, Assert.IsType<BrokerHeartbeatAnswer>(decision.Reply).Error);
    }

    [Fact]
    public void A_fenced_broker_may_stop_at_once()
    {
        var c = new ControllerContext();
        c.Register(1);

        Assert.True(c.Heartbeat(1, wantShutDown: true).ShouldShutDown);
        var granted = c.Image;
        Assert.True(c.Heartbeat(1, wantShutDown: true).ShouldShutDown);
        Assert.Same(granted, c.Image);
    }

    [Fact]
    public void A_broker_that_leads_nothing_stops_at_once_and_leaves_every_isr()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);

        var answer = c.Heartbeat(1, wantShutDown: true);

        Assert.True(answer is { ShouldShutDown: true, IsFenced: true });
        c.Partition().Is(leader: 0, isr: [0]);
    }

    [Fact]
    public void A_leader_stops_when_the_others_have_applied_that_it_leads_nothing()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);

        var first = c.Heartbeat(0, wantShutDown: true, lowestActive: c.Image.Offset);
        Assert.False(first.ShouldShutDown);
        Assert.False(first.IsFenced);
        c.Partition().Is(leader: 1, isr: [1, 2]);
        var offset = c.Broker(0).ControlledShutdownOffset;
        Assert.Equal(c.Image.Offset, offset);

        Assert.False(c.Heartbeat(0, wantShutDown: true, lowestActive: offset - 1).ShouldShutDown);
        Assert.Equal(offset, c.Broker(0).ControlledShutdownOffset);
        Assert.True(c.Heartbeat(0, wantShutDown: true, lowestActive: offset).ShouldShutDown);
        Assert.True(c.Broker(0).Fenced);
    }

    [Fact]
    public void The_last_broker_stops_although_its_partition_loses_its_leader()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0]]);

        Assert.False(c.Heartbeat(0, wantShutDown: true).ShouldShutDown);
        c.Partition().Is(leader: -1, isr: [], elr: [0]);
        Assert.True(c.Heartbeat(0, wantShutDown: true).ShouldShutDown);
    }

    [Fact]
    public void A_late_copy_of_an_earlier_heartbeat_does_not_bring_back_a_broker_that_stopped()
    {
        var c = new ControllerContext().Running(0);
        c.Heartbeat(0, wantShutDown: true);

        Assert.True(c.Heartbeat(0).IsFenced);
    }

    [Fact]
    public void A_controlled_shutdown_survives_a_snapshot_with_its_offset()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.Heartbeat(0, wantShutDown: true);
        c.Register(5);

        var restored = MetadataImage.FromSnapshot(c.Image.ToSnapshot());

        Assert.Equal(c.Broker(0).ControlledShutdownOffset, restored.Brokers[new(0)].ControlledShutdownOffset);
        Assert.True(restored.Brokers[new(0)].InControlledShutdown);
    }

    [Fact]
    public void An_offline_replica_leaves_leadership_and_isr_of_its_partition_only()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1], [0, 1]]);

        var answer = c.Heartbeat(0, offline: [c.Partition().Id]);

        Assert.False(answer.IsFenced);
        c.Partition("t", 0).Is(leader: 1, isr: [1], leaderEpoch: 1);
        c.Partition("t", 1).Is(leader: 0, isr: [0, 1]);
        var after = c.Image;
        c.Heartbeat(0, offline: [c.Partition().Id]);
        Assert.Same(after, c.Image);
    }

    [Fact]
    public void An_offline_replica_is_not_elected_and_not_admitted_until_it_is_back()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        var id = c.Partition().Id;
        c.Heartbeat(0, offline: [id]);
        Assert.Equal(ErrorCode.IneligibleReplica, c.AlterOne(1, c.Proposal(c.Partition(), 0, 1)).Error);

        c.Heartbeat(1, offline: [id]);
        c.Partition().Is(leader: -1, isr: [], elr: [1]);
        var epoch = c.Partition().LeaderEpoch;

        c.Heartbeat(1);
        c.Partition().Is(leader: 1, isr: [1], leaderEpoch: epoch.Value + 1, recovery: LeaderRecoveryState.Recovered);
        c.Heartbeat(0);
        Assert.Equal(ErrorCode.None, c.AlterOne(1, c.Proposal(c.Partition(), 0, 1)).Error);
    }

    [Fact]
    public void Reports_of_partitions_that_are_not_the_brokers_count_for_nothing()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0]]);
        var before = c.Image;

        c.Heartbeat(1, offline: [c.Partition().Id, new TopicIdPartition(new TopicId(Guid.Empty), 3)]);

        Assert.Same(before, c.Image);
    }

    [Fact]
    public void Deleting_a_topic_forgets_its_offline_replicas()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.Heartbeat(0, offline: [c.Partition().Id]);

        c.Ask<TopicsAnswer>(new DeleteTopics(1, ["t"]));

        Assert.Empty(c.Broker(0).OfflineReplicas);
    }

    [Fact]
    public void A_heartbeat_that_reports_a_failure_and_wants_the_fence_is_decided_step_by_step()
    {
        // H7: both remove the broker from the same partition.
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1], [0, 1]]);

        c.Heartbeat(0, wantFence: true, offline: [c.Partition().Id]);

        c.Partition("t", 0).Is(leader: 1, isr: [1], partitionEpoch: 1);
        c.Partition("t", 1).Is(leader: 1, isr: [1], partitionEpoch: 1);
    }
}
