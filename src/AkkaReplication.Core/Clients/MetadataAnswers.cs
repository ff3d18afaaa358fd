using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Clients;

/// <summary>Says in a client's terms what a metadata image holds: what a broker answers to Metadata.</summary>
public static class MetadataAnswers
{
    public static MetadataResponse Describe(MetadataImage image, MetadataRequest request)
    {
        var brokers = image.Brokers.Values.Select(b => new BrokerInfo(b.Id, b.Rack, b.Fenced) { Endpoints = b.Endpoints });
        var topics = request.Topics is { } names
            ? names.Select(name => Describe(image, name))
            : image.TopicsByName.Values.Select(id => Describe(image.TopicsById[id]));
        return new MetadataResponse(image.ClusterId, image.Offset, BrokerId.None, [.. brokers], [.. topics]);
    }

    private static TopicInfo Describe(MetadataImage image, string name)
    {
        if (image.TryGetTopic(name) is { } topic)
            return Describe(topic);
        var error = TopicNames.Validate(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException;
        return new TopicInfo(name, TopicId.None, error, [], ImmutableSortedDictionary<string, string>.Empty);
    }

    private static TopicInfo Describe(TopicImage topic) =>
        new(topic.Name, topic.Id, ErrorCode.None, [.. topic.Partitions.Select(Describe)], topic.Configs);

    private static PartitionInfo Describe(PartitionRegistration partition) => new(
        partition.Partition,
        partition.Leader.Exists ? ErrorCode.None : ErrorCode.LeaderNotAvailable,
        partition.Leader,
        partition.LeaderEpoch,
        partition.PartitionEpoch,
        partition.Replicas,
        partition.Isr,
        partition.Elr);
}
