using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Processes;

namespace AkkaReplication.Simulation.Checks;

/// <summary>What a leader owes to others, and who may enter its ISR.</summary>
internal sealed partial class ClusterChecks
{
    private readonly Dictionary<(TopicIdPartition, LeaderEpoch), long> _epochStarts = [];

    /// <summary>
    /// I14: whoever the controller might elect counts with the leader. I37: what everybody has is committed at once, not at the
    /// next occasion, which may never come.
    /// </summary>
    private void CheckDuties(BrokerProcess broker, ReplicaSlot slot)
    {
        var machine = slot.Machine!;
        if (Truth.TryGetPartition(slot.Partition) is { } truth
            && truth.LeaderEpoch == machine.LeaderEpoch
            && truth.PartitionEpoch >= machine.PartitionEpoch)
        {
            foreach (var member in truth.Isr)
            {
                if (!machine.MaximalIsr.Contains(member))
                    throw Broken("I14", broker, slot, $"{member} is missing in [{string.Join(", ", machine.MaximalIsr)}]");
            }
        }

        if (machine.CommittedIsr.Length < machine.Registration!.MinIsr)
            return;
        var held = World.Profile.Fsync ? FlushedEndOf(slot) : slot.Log!.LogEndOffset;
        foreach (var follower in machine.Followers)
            held = Math.Min(held, follower.LogEndOffset);
        if (machine.HighWatermark < held)
            throw Broken("I37", broker, slot, $"everybody has {held}, the high watermark stays at {machine.HighWatermark}");
    }

    /// <summary>
    /// The disk is ahead of the completion that is on its way: what that covers the leader looks at when it comes.
    /// </summary>
    private static long FlushedEndOf(ReplicaSlot slot)
    {
        var flushed = slot.Log!.FlushedEndOffset;
        return slot.FlushesUnderWay == 0 ? flushed : Math.Min(flushed, slot.ToldFlushedEndOffset);
    }

    /// <summary>A turn's effects are carried out. I37: who waits for what is committed has been answered.</summary>
    public void AfterEffects(BrokerProcess broker, ReplicaSlot slot)
    {
        var machine = slot.Machine!;
        if (machine.PendingProduceCount == 0 || machine.Role != ReplicaRole.Leader || slot.HasFailed || slot.LeaseEndMs < broker.NowMs)
            return;
        foreach (var produce in slot.History.Produces.Values)
        {
            if (produce.Acks == -1 && produce.EndBefore + produce.Count <= machine.HighWatermark)
                throw Broken("I37", broker, slot, $"what was produced at {produce.EndBefore} is not answered, the high watermark is {machine.HighWatermark}");
        }
    }

    /// <summary>I15: whoever is proposed has had all that the leader began with (TLA rule 4), and nothing below where its log begins.</summary>
    private void CheckProposal(BrokerProcess broker, ReplicaSlot slot)
    {
        var (machine, history) = (slot.Machine!, slot.History);
        if (machine.PendingIsrProposal is not { } proposal || proposal.ProposalId == history.Proposal)
            return;
        history.Proposal = proposal.ProposalId;
        foreach (var member in proposal.NewIsr)
        {
            if (machine.CommittedIsr.Contains(member.Broker))
                continue;

            var had = _most.GetValueOrDefault((member.Broker, slot.Partition, machine.LeaderEpoch));
            var start = _epochStarts.GetValueOrDefault((slot.Partition, machine.LeaderEpoch));
            if (had < start)
                throw Broken("I15", broker, slot, $"proposes {member.Broker}, which has had {had} at most, epoch {machine.LeaderEpoch} began at {start}");

            var other = cluster.BrokerOf(member.Broker);
            if (other.Epoch == member.Epoch
                && other.SlotOf(slot.Partition) is { Log: { } log, HasFailed: false, IsStopped: false, Machine.Role: ReplicaRole.Follower }
                && log.LogStartOffset < slot.Log!.LogStartOffset)
            {
                throw Broken("I41", broker, slot, $"proposes {member.Broker}, whose log starts at {log.LogStartOffset}, the leader's at {slot.Log.LogStartOffset}");
            }
        }
    }

    /// <summary>KIP-107: a deletion is answered when nobody who counts begins before it.</summary>
    private void CheckDeletionIsFollowed(BrokerProcess broker, ReplicaSlot slot, long lowWatermark)
    {
        foreach (var follower in slot.Machine!.Followers)
        {
            var other = cluster.BrokerOf(follower.Broker);
            if (!follower.InMaximalIsr || other.Epoch != follower.BrokerEpoch
                || other.SlotOf(slot.Partition) is not { Log: { } log, HasFailed: false, IsStopped: false })
            {
                continue;
            }

            if (log.LogStartOffset < lowWatermark)
                throw Broken("I41", broker, slot, $"is deleted below {lowWatermark}, but starts at {log.LogStartOffset} on {follower.Broker}");
        }
    }

    /// <summary>Whoever enters the ISR has what is committed, from its first offset on.</summary>
    private void CheckJoins(BrokerId member, PartitionRegistration partition)
    {
        var broker = cluster.BrokerOf(member);
        if (_excused.ContainsKey(partition.Id) || !broker.IsAlive || broker.Epoch != Truth.TryGetBroker(member)?.Epoch
            || broker.SlotOf(partition.Id) is not { Log: { } log, HasFailed: false, IsStopped: false } slot
            || slot.Machine!.Role == ReplicaRole.Offline)
        {
            return;
        }

        if (FirstDifference(log, CommittedOf(partition.Id), log.LogStartOffset) is { } at)
            throw Broken("I15", broker, slot, $"enters the isr and has something else at {at} than what is committed");
    }
}
