using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Clients;

/// <summary>What a client asks a broker for; a broker answers each with the response of the same name.</summary>
public abstract record ClientRequest;

/// <summary>A broker's answer to a <see cref="ClientRequest"/>.</summary>
public abstract record ClientResponse;

/// <summary>A request on its way, numbered by the client; answers carry the number back.</summary>
public sealed record ClientCall(long CorrelationId, ClientRequest Request);

/// <summary>The answer to the call of that number.</summary>
public sealed record ClientReply(long CorrelationId, ClientResponse Response);

/// <summary>Brokers and topics, as the answering broker knows them (Kafka's Metadata).</summary>
/// <param name="Topics">Names, or null for all topics.</param>
public sealed record MetadataRequest(ImmutableArray<string>? Topics) : ClientRequest;

/// <param name="MetadataOffset">How far the broker has followed the metadata; -1 where that is not said.</param>
/// <param name="Controller">The broker to ask for what is the controller's; none where any broker passes it on.</param>
public sealed record MetadataResponse(
    string ClusterId,
    long MetadataOffset,
    BrokerId Controller,
    ImmutableArray<BrokerInfo> Brokers,
    ImmutableArray<TopicInfo> Topics) : ClientResponse;

/// <summary>A registered broker.</summary>
public sealed record BrokerInfo(BrokerId Id, string? Rack, bool Fenced)
{
    /// <summary>Where clients reach it, at most one for each listener.</summary>
    public ImmutableArray<BrokerEndpoint> Endpoints { get; init; } = [];
}

/// <summary>A topic, or why it cannot be described.</summary>
public sealed record TopicInfo(
    string Name,
    TopicId Id,
    ErrorCode Error,
    ImmutableArray<PartitionInfo> Partitions,
    ImmutableSortedDictionary<string, string> Configs);

/// <summary>A partition; <see cref="Error"/> is LEADER_NOT_AVAILABLE while it has no leader.</summary>
public sealed record PartitionInfo(
    int Partition,
    ErrorCode Error,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    ImmutableArray<BrokerId> Replicas,
    ImmutableArray<BrokerId> Isr,
    ImmutableArray<BrokerId> Elr);

/// <summary>Batches, at most one per partition (Kafka's Produce).</summary>
/// <param name="TimeoutMs">How long the leader may wait for the acknowledgement.</param>
public sealed record ProduceRequest(short Acks, int TimeoutMs, ImmutableArray<PartitionBatch> Batches) : ClientRequest;

/// <summary>One partition's batch of a produce request: RecordBatch v2 with base offset 0.</summary>
public sealed record PartitionBatch(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, ReadOnlyMemory<byte> Batch);

public sealed record ProduceResponse(ImmutableArray<PartitionProduced> Results) : ClientResponse;

/// <param name="BaseOffset">Offset of the batch's first record, or -1.</param>
public sealed record PartitionProduced(
    TopicIdPartition Partition,
    ErrorCode Error,
    long BaseOffset,
    long LogAppendTimeMs,
    long LogStartOffset,
    string? Message);

/// <summary>Which records a consumer may see.</summary>
public enum IsolationLevel : byte
{
    ReadUncommitted = 0,
    ReadCommitted = 1,
}

/// <summary>Records from given offsets on (Kafka's Fetch, as a consumer sends it).</summary>
/// <param name="MaxWaitMs">How long the broker may wait for <paramref name="MinBytes"/>.</param>
/// <param name="MaxBytes">Of the whole response; the first batch may exceed it (KIP-74).</param>
public sealed record FetchRequest(
    int MaxWaitMs, int MinBytes, int MaxBytes, IsolationLevel Isolation, ImmutableArray<FetchPosition> Positions)
    : ClientRequest;

/// <param name="LeaderEpoch">The leader epoch the consumer knows, or none.</param>
/// <param name="LastFetchedEpoch">Epoch of the last record consumed, or none; tells a truncated log (KIP-320).</param>
public sealed record FetchPosition(
    TopicIdPartition Partition, LeaderEpoch LeaderEpoch, long Offset, LeaderEpoch LastFetchedEpoch, int MaxBytes);

public sealed record FetchResponse(ImmutableArray<PartitionFetched> Results) : ClientResponse;

/// <param name="Records">Whole batches; the first may begin below the asked offset.</param>
/// <param name="DivergingEpochEnd">Where the log was truncated below the consumer's position, or -1.</param>
public sealed record PartitionFetched(
    TopicIdPartition Partition,
    ErrorCode Error,
    long HighWatermark,
    long LastStableOffset,
    long LogStartOffset,
    LeaderEpoch DivergingEpoch,
    long DivergingEpochEnd,
    ReadOnlyMemory<byte> Records);

/// <summary>Offsets by time or at the ends (Kafka's ListOffsets).</summary>
public sealed record ListOffsetsRequest(IsolationLevel Isolation, ImmutableArray<OffsetQuery> Queries) : ClientRequest;

/// <param name="TimestampMs">
/// Ms since the Unix epoch; -1 for the end, -2 for the beginning, -3 for the record with the greatest timestamp, -4 for the
/// beginning and -5 for the end of what is on the broker's own disks, and of what is elsewhere.
/// </param>
public sealed record OffsetQuery(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, long TimestampMs);

public sealed record ListOffsetsResponse(ImmutableArray<PartitionOffset> Results) : ClientResponse;

/// <param name="Offset">-1 when no record is that late.</param>
/// <param name="LeaderEpoch">Under which the record at the offset was written, or would be; or none.</param>
public sealed record PartitionOffset(
    TopicIdPartition Partition, ErrorCode Error, long TimestampMs, long Offset, LeaderEpoch LeaderEpoch);

