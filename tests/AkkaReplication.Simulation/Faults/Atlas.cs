using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Faults;

/// <summary>
/// Keeps damage within what replication promises to survive: of the replicas that count, at most min.insync.replicas - 1 may
/// have lost something at one time (KIP-966). A fault model without a limit would excuse every failure.
/// </summary>
internal sealed class Atlas(Cluster cluster)
{
    // Longer than the latest copy of a message is on its way.
    private const long InDoubtUs = 30_000_000;

    /// <summary>Whether a broker may lose what is on its disk. If so, it counts as damaged until it has registered again.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="isHidden">It lives on, and joins what it is not a member of yet, before anybody knows.</param>
    public bool TryDamage(BrokerProcess broker, bool isHidden = false)
    {
        if (!cluster.MayLoseAll && !CanLose(broker.Id, isHidden))
            return false;
        cluster.Damaged[broker.Id] = broker.IncarnationId;
        return true;
    }

    /// <summary>Whether a topic may be told that one replica is enough: not while anybody has lost something.</summary>
    public bool TryWeaken(string topic)
    {
        if (cluster.Damaged.Count > 0 || cluster.Flipped.Count > 0)
            return false;
        cluster.MinIsrInDoubt[topic] = cluster.World.Time.NowUs + InDoubtUs;
        return true;
    }

    /// <summary>
    /// Whether a broker may be restarted. One that hides a loss (its flush failed) will say so when it starts again, and is out
    /// of every ISR then.
    /// </summary>
    public bool MayDie(BrokerProcess broker) =>
        cluster.MayLoseAll || !cluster.Damaged.ContainsKey(broker.Id) || CanLose(broker.Id, isHidden: false);

    /// <summary>When nothing else goes wrong it is enough that everything is elsewhere, too, with somebody sound.</summary>
    public bool TryDamageAtRest(BrokerProcess broker)
    {
        if (cluster.Brokers.Any(b => !b.IsRunning))
            return false;
        foreach (var partition in cluster.Checks.Truth.Partitions)
        {
            var holders = partition.Isr.Concat(partition.Elr).ToArray();
            if (!cluster.IsUnclean(partition.TopicId) && cluster.Checks.HasCommitted(partition.Id) && holders.Contains(broker.Id)
                && holders.All(other => other == broker.Id || !IsSound(other, partition)))
            {
                return false;
            }
        }

        cluster.Damaged[broker.Id] = broker.IncarnationId;
        return true;
    }

    private bool IsSound(BrokerId broker, PartitionRegistration partition) =>
        !cluster.Damaged.ContainsKey(broker) && !cluster.Flipped.Contains((broker, partition.Id));

    /// <summary>It has found out by itself, and is no member before somebody replaces the disk.</summary>
    private bool IsOut(BrokerId broker, PartitionRegistration partition) =>
        cluster.BrokerOf(broker).SlotOf(partition.Id) is { Log: null, HasFailed: true };

    private bool CanLose(BrokerId broker, bool isHidden)
    {
        // A partition may be made on them at any moment, before anybody has heard of what they hide.
        if (cluster.Damaged.Keys.Any(other => other != broker))
            return false;
        foreach (var partition in cluster.Checks.Truth.Partitions)
        {
            var holders = partition.Isr.Concat(partition.Elr).ToArray();
            if (holders.Length == 0)
                holders = [.. partition.LastKnownElr];
            if (cluster.IsUnclean(partition.TopicId) || !(isHidden ? partition.Replicas : holders.AsEnumerable()).Contains(broker))
                continue;

            // Others may join before it is known what they hide. Where there were fewer than that to begin with, somebody sound
            // must be left all the same.
            var damaged = partition.Replicas.Count(other => other == broker
                || cluster.IsDamageHidden(other)
                || (cluster.Flipped.Contains((other, partition.Id)) && !IsOut(other, partition))
                || (holders.Contains(other) && !IsSound(other, partition)));
            var minIsr = cluster.MinIsrInDoubt.GetValueOrDefault(partition.Topic) > cluster.World.Time.NowUs ? 1 : partition.MinIsr;
            if (damaged > minIsr - 1 || holders.All(other => other == broker || !IsSound(other, partition)))
                return false;
        }

        return true;
    }
}
