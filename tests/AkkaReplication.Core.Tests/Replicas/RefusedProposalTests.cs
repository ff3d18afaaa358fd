using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>
/// Our rule L1: a refused proposal may still be accepted in an older copy, so the leader goes on counting with it until
/// a keep, or metadata, has moved the partition epoch past every copy.
/// </summary>
public sealed class RefusedProposalTests
{
    private readonly ReplicaUnderTest _leader = new ReplicaUnderTest().WithIsr(0, 1).Leading().CatchUp(1, 2);
    private readonly IsrProposal _expand;

    public RefusedProposalTests() => _expand = _leader.Replica.PendingIsrProposal!;

    [Fact]
    public void Refusal_is_followed_by_a_keep_of_the_committed_isr_under_the_same_epochs()
    {
        _leader.AnswerIsr(_expand, ErrorCode.IneligibleReplica);

        var keep = _leader.Only<ProposeIsr>().Proposal;
        Assert.Equal([0, 1], keep.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(_expand.PartitionEpoch, keep.PartitionEpoch);
        Assert.Equal(_expand.LeaderEpoch, keep.LeaderEpoch);
        Assert.NotEqual(_expand.ProposalId, keep.ProposalId);
        Assert.Equal([0, 1, 2], _leader.Replica.MaximalIsr.Select(id => id.Value));
    }

    [Fact]
    public void The_refused_member_holds_the_high_watermark_until_the_keep_is_confirmed()
    {
        var token = _leader.Produce();
        _leader.CatchUp(1).Fence(2).AnswerIsr(_expand, ErrorCode.IneligibleReplica);
        Assert.Equal(0, _leader.Replica.HighWatermark);

        _leader.AnswerIsr(_leader.Replica.PendingIsrProposal!);

        Assert.Equal([0, 1], _leader.Replica.MaximalIsr.Select(id => id.Value));
        Assert.Equal(1, _leader.Replica.HighWatermark);
        Assert.Equal(ErrorCode.None, _leader.AnswerTo(token));
    }

    [Fact]
    public void An_old_copy_of_the_expansion_that_wins_against_the_keep_loses_nothing()
    {
        var controller = new CompareAndSet(_leader.Registration);
        var token = _leader.Produce();
        _leader.CatchUp(1).AnswerIsr(_expand, ErrorCode.IneligibleReplica);
        var keep = _leader.Only<ProposeIsr>().Proposal;

        // The late copy comes first and is accepted: its answer is nobody's any more, the keep is outdated.
        _leader.AnswerIsr(_expand, controller.Decide(_expand));
        Assert.Equal(ErrorCode.InvalidUpdateVersion, controller.Decide(keep));
        _leader.AnswerIsr(keep, ErrorCode.InvalidUpdateVersion);

        Assert.Superset(controller.Isr, _leader.Replica.MaximalIsr.ToHashSet());
        Assert.Equal(0, _leader.Replica.HighWatermark);
        Assert.Null(_leader.AnswerTo(token));

        _leader.Tell(controller.Registration);
        Assert.Equal([0, 1, 2], _leader.Replica.CommittedIsr.Select(id => id.Value));
        _leader.CatchUp(2);
        Assert.Equal(ErrorCode.None, _leader.AnswerTo(token));
    }

    [Fact]
    public void Once_the_keep_is_confirmed_every_old_copy_is_dead()
    {
        var controller = new CompareAndSet(_leader.Registration);
        _leader.AnswerIsr(_expand, ErrorCode.IneligibleReplica);
        var keep = _leader.Only<ProposeIsr>().Proposal;

        _leader.AnswerIsr(keep, controller.Decide(keep));

        Assert.Equal(ErrorCode.InvalidUpdateVersion, controller.Decide(_expand));
        Assert.Equal([0, 1], _leader.Replica.MaximalIsr.Select(id => id.Value));
        Assert.Superset(controller.Isr, _leader.Replica.MaximalIsr.ToHashSet());
    }

    [Fact]
    public void A_refused_keep_is_proposed_again()
    {
        _leader.AnswerIsr(_expand, ErrorCode.IneligibleReplica);
        var keep = _leader.Replica.PendingIsrProposal!;

        _leader.AnswerIsr(keep, ErrorCode.IneligibleReplica);

        var second = _leader.Only<ProposeIsr>().Proposal;
        Assert.NotEqual(keep.ProposalId, second.ProposalId);
        Assert.Equal(keep.NewIsr.AsEnumerable(), second.NewIsr);
        Assert.Equal([0, 1, 2], _leader.Replica.MaximalIsr.Select(id => id.Value));
    }

    [Fact]
    public void A_refused_shrink_keeps_counting_with_those_who_should_have_left()
    {
        var leader = new ReplicaUnderTest().Leading().CatchUp(1, 2);
        leader.Produce();
        leader.CatchUp(1).Advance(ReplicaUnderTest.Lag);
        leader.CatchUp(1).Advance(ReplicaUnderTest.Lag / 2);
        var shrink = leader.Only<ProposeIsr>().Proposal;

        leader.AnswerIsr(shrink, ErrorCode.IneligibleReplica);

        Assert.Equal([0, 1, 2], leader.Only<ProposeIsr>().Proposal.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal(0, leader.Replica.HighWatermark);
    }

    [Fact]
    public void The_refused_follower_is_proposed_again_only_after_the_brokers_changed()
    {
        _leader.AnswerIsr(_expand, ErrorCode.IneligibleReplica).AnswerIsr(_leader.Replica.PendingIsrProposal!);
        _leader.No<ProposeIsr>();
        _leader.CatchUp(2);
        _leader.No<ProposeIsr>();
        _leader.Advance(ReplicaUnderTest.Lag);
        _leader.No<ProposeIsr>();
        Assert.DoesNotContain(ReplicaTimer.CheckLag, _leader.Timers.Keys);

        _leader.Fence(2).Unfence(2);

        Assert.Equal(2, _leader.Only<ProposeIsr>().Proposal.NewIsr[^1].Broker.Value);
    }

    [Fact]
    public void What_a_controller_refused_that_knew_less_is_proposed_to_the_one_that_took_over()
    {
        _leader.Fence(2).Unfence(2).AnswerIsr(_expand, ErrorCode.IneligibleReplica, metadataOffset: 0);

        _leader.AnswerIsr(_leader.Replica.PendingIsrProposal!);

        Assert.Equal(2, _leader.Only<ProposeIsr>().Proposal.NewIsr[^1].Broker.Value);
    }

    [Fact]
    public void Metadata_that_changes_no_broker_does_not_bring_the_refused_follower_back()
    {
        // The keep itself moves the metadata on: proposing again for that alone would never end.
        _leader.AnswerIsr(_expand, ErrorCode.IneligibleReplica).AnswerIsr(_leader.Replica.PendingIsrProposal!);

        _leader.PassMetadata().Tell().CatchUp(2);

        _leader.No<ProposeIsr>();
        Assert.Null(_leader.Replica.PendingIsrProposal);
    }

    [Fact]
    public void A_follower_whose_replica_is_offline_is_proposed_once_it_is_back()
    {
        var leader = new ReplicaUnderTest().WithIsr(0, 1).Leading();
        leader.ChangeBroker(2, status => status with { OfflineReplicas = [leader.Replica.Partition] }).CatchUp(1, 2);
        leader.No<ProposeIsr>();

        leader.ChangeBroker(2, status => status with { OfflineReplicas = [] });

        Assert.Equal(2, leader.Only<ProposeIsr>().Proposal.NewIsr[^1].Broker.Value);
    }

    [Fact]
    public void Not_attempted_reverts_at_once_when_no_copy_has_left_the_broker()
    {
        var token = _leader.Produce();
        _leader.CatchUp(1).Fence(2).AnswerIsr(_expand, ErrorCode.OperationNotAttempted);

        _leader.No<ProposeIsr>();
        Assert.Null(_leader.Replica.PendingIsrProposal);
        Assert.Equal([0, 1], _leader.Replica.MaximalIsr.Select(id => id.Value));
        Assert.Equal(ErrorCode.None, _leader.AnswerTo(token));
    }

    [Fact]
    public void Not_attempted_does_not_revert_a_proposal_that_was_submitted_before()
    {
        _leader.AnswerIsr(_expand, ErrorCode.UnknownServerError).AnswerIsr(_expand, ErrorCode.OperationNotAttempted);

        Assert.Equal([0, 1], _leader.Only<ProposeIsr>().Proposal.NewIsr.Select(member => member.Broker.Value));
        Assert.Equal([0, 1, 2], _leader.Replica.MaximalIsr.Select(id => id.Value));
    }

    [Fact]
    public void After_not_attempted_an_idle_follower_is_proposed_again_by_the_lag_timer()
    {
        _leader.AnswerIsr(_expand, ErrorCode.OperationNotAttempted).Advance(ReplicaUnderTest.Lag);

        Assert.Equal(_expand.NewIsr.AsEnumerable(), _leader.Only<ProposeIsr>().Proposal.NewIsr);
    }

    /// <summary>The controller, reduced to what L1 is about.</summary>
    private sealed class CompareAndSet(PartitionRegistration registration)
    {
        public PartitionRegistration Registration { get; private set; } = registration;

        public HashSet<BrokerId> Isr => [.. Registration.Isr];

        public ErrorCode Decide(IsrProposal proposal)
        {
            if (proposal.PartitionEpoch != Registration.PartitionEpoch)
                return ErrorCode.InvalidUpdateVersion;

            Registration = Registration with
            {
                Isr = [.. proposal.NewIsr.Select(member => member.Broker)],
                PartitionEpoch = Registration.PartitionEpoch.Next(),
            };
            return ErrorCode.None;
        }
    }
}
