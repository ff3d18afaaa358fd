using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>Tells what a committed batch changed, for people and tests.</summary>
internal static class MetadataObservations
{
    public static IEnumerable<ClusterObservation> Between(string cluster, MetadataImage before, MetadataImage after)
    {
        if (!ReferenceEquals(before.Brokers, after.Brokers))
        {
            foreach (var observation in Brokers(cluster, before, after))
                yield return observation;
        }

        if (ReferenceEquals(before.TopicsById, after.TopicsById))
            yield break;
        foreach (var (id, topic) in before.TopicsById)
        {
            if (!after.TopicsById.ContainsKey(id))
                yield return new TopicDeleted(cluster, topic.Name, id, topic.Partitions.Count);
        }

        foreach (var (id, topic) in after.TopicsById)
        {
            before.TopicsById.TryGetValue(id, out var old);
            if (ReferenceEquals(old, topic))
                continue;
            foreach (var partition in topic.Partitions)
            {
                var was = old is not null && partition.Partition < old.Partitions.Count
                    ? old.Partitions[partition.Partition]
                    : null;
                if (ReferenceEquals(was, partition))
                    continue;
                foreach (var observation in Partition(cluster, was, partition))
                    yield return observation;
            }
        }
    }

    private static IEnumerable<ClusterObservation> Brokers(string cluster, MetadataImage before, MetadataImage after)
    {
        foreach (var (id, broker) in after.Brokers)
        {
            before.Brokers.TryGetValue(id, out var was);
            if (ReferenceEquals(was, broker))
                continue;
            if (was?.Epoch != broker.Epoch)
                yield return new BrokerRegistered(cluster, id, broker.Epoch);
            if (was is { Fenced: false } && (broker.Fenced || was.Epoch != broker.Epoch))
                yield return new BrokerFenced(cluster, id, was.Epoch);
            if (!broker.Fenced && (was is null || was.Fenced))
                yield return new BrokerUnfenced(cluster, id, broker.Epoch);
        }
    }

    private static IEnumerable<ClusterObservation> Partition(
        string cluster, PartitionRegistration? was, PartitionRegistration now)
    {
        var previous = was?.Leader ?? BrokerId.None;
        if (now.Leader.Exists && was?.LeaderEpoch != now.LeaderEpoch)
        {
            var clean = was is null || was.Isr.Contains(now.Leader) || was.Elr.Contains(now.Leader);
            yield return new LeaderElected(cluster, now.Name, previous, now.Leader, now.LeaderEpoch, clean);
        }

        if (!now.Leader.Exists && previous.Exists)
            yield return new PartitionWentOffline(cluster, now.Name, previous, now.LeaderEpoch, now.Isr, now.Elr);
        if (was is not null && !was.Isr.SequenceEqual(now.Isr))
            yield return new IsrChanged(cluster, now.Name, was.Isr, now.Isr, now.Elr);
    }
}
