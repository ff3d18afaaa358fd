using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>The table of replication rules 2.8, the ticks, and elections of last known replicas (F3).</summary>
public sealed class ElectionTests
{
    [Fact]
    public void Each_partition_of_a_preferred_election_gets_its_own_result()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1], [0, 1], [0, 1]]);
        c.Fence(0);
        c.Unfence(0);
        c.AlterOne(1, c.Proposal(c.Partition("t", 0), 0, 1));
        c.AlterOne(1, c.Proposal(c.Partition("t", 1), 0, 1));
        Elect(c, ElectionType.Preferred, ("t", 1));

        var results = Elect(c, ElectionType.Preferred, ("t", 0), ("t", 1), ("t", 2), ("t", 7), ("unknown", 0));

        Assert.Equal(
            [
                ErrorCode.None,
                ErrorCode.ElectionNotNeeded,
                ErrorCode.PreferredLeaderNotAvailable,
                ErrorCode.UnknownTopicOrPartition,
                ErrorCode.UnknownTopicOrPartition,
            ],
            results.Select(r => r.Error));
        c.Partition("t", 0).Is(leader: 0, leaderEpoch: 2);
        c.Partition("t", 2).Is(leader: 1, leaderEpoch: 1);
    }

    [Fact]
    public void A_leader_that_resigns_stays_in_sync_and_the_next_eligible_replica_leads()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        c.Fence(1);

        Assert.Equal(ErrorCode.None, Resign(c, ("t", 0)));
        c.Partition("t", 0).Is(leader: 2, leaderEpoch: 1);
        Assert.Equal([0, 2], c.Partition("t", 0).Isr.Select(b => b.Value));

        Assert.Equal(ErrorCode.None, Resign(c, ("t", 0)));
        c.Partition("t", 0).Is(leader: 0, leaderEpoch: 2);
    }

    [Fact]
    public void A_leader_without_a_successor_in_sync_goes_on_and_nothing_is_written()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.AlterOne(0, c.Proposal(c.Partition("t", 0), 0));
        var before = c.Image;

        Assert.Equal(ErrorCode.EligibleLeadersNotAvailable, Resign(c, ("t", 0)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Resign(c, ("t", 1)));
        Assert.Same(before, c.Image);
        c.Fence(0);
        Assert.Equal(ErrorCode.LeaderNotAvailable, Resign(c, ("t", 0)));
    }

    [Fact]
    public void When_all_are_asked_for_those_that_need_nothing_are_left_out()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1], [1, 0]]);
        c.Fence(0);
        c.Unfence(0);
        c.AlterOne(1, c.Proposal(c.Partition("t", 0), 0, 1));

        var result = Assert.Single(ElectAll(c, ElectionType.Preferred));

        Assert.Equal((new TopicPartition("t", 0), ErrorCode.None), (result.Partition, result.Error));
    }

    [Fact]
    public void A_preferred_replica_that_is_fenced_is_not_available_and_nothing_is_written()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.Fence(0);
        var before = c.Image;

        Assert.Equal(ErrorCode.PreferredLeaderNotAvailable, Elect(c, ElectionType.Preferred, ("t", 0))[0].Error);
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void A_preferred_election_is_never_unclean_even_where_the_topic_allows_it()
    {
        var c = new ControllerContext().Running(0, 1)
            .Topic("t", [[0, 1]], (TopicConfigs.UncleanLeaderElectionEnable, "true"));
        c.SetIsr("t", 0);
        c.Fence(1);
        c.Fence(0);
        c.SetConfigs("t", (TopicConfigs.UncleanLeaderElectionEnable, "false"));
        c.Unfence(1);
        c.SetConfigs("t", (TopicConfigs.UncleanLeaderElectionEnable, "true"));

        Assert.Equal(ErrorCode.PreferredLeaderNotAvailable, Elect(c, ElectionType.Preferred, ("t", 0))[0].Error);
        c.Partition().Is(leader: -1);
    }

    [Fact]
    public void An_unclean_election_never_moves_a_live_leader()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);

        Assert.Equal(ErrorCode.ElectionNotNeeded, Elect(c, ElectionType.Unclean, ("t", 0))[0].Error);
        Assert.Empty(ElectAll(c, ElectionType.Unclean));
    }

    [Fact]
    public void An_operator_may_elect_uncleanly_whatever_the_topic_says()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);
        c.Fence(0);
        c.Partition().Is(leader: -1, elr: [0]);

        Assert.Equal(ErrorCode.None, Elect(c, ElectionType.Unclean, ("t", 0))[0].Error);
        c.Partition().Is(leader: 1, isr: [1], elr: [], recovery: LeaderRecoveryState.Recovering);
    }

    [Fact]
    public void With_nobody_alive_even_an_unclean_election_finds_no_leader()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0]]);
        c.Fence(0);

        Assert.Equal(ErrorCode.EligibleLeadersNotAvailable, Elect(c, ElectionType.Unclean, ("t", 0))[0].Error);
    }

    [Fact]
    public void An_unknown_type_of_election_is_refused_as_a_whole()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0]]);

        var answer = c.Ask<ElectLeadersAnswer>(new ElectLeaders(1, (ElectionType)9, null));

        Assert.Equal(ErrorCode.InvalidRequest, answer.Error);
    }

    [Fact]
    public void The_unclean_tick_elects_where_the_topic_allows_it_and_nowhere_else()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]).Topic("u", [[0, 1]]);
        c.SetIsr("t", 0);
        c.SetIsr("u", 0);
        c.Fence(0);
        c.SetConfigs("u", (TopicConfigs.UncleanLeaderElectionEnable, "true"));
        c.Partition("u").Is(leader: -1);

        Assert.Equal(new ElectionTickAnswer(1, More: false), c.Ask<ElectionTickAnswer>(UncleanElectionTick.Instance));

        c.Partition("t").Is(leader: -1);
        c.Partition("u").Is(leader: 1, recovery: LeaderRecoveryState.Recovering);
    }

    [Fact]
    public void A_default_of_unclean_elections_is_overridden_by_the_topic()
    {
        var c = new ControllerContext(new ControllerOptions { UncleanLeaderElectionEnable = true }).Running(0, 1)
            .Topic("t", [[0, 1]], (TopicConfigs.UncleanLeaderElectionEnable, "false")).Topic("u", [[0, 1]]);
        c.SetIsr("t", 0);
        c.SetIsr("u", 0);

        c.Fence(0);
        c.Ask<ElectionTickAnswer>(UncleanElectionTick.Instance);

        c.Partition("t").Is(leader: -1);
        c.Partition("u").Is(leader: 1);
        Assert.True(c.Image.TryGetTopic("u")!.Settings.UncleanLeaderElectionEnable);
    }

    [Fact]
    public void One_preferred_tick_moves_a_limited_number_of_leaders_and_the_next_the_rest()
    {
        var options = new ControllerOptions { MaxElectionsPerTick = 10 };
        var c = new ControllerContext(options).Running(0, 1)
            .Topic("t", [.. Enumerable.Range(0, 15).Select(_ => new[] { 0, 1 })]);
        c.Fence(0);
        c.Unfence(0);
        c.Alter(1, [.. Enumerable.Range(0, 15).Select(p => c.Proposal(c.Partition("t", p), 0, 1))]);
        Assert.Equal(15, c.Image.Imbalanced.Length);

        Assert.Equal(new ElectionTickAnswer(10, More: true), c.Ask<ElectionTickAnswer>(PreferredElectionTick.Instance));
        Assert.Equal(5, c.Image.Imbalanced.Length);
        Assert.Equal(new ElectionTickAnswer(5, More: false), c.Ask<ElectionTickAnswer>(PreferredElectionTick.Instance));
        Assert.Empty(c.Image.Imbalanced);
    }

    [Fact]
    public void Without_auto_rebalance_the_preferred_tick_moves_nobody()
    {
        var c = new ControllerContext(new ControllerOptions { AutoLeaderRebalanceEnable = false }).Running(0, 1)
            .Topic("t", [[0, 1]]);
        c.Fence(0);
        c.Unfence(0);
        c.SetIsr("t", 0, 1);

        Assert.Equal(new ElectionTickAnswer(0, More: false), c.Ask<ElectionTickAnswer>(PreferredElectionTick.Instance));
        c.Partition().Is(leader: 1);
    }

    [Fact]
    public void Of_several_last_known_replicas_the_one_with_the_most_leads_once_all_have_said()
    {
        var c = AllLost();
        c.Unfence(1);
        var id = c.Partition().Id;
        LastKnownReplica Report(int broker, int epoch, long end) => new(new(broker), c.EpochOf(broker), new(epoch), end);

        Assert.Empty(c.Do(new ElectLastKnown(id, [Report(1, 0, 50), Report(2, 0, 90)])).Records);
        c.Unfence(2);
        c.Partition().Is(leader: -1);
        Assert.Empty(c.Do(new ElectLastKnown(id, [Report(1, 0, 50)])).Records);
        c.Do(new ElectLastKnown(id, [Report(1, 1, 50), Report(2, 0, 90)]));

        c.Partition().Is(leader: 1, isr: [1], lastKnownElr: [], recovery: LeaderRecoveryState.Recovering);
    }

    [Fact]
    public void With_equal_epochs_the_longer_log_wins()
    {
        var c = AllLost();
        c.Unfence(1);
        c.Unfence(2);

        c.Do(new ElectLastKnown(c.Partition().Id, [new(new(1), c.EpochOf(1), new(3), 50), new(new(2), c.EpochOf(2), new(3), 51)]));

        c.Partition().Is(leader: 2, isr: [2]);
    }

    [Fact]
    public void What_a_last_known_replica_said_in_an_earlier_life_does_not_count()
    {
        var c = AllLost();
        var earlier = c.EpochOf(2);
        c.RestartLossy(2);
        c.Unfence(1);
        c.Unfence(2);

        var decision = c.Do(new ElectLastKnown(
            c.Partition().Id, [new(new(1), c.EpochOf(1), new(3), 50), new(new(2), earlier, new(3), 51)]));

        Assert.Empty(decision.Records);
    }

    [Fact]
    public void An_operator_does_not_wait_for_all_last_known_replicas()
    {
        var c = AllLost();
        c.Unfence(0);
        c.Unfence(2);

        Assert.Equal(ErrorCode.None, Elect(c, ElectionType.Unclean, ("t", 0))[0].Error);
        c.Partition().Is(leader: 2, isr: [2], recovery: LeaderRecoveryState.Recovering);
    }

    [Fact]
    public void A_single_replica_that_lost_records_leads_again_by_itself_and_says_recovering()
    {
        var c = new ControllerContext().Running(0).Topic("t", [[0]]);
        c.RestartLossy(0);
        c.Partition().Is(leader: -1, isr: [], elr: [], lastKnownElr: [0]);

        c.Unfence(0);

        c.Partition().Is(leader: 0, isr: [0], lastKnownElr: [], recovery: LeaderRecoveryState.Recovering);
    }

    /// <summary>R = [0, 1, 2], min ISR 2; 0 had left while the others were enough, then 1 and 2 lost records.</summary>
    private static ControllerContext AllLost()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        c.Fence(0);
        c.Fence(1);
        c.Fence(2);
        c.Partition().Is(leader: -1, isr: [], elr: [1, 2]);
        c.RestartLossy(1);
        c.RestartLossy(2);
        c.Partition().Is(isr: [], elr: [], lastKnownElr: [1, 2]);
        return c;
    }

    private static ImmutableArray<ElectionResult> Elect(
        ControllerContext c, ElectionType type, params (string Topic, int Partition)[] partitions) =>
        c.Ask<ElectLeadersAnswer>(new ElectLeaders(
            1, type, [.. partitions.Select(p => new TopicPartition(p.Topic, p.Partition))])).Results;

    private static ErrorCode Resign(ControllerContext c, (string Topic, int Partition) name) =>
        Assert.Single(c.Ask<ElectLeadersAnswer>(
            new ResignLeadership(1, new TopicPartition(name.Topic, name.Partition))).Results).Error;

    private static ImmutableArray<ElectionResult> ElectAll(ControllerContext c, ElectionType type) =>
        c.Ask<ElectLeadersAnswer>(new ElectLeaders(1, type, null)).Results;
}
