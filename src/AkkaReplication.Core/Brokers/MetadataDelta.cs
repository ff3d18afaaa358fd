using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Brokers;

/// <summary>What lies between two images, as one broker is concerned (replication rules 8.3).</summary>
internal static class MetadataDelta
{
    /// <param name="wantedLogEnds">As of <paramref name="before"/>: unchanged topics, nearly all, are not looked at again.</param>
    public static MetadataApplied Between(
        MetadataImage before,
        MetadataImage after,
        BrokerId self,
        ImmutableArray<TopicId> deletedTopics,
        ImmutableArray<TopicIdPartition> wantedLogEnds)
    {
        var wanted = new SortedSet<TopicIdPartition>(wantedLogEnds.Where(id => IsUnchanged(before, after, id.TopicId)));
        var leading = ImmutableArray.CreateBuilder<PartitionUpdate>();
        var following = ImmutableArray.CreateBuilder<PartitionUpdate>();
        foreach (var topic in after.TopicsById.Values)
        {
            before.TopicsById.TryGetValue(topic.Id, out var earlier);
            if (ReferenceEquals(topic, earlier))
                continue;

            for (var p = 0; p < topic.Partitions.Count; p++)
            {
                var partition = topic.Partitions[p];
                if (partition.LastKnownElr.Contains(self) && LastKnownElections.IsOpen(partition))
                    wanted.Add(partition.Id);
                if (!partition.Replicas.Contains(self) || !HasChanged(earlier, topic, p))
                    continue;
                var update = new PartitionUpdate(after.Offset, partition, topic.Settings);
                (partition.Leader == self ? leading : following).Add(update);
            }
        }

        return new MetadataApplied(
            before,
            after,
            deletedTopics,
            Strays(before, after, self, deletedTopics),
            leading.ToImmutable(),
            following.ToImmutable(),
            !ReferenceEquals(before.BrokersView.Brokers, after.BrokersView.Brokers))
        {
            WantedLogEnds = [.. wanted],
        };
    }

    private static bool IsUnchanged(MetadataImage before, MetadataImage after, TopicId topic) =>
        after.TopicsById.TryGetValue(topic, out var now) && ReferenceEquals(now, before.TopicsById[topic]);

    private static bool HasChanged(TopicImage? earlier, TopicImage topic, int partition) =>
        earlier is null
        || partition >= earlier.Partitions.Count
        || earlier.Partitions[partition].PartitionEpoch != topic.Partitions[partition].PartitionEpoch
        || !earlier.Partitions[partition].Replicas.SequenceEqual(topic.Partitions[partition].Replicas)
        || earlier.Settings != topic.Settings;

    private static ImmutableArray<TopicIdPartition> Strays(
        MetadataImage before, MetadataImage after, BrokerId self, ImmutableArray<TopicId> deletedTopics)
    {
        var strays = ImmutableArray.CreateBuilder<TopicIdPartition>();
        foreach (var topic in before.TopicsById.Values)
        {
            if (deletedTopics.Contains(topic.Id))
                continue;
            if (after.TopicsById.TryGetValue(topic.Id, out var later) && ReferenceEquals(topic, later))
                continue;

            foreach (var partition in topic.Partitions)
            {
                if (partition.Replicas.Contains(self)
                    && after.TryGetPartition(partition.Id)?.Replicas.Contains(self) != true)
                {
                    strays.Add(partition.Id);
                }
            }
        }

        return strays.ToImmutable();
    }
}
