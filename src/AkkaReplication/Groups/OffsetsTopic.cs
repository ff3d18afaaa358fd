using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Groups;

/// <summary>The topic in which groups are stored: made when the first group is looked for.</summary>
internal static class OffsetsTopic
{
    /// <summary>How long the controller may take to make it; clients ask again until it is there.</summary>
    public const int CreationTimeoutMs = 5_000;

    private const int MostReplicas = 3;

    /// <summary>Kafka's offsets.topic.segment.bytes: small, so that loading and compaction have little to read.</summary>
    private const string SegmentBytes = "104857600";

    /// <summary>As it is to be made: compacted, and on as many brokers as serve, up to three.</summary>
    public static NewTopic Create(ReplicationSettings settings, MetadataImage image) => new(
        GroupPartitions.Topic,
        settings.OffsetsTopicNumPartitions,
        (short)Math.Clamp(image.Brokers.Values.Count(b => !b.Fenced), 1, MostReplicas),
        [],
        ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal)
            .Add(TopicConfigs.CleanupPolicy, "compact")
            .Add(TopicConfigs.SegmentBytes, SegmentBytes));

    /// <summary>The partition of a group, or null while there is no such topic.</summary>
    public static PartitionRegistration? PartitionOf(MetadataImage image, string groupId) =>
        image.TryGetTopic(GroupPartitions.Topic) is { } topic
            ? topic.Partitions[GroupPartitions.PartitionOf(groupId, topic.Partitions.Count)]
            : null;
}
