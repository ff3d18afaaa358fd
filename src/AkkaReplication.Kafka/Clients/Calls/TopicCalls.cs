using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>CreateTopics.</summary>
internal sealed class CreateTopicsCall(long id, CreateTopicsRequest request)
    : KafkaCall<Messages.CreateTopicsResponse>(id, ApiKey.CreateTopics)
{
    public override IKafkaRequest ToRequest(short version) => new Messages.CreateTopicsRequest
    {
        Topics = [.. request.Topics.Select(Describe)],
        TimeoutMs = request.TimeoutMs,
        ValidateOnly = request.ValidateOnly,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new CreateTopicsResponse(error, []);

    protected override ClientResponse FromResponse(Messages.CreateTopicsResponse response, short version) =>
        new CreateTopicsResponse(
            KafkaCalls.ErrorOfAll(response.Topics, topic => topic.ErrorCode),
            [
                .. response.Topics.Select(topic =>
                    new TopicResult(topic.Name, new TopicId(topic.TopicId), topic.ErrorCode, topic.ErrorMessage)),
            ]);

    private static Messages.CreateTopicsRequest.Topic Describe(NewTopic topic)
    {
        // Assignments say how many partitions and replicas there are.
        var isAssigned = !topic.Assignments.IsDefaultOrEmpty;
        return new Messages.CreateTopicsRequest.Topic
        {
            Name = topic.Name,
            NumPartitions = isAssigned ? -1 : topic.Partitions,
            ReplicationFactor = isAssigned ? (short)-1 : topic.ReplicationFactor,
            Assignments = isAssigned
                ?
                [
                    .. topic.Assignments.Select((replicas, partition) => new Messages.CreateTopicsRequest.Assignment
                    {
                        PartitionIndex = partition,
                        BrokerIds = [.. replicas.Select(replica => replica.Value)],
                    }),
                ]
                : [],
            Configs =
            [
                .. topic.Configs.Select(
                    config => new Messages.CreateTopicsRequest.Config { Name = config.Key, Value = config.Value }),
            ],
        };
    }
}

/// <summary>DeleteTopics, by their names.</summary>
internal sealed class DeleteTopicsCall(long id, DeleteTopicsRequest request)
    : KafkaCall<Messages.DeleteTopicsResponse>(id, ApiKey.DeleteTopics)
{
    private const short FirstWithTopicIds = 6;

    public override IKafkaRequest ToRequest(short version) => new Messages.DeleteTopicsRequest
    {
        TopicNames = version < FirstWithTopicIds ? [.. request.Names] : [],
        Topics = version < FirstWithTopicIds
            ? []
            : [.. request.Names.Select(name => new Messages.DeleteTopicsRequest.Topic { Name = name })],
        TimeoutMs = request.TimeoutMs,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new DeleteTopicsResponse(error, []);

    protected override ClientResponse FromResponse(Messages.DeleteTopicsResponse response, short version) =>
        new DeleteTopicsResponse(
            KafkaCalls.ErrorOfAll(response.Responses, topic => topic.ErrorCode),
            [
                .. response.Responses.Select(topic =>
                    new TopicResult(topic.Name ?? "", new TopicId(topic.TopicId), topic.ErrorCode, topic.ErrorMessage)),
            ]);
}

/// <summary>CreatePartitions.</summary>
internal sealed class CreatePartitionsCall(long id, CreatePartitionsRequest request)
    : KafkaCall<Messages.CreatePartitionsResponse>(id, ApiKey.CreatePartitions)
{
    public override IKafkaRequest ToRequest(short version) => new Messages.CreatePartitionsRequest
    {
        Topics =
        [
            .. request.Topics.Select(topic => new Messages.CreatePartitionsRequest.Topic
            {
                Name = topic.Topic,
                Count = topic.TotalCount,
                Assignments = topic.Assignments.IsDefaultOrEmpty ? null : [.. topic.Assignments.Select(Describe)],
            }),
        ],
        TimeoutMs = request.TimeoutMs,
        ValidateOnly = request.ValidateOnly,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new CreatePartitionsResponse(error, []);

    protected override ClientResponse FromResponse(Messages.CreatePartitionsResponse response, short version) =>
        new CreatePartitionsResponse(
            KafkaCalls.ErrorOfAll(response.Results, topic => topic.ErrorCode),
            [
                .. response.Results.Select(
                    topic => new TopicResult(topic.Name, TopicId.None, topic.ErrorCode, topic.ErrorMessage)),
            ]);

    private static Messages.CreatePartitionsRequest.Assignment Describe(ImmutableArray<BrokerId> replicas) =>
        new() { BrokerIds = [.. replicas.Select(replica => replica.Value)] };
}

/// <summary>ElectLeaders (KIP-460).</summary>
internal sealed class ElectLeadersCall(long id, ElectLeadersRequest request)
    : KafkaCall<Messages.ElectLeadersResponse>(id, ApiKey.ElectLeaders)
{
    public override short LowestVersion => request.Type == ElectionType.Preferred ? (short)0 : (short)1;

    public override IKafkaRequest ToRequest(short version) => new Messages.ElectLeadersRequest
    {
        ElectionType = (sbyte)request.Type,
        TopicPartitions = request.Partitions is { } partitions
            ?
            [
                .. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new Messages.ElectLeadersRequest.ElectionTopic
                    {
                        Topic = topic.Key,
                        Partitions = [.. topic.Select(partition => partition.Partition)],
                    }),
            ]
            : null,
        TimeoutMs = request.TimeoutMs,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new ElectLeadersResponse(error, []);

    protected override ClientResponse FromResponse(Messages.ElectLeadersResponse response, short version)
    {
        ImmutableArray<ElectionResult> results =
        [
            .. response.ReplicaElectionResults.SelectMany(topic => topic.PartitionResult.Select(result => new ElectionResult(
                new TopicPartition(topic.Topic, result.PartitionId), result.ErrorCode, result.ErrorMessage))),
        ];
        var error = response.ErrorCode == ErrorCode.None
            ? KafkaCalls.ErrorOfAll(results, result => result.Error)
            : response.ErrorCode;
        return new ElectLeadersResponse(error, results);
    }
}
