using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>
/// What elections ask of an image. Each index is built in one pass when first asked for and kept with the image: most
/// images are asked nothing, and one that is kept up with every record would be one more thing to be wrong.
/// </summary>
public sealed partial class MetadataImage
{
    private Indices? _indices;

    /// <summary>Partitions with the broker in their ISR (also where it leads), in ascending order.</summary>
    public ImmutableArray<TopicIdPartition> PartitionsWithIsrMember(BrokerId broker) => Of(Index.InIsr, broker);

    /// <summary>Partitions with the broker in their ELR, in ascending order.</summary>
    public ImmutableArray<TopicIdPartition> PartitionsWithElrMember(BrokerId broker) => Of(Index.InElr, broker);

    /// <summary>Partitions that the broker leads, in ascending order.</summary>
    public ImmutableArray<TopicIdPartition> PartitionsLedBy(BrokerId broker) => Of(Index.Led, broker);

    /// <summary>Partitions without a leader, in ascending order.</summary>
    public ImmutableArray<TopicIdPartition> Leaderless => Index.Leaderless;

    /// <summary>Partitions whose leader is not the first of their replicas, in ascending order.</summary>
    public ImmutableArray<TopicIdPartition> Imbalanced => Index.Imbalanced;

    /// <summary>All partitions, in ascending order.</summary>
    public IEnumerable<PartitionRegistration> Partitions => TopicsById.Values.SelectMany(t => t.Partitions);

    // Two threads may build it twice; both get the same.
    private Indices Index => _indices ??= new Indices(this);

    private static ImmutableArray<TopicIdPartition> Of(
        Dictionary<BrokerId, ImmutableArray<TopicIdPartition>.Builder> index, BrokerId broker) =>
        index.TryGetValue(broker, out var partitions) ? partitions.ToImmutable() : [];

    private sealed class Indices
    {
        // Looked up by key only, never enumerated.
        public readonly Dictionary<BrokerId, ImmutableArray<TopicIdPartition>.Builder> InIsr = [];
        public readonly Dictionary<BrokerId, ImmutableArray<TopicIdPartition>.Builder> InElr = [];
        public readonly Dictionary<BrokerId, ImmutableArray<TopicIdPartition>.Builder> Led = [];
        public readonly ImmutableArray<TopicIdPartition> Leaderless;
        public readonly ImmutableArray<TopicIdPartition> Imbalanced;

        public Indices(MetadataImage image)
        {
            var leaderless = ImmutableArray.CreateBuilder<TopicIdPartition>();
            var imbalanced = ImmutableArray.CreateBuilder<TopicIdPartition>();
            foreach (var partition in image.Partitions)
            {
                foreach (var broker in partition.Isr)
                    Add(InIsr, broker, partition.Id);
                foreach (var broker in partition.Elr)
                    Add(InElr, broker, partition.Id);
                if (partition.Leader.Exists)
                    Add(Led, partition.Leader, partition.Id);
                else
                    leaderless.Add(partition.Id);
                if (partition.Leader != partition.Replicas[0])
                    imbalanced.Add(partition.Id);
            }

            Leaderless = leaderless.ToImmutable();
            Imbalanced = imbalanced.ToImmutable();
        }

        private static void Add(
            Dictionary<BrokerId, ImmutableArray<TopicIdPartition>.Builder> index, BrokerId broker, TopicIdPartition partition)
        {
            if (!index.TryGetValue(broker, out var partitions))
                index.Add(broker, partitions = ImmutableArray.CreateBuilder<TopicIdPartition>());
            partitions.Add(partition);
        }
    }
}
