using System.Collections.Immutable;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Controller;

public sealed partial class ControllerDecider
{
    private static AlterPartitionsAnswer Alter(WorkingImage work, AlterPartitions request)
    {
        if (work.Image.TryGetBroker(request.Broker)?.Epoch != request.BrokerEpoch)
            return new AlterPartitionsAnswer(request.RequestId, ErrorCode.StaleBrokerEpoch, []);

        var answers = ImmutableArray.CreateBuilder<IsrProposalAnswer>(request.Proposals.Length);
        foreach (var proposal in request.Proposals)
            answers.Add(Alter(work, request.Broker, proposal));
        return new AlterPartitionsAnswer(request.RequestId, ErrorCode.None, answers.MoveToImmutable());
    }

    private static IsrProposalAnswer Alter(WorkingImage work, BrokerId sender, IsrProposal proposal)
    {
        var error = Validate(work.Image, sender, proposal);
        if (error != ErrorCode.None)
        {
            return new IsrProposalAnswer(
                proposal.Partition,
                proposal.ProposalId,
                error,
                BrokerId.None,
                LeaderEpoch.None,
                PartitionEpoch.None,
                LeaderRecoveryState.Recovered,
                [])
            {
                MetadataOffset = work.Image.Offset,
            };
        }

        var before = work.Image.TryGetPartition(proposal.Partition)!;
        if (IsKeep(before, proposal))
        {
            // The one record that changes nothing but the partition epoch: it kills every older copy of a proposal (L1).
            work.Add(new PartitionChangeRecord(before.TopicId, before.Partition));
        }
        else
        {
            var image = work.Image;
            var builder = new PartitionChangeBuilder(before, broker => IsAcceptable(image, broker, before.Id))
            {
                TargetIsr = MembersOf(proposal),
                Mode = ModeFor(image, before),
                RecoveryState = proposal.RecoveryState,
            };
            if (builder.Build() is { } record)
                work.Add(record);
        }

        var after = work.Image.TryGetPartition(proposal.Partition)!;
        return new IsrProposalAnswer(
            proposal.Partition,
            proposal.ProposalId,
            after.Leader == sender ? ErrorCode.None : ErrorCode.NewLeaderElected,
            after.Leader,
            after.LeaderEpoch,
            after.PartitionEpoch,
            after.RecoveryState,
            after.Isr);
    }

    /// <summary>The tests of AlterPartition in Kafka's order (replication rules 2.4); the order decides which error is seen.</summary>
    private static ErrorCode Validate(MetadataImage image, BrokerId sender, IsrProposal proposal)
    {
        if (!image.TopicsById.ContainsKey(proposal.Partition.TopicId))
            return ErrorCode.UnknownTopicId;
        if (image.TryGetPartition(proposal.Partition) is not { } partition)
            return ErrorCode.UnknownTopicOrPartition;

        // An epoch that this controller never gave out: it is the one who is behind (KAFKA-14154).
        if (proposal.LeaderEpoch > partition.LeaderEpoch || proposal.PartitionEpoch > partition.PartitionEpoch)
            return ErrorCode.NotController;
        if (proposal.LeaderEpoch < partition.LeaderEpoch)
            return ErrorCode.FencedLeaderEpoch;
        if (sender != partition.Leader)
            return ErrorCode.InvalidRequest;
        if (proposal.PartitionEpoch < partition.PartitionEpoch)
            return ErrorCode.InvalidUpdateVersion;
        if (!IsWellFormed(partition, proposal))
            return ErrorCode.InvalidRequest;
        return IsKeep(partition, proposal) || proposal.NewIsr.All(m => IsEligible(image, partition, m))
            ? ErrorCode.None
            : ErrorCode.IneligibleReplica;
    }

    private static bool IsWellFormed(PartitionRegistration partition, IsrProposal proposal)
    {
        var members = MembersOf(proposal);
        if (members.Distinct().Count() != members.Length
            || !members.All(partition.Replicas.Contains)
            || !members.Contains(partition.Leader))
        {
            return false;
        }

        return proposal.RecoveryState == LeaderRecoveryState.Recovered
            || (partition.RecoveryState == LeaderRecoveryState.Recovering && members.Length == 1);
    }

    private static bool IsEligible(MetadataImage image, PartitionRegistration partition, IsrMember member) =>
        IsAcceptable(image, member.Broker, partition.Id)
        && (member.Epoch == BrokerEpoch.Unknown || member.Epoch == image.Brokers[member.Broker].Epoch);

    /// <summary>The leader asks that nothing be changed; nobody new is admitted, so nobody is judged.</summary>
    private static bool IsKeep(PartitionRegistration partition, IsrProposal proposal) =>
        partition.RecoveryState == proposal.RecoveryState && partition.Isr.HasSameMembers(MembersOf(proposal));

    private static ImmutableArray<BrokerId> MembersOf(IsrProposal proposal) => [.. proposal.NewIsr.Select(m => m.Broker)];
}
