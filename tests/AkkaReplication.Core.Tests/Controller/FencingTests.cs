using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class FencingTests
{
    [Fact]
    public void A_new_topic_has_only_unfenced_brokers_in_sync()
    {
        var c = new ControllerContext().Running(0);
        c.Register(1);

        var result = c.Create(new NewTopic("t", 1, 2, [], ControllerContext.Configs()));

        Assert.Equal(ErrorCode.None, result.Error);
        c.Partition().Is(leader: 0, isr: [0], leaderEpoch: 0, partitionEpoch: 0);
        Assert.Equal([0, 1], c.Partition().Replicas.Select(b => b.Value));
    }

    [Fact]
    public void A_topic_is_not_created_while_all_brokers_are_fenced()
    {
        var c = new ControllerContext();
        c.Register(0);
        c.Register(1);
        var before = c.Image;

        var result = c.Create(new NewTopic("t", 1, 2, [], ControllerContext.Configs()));

        Assert.Equal(ErrorCode.InvalidReplicationFactor, result.Error);
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void Fencing_the_leader_elects_the_next_in_sync_replica_under_a_new_epoch()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);

        c.Fence(0);

        c.Partition().Is(leader: 1, isr: [1, 2], leaderEpoch: 1, partitionEpoch: 1, recovery: LeaderRecoveryState.Recovered);
        Assert.True(c.Broker(0).Fenced);
    }

    [Fact]
    public void Fencing_a_follower_keeps_the_leader_epoch()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);

        c.Fence(2);

        c.Partition().Is(leader: 0, isr: [0, 1], leaderEpoch: 0, partitionEpoch: 1);
    }

    [Fact]
    public void Only_who_leaves_below_min_isr_enters_the_elr()
    {
        var c = new ControllerContext().Running(0, 1, 2, 3)
            .Topic("t", [[0, 1, 2, 3]], (TopicConfigs.MinInsyncReplicas, "3"));

        c.Fence(2);
        c.Partition().Is(isr: [0, 1, 3], elr: []);
        c.Fence(3);
        c.Partition().Is(isr: [0, 1], elr: [3]);
    }

    [Fact]
    public void A_leader_from_the_elr_is_elected_cleanly()
    {
        var c = OneInSyncTwoInElr();

        c.Unfence(2);
        c.Partition().Is(leader: 0, isr: [0], elr: [2, 3]);
        c.Fence(0);

        c.Partition().Is(leader: 2, isr: [2], elr: [0, 3], recovery: LeaderRecoveryState.Recovered);
    }

    [Fact]
    public void Lossy_replicas_leave_the_elr_and_are_not_elected_while_somebody_safe_is_expected()
    {
        var c = OneInSyncTwoInElr();

        c.RestartLossy(3);
        c.Partition().Is(leader: 0, isr: [0], elr: [2]);
        c.RestartLossy(0);
        c.Partition().Is(leader: -1, isr: [], elr: [2], lastKnownElr: [0, 3]);
        c.Unfence(0);
        c.Unfence(3);
        c.Partition().Is(leader: -1, isr: [], elr: [2]);

        c.Unfence(2);
        c.Partition().Is(leader: 2, isr: [2], elr: [], recovery: LeaderRecoveryState.Recovered);
    }

    [Fact]
    public void A_fence_for_an_earlier_life_changes_nothing()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        var earlier = c.EpochOf(0);
        c.Register(0);
        c.Unfence(0);

        Assert.Empty(c.Do(new FenceBroker(new(0), earlier, "late")).Records);
        Assert.Empty(c.Do(new FenceBroker(new(7), earlier, "nobody")).Records);
    }

    [Fact]
    public void Fencing_elects_uncleanly_at_once_where_the_topic_allows_it()
    {
        var c = new ControllerContext().Running(0, 1)
            .Topic("t", [[0, 1]], (TopicConfigs.UncleanLeaderElectionEnable, "true"), (TopicConfigs.MinInsyncReplicas, "1"));
        c.SetIsr("t", 0);

        c.Fence(0);

        c.Partition().Is(leader: 1, isr: [1], elr: [], lastKnownElr: [], leaderEpoch: 1, recovery: LeaderRecoveryState.Recovering);
    }

    [Fact]
    public void Without_unclean_elections_the_partition_waits_for_its_last_replica()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);

        c.Fence(0);
        c.Partition().Is(leader: -1, isr: [], elr: [0], leaderEpoch: 1);
        c.Unfence(0);

        c.Partition().Is(leader: 0, isr: [0], elr: [], leaderEpoch: 2, recovery: LeaderRecoveryState.Recovered);
    }

    private static ControllerContext OneInSyncTwoInElr()
    {
        var c = new ControllerContext().Running(0, 1, 2, 3)
            .Topic("t", [[0, 1, 2, 3]], (TopicConfigs.MinInsyncReplicas, "3"));
        c.Fence(1);
        c.Fence(2);
        c.Fence(3);
        c.Partition().Is(leader: 0, isr: [0], elr: [2, 3]);
        return c;
    }
}
