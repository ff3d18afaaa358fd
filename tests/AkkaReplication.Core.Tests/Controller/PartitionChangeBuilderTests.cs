using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class PartitionChangeBuilderTests
{
    [Fact]
    public void Preferred_moves_to_the_first_replica_and_online_does_not()
    {
        var p = Partition(replicas: [2, 1, 3], isr: [2, 1, 3], leader: 1);

        Assert.Equal(2, Build(p, ElectionMode.Preferred, alive: [1, 2, 3])!.Leader!.Value.Value);
        Assert.Null(Build(p, ElectionMode.Online, alive: [1, 2, 3]));
    }

    [Fact]
    public void Preferred_keeps_the_leader_when_the_first_replica_cannot_lead()
    {
        var p = Partition(replicas: [2, 1, 3], isr: [1, 3], leader: 1);

        Assert.Null(Build(p, ElectionMode.Preferred, alive: [1, 2, 3]));
    }

    [Fact]
    public void Preferred_never_elects_uncleanly()
    {
        var p = Partition(replicas: [1, 2], isr: [], leader: -1, elr: [1]);

        Assert.Null(Build(p, ElectionMode.Preferred, alive: [2]));
        var lost = Partition(replicas: [1, 2], isr: [], leader: -1, lastKnownElr: [2]);
        Assert.Null(Build(lost, ElectionMode.Preferred, alive: [1, 2]));
    }

    [Fact]
    public void Without_a_live_replica_in_sync_only_an_unclean_election_finds_a_leader()
    {
        var p = Partition(replicas: [3, 2], isr: [3], leader: 3);

        var online = Build(p, ElectionMode.Online, alive: [2])!;
        Assert.Equal(BrokerId.None, online.Leader);
        Assert.Null(online.Isr);

        var unclean = Build(p, ElectionMode.Unclean, alive: [2])!;
        Assert.Equal(2, unclean.Leader!.Value.Value);
        Assert.Equal([2], unclean.Isr!.Value.Select(b => b.Value));
        Assert.Equal(LeaderRecoveryState.Recovering, unclean.RecoveryState);
    }

    [Fact]
    public void The_order_of_replicas_decides_not_the_order_of_the_isr()
    {
        var p = Partition(replicas: [4, 1, 3], isr: [3, 1], leader: 4);

        Assert.Equal(1, Build(p, ElectionMode.Online, alive: [1, 3])!.Leader!.Value.Value);
    }

    [Fact]
    public void Somebody_in_sync_goes_before_somebody_in_the_elr()
    {
        var p = Partition(replicas: [1, 2, 3], isr: [3], leader: -1, elr: [1], minIsr: 2);

        Assert.Equal(3, Build(p, ElectionMode.Online, alive: [1, 3])!.Leader!.Value.Value);
    }

    [Fact]
    public void A_single_last_known_replica_leads_again_as_soon_as_it_lives_and_not_before()
    {
        var p = Partition(replicas: [1, 2, 3], isr: [], leader: -1, lastKnownElr: [2]);

        Assert.Null(Build(p, ElectionMode.Online, alive: [1, 3]));
        var record = Build(p, ElectionMode.Online, alive: [1, 2, 3])!;
        Assert.Equal(2, record.Leader!.Value.Value);
        Assert.Equal(LeaderRecoveryState.Recovering, record.RecoveryState);
        Assert.Empty(record.LastKnownElr!.Value);
    }

    [Fact]
    public void Several_last_known_replicas_wait_to_be_compared()
    {
        var p = Partition(replicas: [1, 2, 3], isr: [], leader: -1, lastKnownElr: [2, 3]);

        Assert.Null(Build(p, ElectionMode.Online, alive: [1, 2, 3]));
        Assert.Equal(2, Build(p, ElectionMode.Unclean, alive: [1, 2, 3])!.Leader!.Value.Value);
    }

    [Fact]
    public void Losing_the_leader_of_a_leaderless_partition_again_writes_nothing()
    {
        var p = Partition(replicas: [1, 2], isr: [], leader: -1, elr: [1]);

        Assert.Null(Build(p, ElectionMode.Online, alive: []));
    }

    private static PartitionRegistration Partition(
        int[] replicas, int[] isr, int leader, int[]? elr = null, int[]? lastKnownElr = null, int minIsr = 1) =>
        new(
            new TopicId(new Guid(1, 0, 0, new byte[8])),
            "t",
            0,
            ControllerContext.Ids(replicas),
            ControllerContext.Ids(isr),
            ControllerContext.Ids(elr ?? []),
            ControllerContext.Ids(lastKnownElr ?? []),
            new BrokerId(leader),
            new LeaderEpoch(5),
            new PartitionEpoch(7),
            LeaderRecoveryState.Recovered,
            minIsr);

    private static PartitionChangeRecord? Build(PartitionRegistration p, ElectionMode mode, int[] alive) =>
        new PartitionChangeBuilder(p, b => alive.Contains(b.Value)) { Mode = mode }.Build();
}
