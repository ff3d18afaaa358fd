using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Faults;

/// <summary>
/// Keeps damage within what replication promises to survive: of the replicas that count, at most min.insync.replicas - 1 may
/// have lost something at one time (KIP-966). A fault model without a limit would excuse every failure.
/// </summary>
internal sealed class Atlas(Cluster cluster)
{
    /// <summary>Whether a broker may lose what is on its disk. If so, it counts as damaged until it has registered again.</summary>
    public bool TryDamage(BrokerProcess broker)
    {
        if (!cluster.MayLoseAll && !CanLose(broker.Id))
            return false;
        cluster.Damaged.Add(broker.Id);
        return true;
    }

    /// <summary>
    /// Whether a broker may be restarted. One that hides a loss (its flush failed) will say so when it starts again, and is out
    /// of every ISR then.
    /// </summary>
    public bool MayDie(BrokerProcess broker) =>
        cluster.MayLoseAll || !cluster.Damaged.Contains(broker.Id) || CanLose(broker.Id);

    /// <summary>When nothing else goes wrong it is enough that everything is elsewhere, too, with somebody sound.</summary>
    public bool TryDamageAtRest(BrokerProcess broker)
    {
        if (cluster.Brokers.Any(b => !b.IsRunning || (b != broker && cluster.Damaged.Contains(b.Id))))
            return false;
        foreach (var partition in cluster.Checks.Truth.Partitions)
        {
            var holders = partition.Isr.Concat(partition.Elr).ToArray();
            if (!cluster.IsUnclean(partition.TopicId) && holders.Contains(broker.Id) && holders.Length < 2)
                return false;
        }

        cluster.Damaged.Add(broker.Id);
        return true;
    }

    private bool CanLose(BrokerId broker)
    {
        foreach (var partition in cluster.Checks.Truth.Partitions)
        {
            var holders = partition.Isr.Concat(partition.Elr);
            if (partition.Isr.IsEmpty && partition.Elr.IsEmpty)
                holders = partition.LastKnownElr;
            if (cluster.IsUnclean(partition.TopicId) || !holders.Contains(broker))
                continue;

            // Where there were fewer than that to begin with, somebody sound must be left all the same.
            var damaged = holders.Count(other => other == broker || cluster.Damaged.Contains(other));
            if (damaged > partition.MinIsr - 1 || damaged == holders.Count())
                return false;
        }

        return true;
    }
}
