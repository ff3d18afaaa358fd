using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Checks;

/// <summary>How long a leader may serve that has heard nothing from the controller.</summary>
internal sealed partial class ClusterChecks
{
    // Every state that the controller gave a partition, by which a leader that knows no later one must go.
    private readonly Dictionary<(TopicIdPartition, PartitionEpoch), PartitionRegistration> _states = [];

    // When a broker's replica was last a follower in an epoch, in truth, whatever its leader has heard of it.
    private readonly Dictionary<(BrokerId, TopicIdPartition, LeaderEpoch), long> _followedUntilUs = [];

    /// <summary>
    /// E3, I40: beyond its lease it serves only while all who might lead in its place are heard to follow it: ISR and ELR of the
    /// state that it knows. Nobody is heard whose broker has sent nothing.
    /// </summary>
    public void CheckLease(BrokerProcess broker, TopicIdPartition partition, ReadView view)
    {
        if (view.Role != ReplicaRole.Leader || broker.NowMs <= broker.GreatestLeaseEndMs || broker.NowMs > view.LeaseEndMs
            || broker.SlotOf(partition)?.Machine is not { } machine || machine.LeaderEpoch != view.LeaderEpoch
            || !_states.TryGetValue((partition, machine.PartitionEpoch), out var known) || known.Replicas.Length == 1)
        {
            return;
        }

        foreach (var other in known.Isr.Concat(known.Elr).Where(other => other != broker.Id))
        {
            RequireHeard(broker, known, other);
            RequireFollowing(broker, known, view.LeaderEpoch, other);
        }
    }

    private void OnFollowsNoMore(BrokerId broker, ReplicaSlot slot) =>
        _followedUntilUs[(broker, slot.Partition, slot.History.Epoch)] = World.Time.NowUs;

    /// <summary>E1: a broker that the controller fences, because it has not heard it, has no lease of that controller any more.</summary>
    private void CheckFenced(BrokerChangeRecord record, ControllerEpoch epoch, string reason)
    {
        var broker = cluster.BrokerOf(record.Broker);
        var controller = cluster.Controllers.FirstOrDefault(c => c.IsLeading && c.Epoch == epoch);
        if (controller is null || !broker.IsAlive || broker.Epoch != record.BrokerEpoch || broker.LeaseFrom != controller.Node)
            return;

        // Clocks need not agree.
        var leftMs = broker.LeaseEndMs - broker.NowMs - (2 * World.Profile.Drift * World.Profile.SessionMs) - 2;
        if (leftMs > 0)
            throw new Violation("I40", $"broker {broker.Id} is fenced and has a lease for another {leftMs:0} ms: {reason}");
    }

    /// <summary>
    /// E3: nobody who might have replaced this leader has been silent for a session. Asked of the contacts themselves, because
    /// the view that was published is renewed only when its end draws near: it may be older than they are.
    /// </summary>
    private bool IsFollowedByAll(BrokerProcess broker, ReplicaSlot slot) =>
        !cluster.IsUnclean(slot.Partition.TopicId)
        && slot.Machine!.Followers.All(follower => !(follower.InMaximalIsr || follower.InElr)
            || broker.NowMs <= follower.LastContactMs + World.Profile.SessionMs);

    /// <summary>Whoever has gone over to another leader, or is dead, has not done so longer than a session ago.</summary>
    private void RequireFollowing(BrokerProcess broker, PartitionRegistration partition, LeaderEpoch epoch, BrokerId other)
    {
        if (!_followedUntilUs.TryGetValue((other, partition.Id, epoch), out var untilUs)
            || cluster.BrokerOf(other).SlotOf(partition.Id) is { Machine: { Role: ReplicaRole.Follower } machine }
            && machine.LeaderEpoch == epoch)
        {
            return;
        }

        // Clocks need not agree.
        var silentMs = (World.Time.NowUs - untilUs) / 1000.0;
        Violation.Require(
            silentMs <= (World.Profile.SessionMs * (1 + (2 * World.Profile.Drift))) + 2, "E3",
            () => $"broker {broker.Id} serves {partition.Name} without a lease, and {other} stopped following it {silentMs} ms ago");
    }

    private void RequireHeard(BrokerProcess broker, PartitionRegistration partition, BrokerId other)
    {
        var heardMs = broker.HeardMs(other);
        Violation.Require(
            heardMs is not null && broker.NowMs <= heardMs + World.Profile.SessionMs, "I40",
            () => $"broker {broker.Id} serves {partition.Name} without a lease for {broker.NowMs - broker.LeaseEndMs} ms, and {other}, "
                + $"who may lead, has not been heard for {broker.NowMs - heardMs} ms: {Show(partition)}");
    }
}
