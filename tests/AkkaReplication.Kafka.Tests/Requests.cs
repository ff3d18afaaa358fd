using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Requests about the first partition of a topic.</summary>
internal static class Requests
{
    public static ProduceRequest Produce(string topic, byte[] batch, short acks = -1, int partition = 0) => new()
    {
        Acks = acks,
        TimeoutMs = 30_000,
        Topics = [new() { Name = topic, Partitions = [new() { Index = partition, Records = batch }] }],
    };

    public static FetchRequest Fetch(string topic, long offset, int maxWaitMs = 0) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        MaxBytes = 1 << 26,
        Topics =
        [
            new() { Topic = topic, Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = 1 << 20 }] },
        ],
    };

    public static ListOffsetsRequest ListOffsets(string topic, long timestamp, int replica = -1) => new()
    {
        ReplicaId = replica,
        Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }],
    };

    /// <summary>The least that can be asked of an API.</summary>
    public static IKafkaRequest Empty(ApiKey key, short version) => key switch
    {
        ApiKey.Produce => new ProduceRequest { Acks = 1 },
        ApiKey.Fetch => new FetchRequest(),
        ApiKey.ListOffsets => new ListOffsetsRequest(),
        ApiKey.Metadata => new MetadataRequest { Topics = [] },
        ApiKey.ApiVersions => new ApiVersionsRequest(),
        ApiKey.OffsetCommit => new OffsetCommitRequest(),
        ApiKey.OffsetFetch => new OffsetFetchRequest { Topics = version < 8 ? [] : null },
        ApiKey.FindCoordinator => new FindCoordinatorRequest(),
        ApiKey.JoinGroup => new JoinGroupRequest(),
        ApiKey.Heartbeat => new HeartbeatRequest(),
        ApiKey.LeaveGroup => new LeaveGroupRequest(),
        ApiKey.SyncGroup => new SyncGroupRequest(),
        ApiKey.DescribeGroups => new DescribeGroupsRequest(),
        ApiKey.ListGroups => new ListGroupsRequest(),
        ApiKey.DeleteGroups => new DeleteGroupsRequest(),
        ApiKey.OffsetDelete => new OffsetDeleteRequest(),
        ApiKey.CreateTopics => new CreateTopicsRequest(),
        ApiKey.DeleteTopics => new DeleteTopicsRequest(),
        ApiKey.DeleteRecords => new DeleteRecordsRequest(),
        ApiKey.InitProducerId => new InitProducerIdRequest(),
        ApiKey.OffsetForLeaderEpoch => new OffsetForLeaderEpochRequest(),
        ApiKey.DescribeConfigs => new DescribeConfigsRequest(),
        ApiKey.AlterConfigs => new AlterConfigsRequest(),
        ApiKey.DescribeLogDirs => new DescribeLogDirsRequest(),
        ApiKey.CreatePartitions => new CreatePartitionsRequest(),
        ApiKey.ElectLeaders => new ElectLeadersRequest { TopicPartitions = [] },
        ApiKey.IncrementalAlterConfigs => new IncrementalAlterConfigsRequest(),
        ApiKey.DescribeCluster => new DescribeClusterRequest(),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "No request is known for it here."),
    };
}
