using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>A cluster as one broker knows it.</summary>
public sealed record ClusterInfo(
    string ClusterId, long MetadataOffset, BrokerId Controller, IReadOnlyList<BrokerInfo> Brokers);

/// <summary>A topic that exists.</summary>
public sealed record TopicListing(string Name, TopicId TopicId, int Partitions);

/// <summary>What became of one partition's deletion.</summary>
/// <param name="LowWatermark">The least log start of the replicas that count, or -1.</param>
/// <param name="Message">What is wrong and what is accepted; null on success.</param>
public sealed record DeletedRecords(
    TopicPartition TopicPartition, ErrorCode Error, long LowWatermark, string? Message);

/// <summary>A partition's offset as it was asked for.</summary>
/// <param name="Offset">-1 where no record is that late, or on error.</param>
/// <param name="TimestampMs">The record's, in ms since the Unix epoch, or -1.</param>
/// <param name="LeaderEpoch">The leader epoch of whoever answered.</param>
public sealed record ListOffsetsResult(
    TopicPartition TopicPartition,
    ErrorCode Error,
    long Offset,
    long TimestampMs,
    LeaderEpoch LeaderEpoch,
    string? Message);

/// <summary>A broker's log directories.</summary>
/// <param name="Error">BROKER_ID_NOT_REGISTERED, BROKER_NOT_AVAILABLE or REQUEST_TIMED_OUT where there is no answer.</param>
/// <param name="Directories">Those that hold a replica that was asked for.</param>
public sealed record BrokerLogDirs(
    BrokerId Broker, ErrorCode Error, string? Message, IReadOnlyList<LogDirDescription> Directories);
