using AkkaReplication.Controller;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Controller;

/// <summary>The table of replication rules 2.4, a row per case: the error, the state, and the neighbours.</summary>
public sealed class AlterPartitionTests
{
    public static TheoryData<string, ErrorCode> Rows => new()
    {
        { "unknown topic id", ErrorCode.UnknownTopicId },
        { "unknown partition", ErrorCode.UnknownTopicOrPartition },
        { "greater leader epoch", ErrorCode.NotController },
        { "greater partition epoch", ErrorCode.NotController },
        { "lower leader epoch", ErrorCode.FencedLeaderEpoch },
        { "not the leader", ErrorCode.InvalidRequest },
        { "lower partition epoch", ErrorCode.InvalidUpdateVersion },
        { "duplicate member", ErrorCode.InvalidRequest },
        { "member without a replica", ErrorCode.InvalidRequest },
        { "negative member", ErrorCode.InvalidRequest },
        { "without the leader", ErrorCode.InvalidRequest },
        { "empty", ErrorCode.InvalidRequest },
        { "recovering with two", ErrorCode.InvalidRequest },
        { "recovered to recovering", ErrorCode.InvalidRequest },
        { "fenced member", ErrorCode.IneligibleReplica },
        { "member shutting down", ErrorCode.IneligibleReplica },
        { "member of an earlier life", ErrorCode.IneligibleReplica },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_bad_proposal_gets_its_error_and_its_neighbour_is_decided(string row, ErrorCode expected)
    {
        var (c, sender, proposal) = Arrange(row);
        var before = c.Image.TryGetPartition(proposal.Partition);
        var neighbour = c.Partition("t", 1);

        var answer = c.Alter(sender, proposal, c.Proposal(neighbour, sender));

        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.Equal([expected, ErrorCode.None], answer.Answers.Select(a => a.Error));
        Assert.Same(before, c.Image.TryGetPartition(proposal.Partition));
        c.Partition("t", 1).Is(isr: [sender]);
    }

    [Fact]
    public void An_unknown_life_of_the_sender_is_stale_as_a_whole()
    {
        var c = Three();

        var answer = c.Ask<AlterPartitionsAnswer>(new AlterPartitions(
            new(0), c.EpochOf(0).Next(), 5, [c.Proposal(c.Partition(), 0)]));

        Assert.Equal(ErrorCode.StaleBrokerEpoch, answer.Error);
        Assert.Equal(5, answer.RequestId);
        Assert.Empty(answer.Answers);
    }

    [Fact]
    public void A_shrink_and_an_expand_move_the_partition_epoch_and_not_the_leader_epoch()
    {
        var c = Three();

        var shrunk = c.AlterOne(0, c.Proposal(c.Partition(), 0, 2));
        Assert.Equal((1, 0), (shrunk.PartitionEpoch.Value, shrunk.LeaderEpoch.Value));
        Assert.Equal([0, 2], shrunk.Isr.Select(b => b.Value));
        var expanded = c.AlterOne(0, c.Proposal(c.Partition(), 0, 2, 1));

        Assert.Equal(2, expanded.PartitionEpoch.Value);
        c.Partition().Is(leader: 0, isr: [0, 1, 2], leaderEpoch: 0, partitionEpoch: 2);
    }

    [Fact]
    public void A_member_whose_epoch_the_leader_never_heard_is_admitted_when_it_lives()
    {
        var c = Three();
        c.SetIsr("t", 0);

        var proposal = c.Proposal(c.Partition(), 0, 1) with
        {
            NewIsr = [new IsrMember(new(0), c.EpochOf(0)), new IsrMember(new(1), BrokerEpoch.Unknown)],
        };

        Assert.Equal(ErrorCode.None, c.AlterOne(0, proposal).Error);
    }

    [Fact]
    public void A_keep_bumps_the_partition_epoch_alone_and_kills_older_copies()
    {
        // L1. An older copy of the expand may still be under way; after the keep it can do nothing.
        var c = Three();
        c.SetIsr("t", 0, 1);
        var p = c.Partition();
        var lateCopy = c.Proposal(p, 0, 1, 2);

        var keep = c.AlterOne(0, c.Proposal(p, 0, 1));

        Assert.Equal(ErrorCode.None, keep.Error);
        c.Partition().Is(leader: 0, isr: [0, 1], leaderEpoch: 0, partitionEpoch: p.PartitionEpoch.Value + 1);
        Assert.Equal(c.Partition().PartitionEpoch, keep.PartitionEpoch);
        Assert.Single(c.Log[^1].Records);
        Assert.Equal(ErrorCode.InvalidUpdateVersion, c.AlterOne(0, lateCopy).Error);
    }

    [Fact]
    public void A_keep_is_not_refused_for_what_the_leader_has_heard_of_a_members_epoch()
    {
        var c = Three();
        var p = c.Partition();
        var keep = c.Proposal(p, 0, 1, 2) with
        {
            NewIsr = [.. p.Isr.Select(b => new IsrMember(b, new BrokerEpoch(c.EpochOf(b.Value).Value - 1)))],
        };

        Assert.Equal(ErrorCode.None, c.AlterOne(0, keep).Error);
    }

    [Fact]
    public void A_leader_that_recovered_says_so_by_the_same_isr()
    {
        var c = Recovering();

        var answer = c.AlterOne(1, c.Proposal(c.Partition(), 1));

        Assert.Equal(LeaderRecoveryState.Recovered, answer.RecoveryState);
        c.Partition().Is(isr: [1], recovery: LeaderRecoveryState.Recovered);
        Assert.Equal(ErrorCode.None, c.AlterOne(1, c.Proposal(c.Partition(), 0, 1)).Error);
    }

    [Fact]
    public void The_second_proposal_of_one_request_for_one_partition_sees_the_first()
    {
        var c = Three();
        var p = c.Partition();

        var answer = c.Alter(0, c.Proposal(p, 0, 1), c.Proposal(p, 0, 2));

        Assert.Equal([ErrorCode.None, ErrorCode.InvalidUpdateVersion], answer.Answers.Select(a => a.Error));
        c.Partition().Is(isr: [0, 1]);
    }

    [Fact]
    public void Shrinking_below_min_isr_fills_the_elr_and_reaching_it_empties_it()
    {
        var c = Three();

        c.SetIsr("t", 0);
        c.Partition().Is(isr: [0], elr: [1, 2]);
        c.SetIsr("t", 0, 2);

        c.Partition().Is(isr: [0, 2], elr: []);
    }

    private static ControllerContext Three() =>
        new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2], [0, 1, 2]]);

    private static ControllerContext Recovering()
    {
        var c = new ControllerContext().Running(0, 1)
            .Topic("t", [[0, 1], [1, 0]], (TopicConfigs.UncleanLeaderElectionEnable, "true"));
        c.SetIsr("t", 0);
        c.Fence(0);
        c.Unfence(0);
        c.Partition().Is(leader: 1, isr: [1], recovery: LeaderRecoveryState.Recovering);
        return c;
    }

    private static (ControllerContext Context, int Sender, IsrProposal Proposal) Arrange(string row)
    {
        if (row == "recovering with two")
        {
            var r = Recovering();
            return (r, 1, r.Proposal(r.Partition(), 0, 1) with { RecoveryState = LeaderRecoveryState.Recovering });
        }

        var c = Three();
        c.SetIsr("t", 0, 1);
        c.Fence(2);
        c.Unfence(2);
        var p = c.Partition();
        IsrMember Member(int id) => new(new(id), c.Image.TryGetBroker(new(id))?.Epoch ?? BrokerEpoch.Unknown);
        var all = c.Proposal(p, 0, 1, 2);
        switch (row)
        {
            case "unknown topic id":
                return (c, 0, all with { Partition = new TopicIdPartition(new TopicId(Guid.Empty), 0) });
            case "unknown partition":
                return (c, 0, all with { Partition = p.Id with { Partition = 9 } });
            case "greater leader epoch":
                return (c, 0, all with { LeaderEpoch = p.LeaderEpoch.Next() });
            case "greater partition epoch":
                return (c, 0, all with { PartitionEpoch = p.PartitionEpoch.Next() });
            case "lower leader epoch":
                return (c, 0, all with { LeaderEpoch = new LeaderEpoch(p.LeaderEpoch.Value - 1), NewIsr = [] });
            case "not the leader":
                c.Topic("u", [[1, 0]]);
                return (c, 0, c.Proposal(c.Partition("u"), 0, 1) with { PartitionEpoch = new PartitionEpoch(-1) });
            case "lower partition epoch":
                return (c, 0, all with { PartitionEpoch = new PartitionEpoch(p.PartitionEpoch.Value - 1), NewIsr = [] });
            case "duplicate member":
                return (c, 0, all with { NewIsr = [Member(0), Member(1), Member(1)] });
            case "member without a replica":
                c.Running(5);
                return (c, 0, all with { NewIsr = [Member(0), Member(5)] });
            case "negative member":
                return (c, 0, all with { NewIsr = [Member(0), Member(-1)] });
            case "without the leader":
                return (c, 0, all with { NewIsr = [Member(1), Member(2)] });
            case "empty":
                return (c, 0, all with { NewIsr = [] });
            case "recovered to recovering":
                return (c, 0, all with { NewIsr = [Member(0)], RecoveryState = LeaderRecoveryState.Recovering });
            case "fenced member":
                c.Fence(2);
                return (c, 0, c.Proposal(c.Partition(), 0, 1, 2));
            case "member shutting down":
                c.Topic("u", [[2]]);
                c.Heartbeat(2, wantShutDown: true);
                Assert.True(c.Broker(2) is { InControlledShutdown: true, Fenced: false });
                return (c, 0, c.Proposal(c.Partition(), 0, 1, 2));
            case "member of an earlier life":
                var earlier = c.EpochOf(2);
                c.Register(2);
                c.Unfence(2);
                return (c, 0, c.Proposal(c.Partition(), 0, 1) with
                {
                    NewIsr = [Member(0), Member(1), new IsrMember(new(2), earlier)],
                });
            default:
                throw new ArgumentOutOfRangeException(nameof(row), row, null);
        }
    }
}
