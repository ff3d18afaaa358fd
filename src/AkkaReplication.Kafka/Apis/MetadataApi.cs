using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Groups;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>Metadata: the brokers that serve, and topics with their leaders. Makes topics where that is wanted.</summary>
internal sealed class MetadataApi() : KafkaApi<Messages.MetadataRequest>(ApiKey.Metadata, 0, 12)
{
    private const int CreationTimeoutMs = 5_000;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.MetadataRequest request)
    {
        var missing = Missing(scope, request);
        if (missing.IsEmpty)
        {
            exchange.Answer(Describe(scope, exchange.Version, request, []));
            return;
        }

        var topics = missing.Select(name => name == GroupPartitions.Topic
            ? OffsetsTopic.Create(scope.Settings, scope.Image)
            : new NewTopic(name, -1, -1, [], ImmutableSortedDictionary<string, string>.Empty));
        scope.Call(
            new CreateTopicsRequest([.. topics], ValidateOnly: false, CreationTimeoutMs),
            answer => exchange.Answer(Describe(scope, exchange.Version, request, Outcomes((CreateTopicsResponse)answer))));
    }

    /// <summary>Topics that shall be made by being asked about.</summary>
    private static ImmutableArray<string> Missing(IConnectionScope scope, Messages.MetadataRequest request)
    {
        if (!scope.Options.AutoCreateTopicsEnable || !request.AllowAutoTopicCreation || request.Topics is not { } topics)
            return [];
        return
        [
            .. topics.Select(t => t.Name).OfType<string>().Distinct()
                .Where(name => scope.Image.TryGetTopic(name) is null && TopicNames.Validate(name) is null),
        ];
    }

    private static Dictionary<string, ErrorCode> Outcomes(CreateTopicsResponse created) => created.Error != ErrorCode.None
        ? []
        : created.Results.ToDictionary(r => r.Name, r => r.Error, StringComparer.Ordinal);

    private static Messages.MetadataResponse Describe(
        IConnectionScope scope, short version, Messages.MetadataRequest request, Dictionary<string, ErrorCode> created)
    {
        var brokers = BrokerEndpoints.Of(scope).ToArray();
        var all = request.Topics is null || (version == 0 && request.Topics.Length == 0);
        var reachable = brokers.Select(b => b.Broker.Id).ToHashSet();
        var topics = all
            ? scope.Image.TopicsByName.Values.Select(id => Describe(scope.Image.TopicsById[id], reachable))
            : request.Topics!.Select(topic => Describe(scope.Image, topic, reachable, created));
        return new Messages.MetadataResponse
        {
            Brokers =
            [
                .. brokers.Select(b => new Messages.MetadataResponse.Broker
                {
                    NodeId = b.Broker.Id.Value,
                    Host = b.Endpoint.Host,
                    Port = b.Endpoint.Port,
                    Rack = b.Broker.Rack,
                }),
            ],
            ClusterId = scope.ClusterId,
            ControllerId = BrokerEndpoints.Controller(scope),
            Topics = [.. topics],
        };
    }

    private static Messages.MetadataResponse.Topic Describe(
        MetadataImage image,
        Messages.MetadataRequest.Topic asked,
        HashSet<BrokerId> reachable,
        Dictionary<string, ErrorCode> created)
    {
        if (asked.Name is not { } name)
        {
            return image.TopicsById.TryGetValue(new TopicId(asked.TopicId), out var byId)
                ? Describe(byId, reachable)
                : new Messages.MetadataResponse.Topic
                {
                    ErrorCode = ErrorCode.UnknownTopicId,
                    Name = null,
                    TopicId = asked.TopicId,
                };
        }

        return image.TryGetTopic(name) is { } topic
            ? Describe(topic, reachable)
            : new Messages.MetadataResponse.Topic { ErrorCode = Error(name, created), Name = name };
    }

    private static ErrorCode Error(string name, Dictionary<string, ErrorCode> created)
    {
        if (TopicNames.Validate(name) is not null)
            return ErrorCode.InvalidTopicException;
        return created.GetValueOrDefault(name, ErrorCode.UnknownTopicOrPartition) switch
        {
            // It is there, and this broker will know of it in a moment.
            ErrorCode.None or ErrorCode.TopicAlreadyExists => ErrorCode.LeaderNotAvailable,
            var error => error,
        };
    }

    private static Messages.MetadataResponse.Topic Describe(TopicImage topic, HashSet<BrokerId> reachable) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id.Value,
        IsInternal = InternalTopics.Contains(topic.Name),
        Partitions = [.. topic.Partitions.Select(partition => Describe(partition, reachable))],
    };

    private static Messages.MetadataResponse.Partition Describe(PartitionRegistration partition, HashSet<BrokerId> reachable)
    {
        // A leader that the client cannot connect to is none to it.
        var leader = reachable.Contains(partition.Leader) ? partition.Leader : BrokerId.None;
        return new Messages.MetadataResponse.Partition
        {
            ErrorCode = leader.Exists ? ErrorCode.None : ErrorCode.LeaderNotAvailable,
            PartitionIndex = partition.Partition,
            LeaderId = leader.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = [.. partition.Replicas.Select(r => r.Value)],
            IsrNodes = [.. partition.Isr.Select(r => r.Value)],
            OfflineReplicas = [.. partition.Replicas.Where(r => !reachable.Contains(r)).Select(r => r.Value)],
        };
    }
}