/// <summary>Where leader epochs end in logs, at their partitions' leaders (KIP-320).</summary>
public sealed record OffsetForLeaderEpochRequest(ImmutableArray<EpochQuery> Queries) : ClientRequest;

/// <param name="LeaderEpoch">The leader epoch the client knows, or none.</param>
/// <param name="Epoch">Whose end is asked for.</param>
public sealed record EpochQuery(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, LeaderEpoch Epoch);

public sealed record OffsetForLeaderEpochResponse(ImmutableArray<PartitionEpochEnd> Results) : ClientResponse;

/// <param name="Epoch">The greatest epoch of the log that is not above the one asked for, or none.</param>
/// <param name="EndOffset">Its end, exclusive; -1 where the log knows none.</param>
public sealed record PartitionEpochEnd(TopicIdPartition Partition, ErrorCode Error, LeaderEpoch Epoch, long EndOffset);

/// <summary>A new producer id (Kafka's InitProducerId without a transactional id).</summary>
public sealed record InitProducerIdRequest : ClientRequest;

public sealed record InitProducerIdResponse(ErrorCode Error, long ProducerId, short ProducerEpoch) : ClientResponse;

/// <summary>Create topics; the broker hands it to the controller.</summary>
public sealed record CreateTopicsRequest(ImmutableArray<Controller.NewTopic> Topics, bool ValidateOnly, int TimeoutMs)
    : ClientRequest;

public sealed record CreateTopicsResponse(ErrorCode Error, ImmutableArray<Controller.TopicResult> Results) : ClientResponse;

/// <summary>Delete topics; the broker hands it to the controller.</summary>
public sealed record DeleteTopicsRequest(ImmutableArray<string> Names, int TimeoutMs) : ClientRequest;

public sealed record DeleteTopicsResponse(ErrorCode Error, ImmutableArray<Controller.TopicResult> Results) : ClientResponse;

/// <summary>Elect leaders by hand; the broker hands it to the controller.</summary>
public sealed record ElectLeadersRequest(Controller.ElectionType Type, ImmutableArray<TopicPartition>? Partitions, int TimeoutMs)
    : ClientRequest;

public sealed record ElectLeadersResponse(ErrorCode Error, ImmutableArray<Controller.ElectionResult> Results) : ClientResponse;

/// <summary>Give topics more partitions; the broker hands it to the controller.</summary>
public sealed record CreatePartitionsRequest(
    ImmutableArray<Controller.NewPartitions> Topics, bool ValidateOnly, int TimeoutMs) : ClientRequest;

public sealed record CreatePartitionsResponse(ErrorCode Error, ImmutableArray<Controller.TopicResult> Results)
    : ClientResponse;

/// <summary>Change settings; the broker hands it to the controller.</summary>
public sealed record IncrementalAlterConfigsRequest(
    ImmutableArray<Controller.ConfigAlteration> Resources, bool ValidateOnly, int TimeoutMs) : ClientRequest;

public sealed record IncrementalAlterConfigsResponse(
    ErrorCode Error, ImmutableArray<Controller.ConfigResult> Results) : ClientResponse;

/// <summary>Settings in force: of topics, and of the broker that is asked.</summary>
public sealed record DescribeConfigsRequest(ImmutableArray<ConfigResource> Resources) : ClientRequest;

public sealed record DescribeConfigsResponse(ImmutableArray<ConfigDescription> Results) : ClientResponse;

/// <summary>A resource's settings, or why they cannot be described.</summary>
/// <param name="Entries">Every setting there is, by name.</param>
public sealed record ConfigDescription(
    ConfigResource Resource, ErrorCode Error, string? Message, ImmutableArray<ConfigEntry> Entries);

/// <summary>Delete everything below an offset, partition by partition (KIP-107); to their leader.</summary>
/// <param name="TimeoutMs">How long the leader may wait for the other replicas to follow.</param>
public sealed record DeleteRecordsRequest(int TimeoutMs, ImmutableArray<PartitionDeletion> Partitions) : ClientRequest;

/// <param name="LeaderEpoch">The leader epoch the client knows, or none.</param>
/// <param name="Offset">The first offset to be kept; -1 for the high watermark.</param>
public sealed record PartitionDeletion(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, long Offset);

public sealed record DeleteRecordsResponse(ImmutableArray<PartitionDeleted> Results) : ClientResponse;

/// <param name="LowWatermark">The least log start of the replicas, or -1.</param>
public sealed record PartitionDeleted(
    TopicIdPartition Partition, ErrorCode Error, long LowWatermark, string? Message);

/// <summary>What is in the log directories of the broker that is asked (KIP-113).</summary>
/// <param name="Topics">Names, or null for all topics.</param>
public sealed record DescribeLogDirsRequest(ImmutableArray<string>? Topics) : ClientRequest;

public sealed record DescribeLogDirsResponse(ErrorCode Error, ImmutableArray<LogDirDescription> Directories)
    : ClientResponse;

/// <summary>A log directory and its replicas.</summary>
/// <param name="Error">KAFKA_STORAGE_ERROR where its disk failed.</param>
/// <param name="Path">On the broker's machine.</param>
public sealed record LogDirDescription(ErrorCode Error, string Path, ImmutableArray<ReplicaInfo> Replicas);

/// <summary>A replica on one broker, by its own view.</summary>
/// <param name="SizeBytes">Of all its segments.</param>
/// <param name="OffsetLag">How far its end is behind the high watermark that it knows.</param>
/// <param name="LeaderEpoch">The leader epoch in which it is what it is.</param>
public sealed record ReplicaInfo(
    TopicPartition Partition,
    Replicas.ReplicaRole Role,
    LeaderEpoch LeaderEpoch,
    long SizeBytes,
    long OffsetLag,
    long LogStartOffset,
    long HighWatermark,
    long LogEndOffset);
