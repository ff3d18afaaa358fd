using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>How many replicas must have a record before it counts as delivered (acks).</summary>
public enum Acks : short
{
    /// <summary>
    /// All in-sync replicas, of which there are at least min.insync.replicas: the record outlives any clean fail-over.
    /// </summary>
    All = -1,

    /// <summary>Nobody waits for anything; a lost record is not noticed.</summary>
    None = 0,

    /// <summary>The leader alone: a record may be lost with it.</summary>
    Leader = 1,
}

/// <summary>Where a record went.</summary>
public sealed class DeliveryResult
{
    /// <summary>The record's place; <see cref="Offset.Unset"/> where it is not known.</summary>
    public required TopicPartitionOffset TopicPartitionOffset { get; init; }

    /// <summary>The topic's name.</summary>
    public string Topic => TopicPartitionOffset.Topic;

    /// <summary>The partition's number; -1 where none had been chosen.</summary>
    public int Partition => TopicPartitionOffset.Partition;

    public TopicPartition TopicPartition => TopicPartitionOffset.TopicPartition;

    public Offset Offset => TopicPartitionOffset.Offset;

    /// <summary>The record's time as stored: its own, or the broker's where the topic says LogAppendTime.</summary>
    public required Timestamp Timestamp { get; init; }

    /// <summary>What is known about the record being in the log.</summary>
    public required PersistenceStatus Status { get; init; }
}

/// <summary>What became of a record.</summary>
public readonly record struct DeliveryReport
{
    /// <summary>The record's place; <see cref="Offset.Unset"/> where it is not known.</summary>
    public required TopicPartitionOffset TopicPartitionOffset { get; init; }

    /// <summary>The topic's name.</summary>
    public string Topic => TopicPartitionOffset.Topic;

    /// <summary>The partition's number; -1 where none had been chosen.</summary>
    public int Partition => TopicPartitionOffset.Partition;

    public TopicPartition TopicPartition => TopicPartitionOffset.TopicPartition;

    public Offset Offset => TopicPartitionOffset.Offset;

    /// <summary>The record's time as stored: its own, or the broker's where the topic says LogAppendTime.</summary>
    public required Timestamp Timestamp { get; init; }

    /// <summary>What is known about the record being in the log.</summary>
    public required PersistenceStatus Status { get; init; }

    /// <summary>NONE, or Kafka's code for why the record was not delivered.</summary>
    public required ErrorCode Error { get; init; }

    /// <summary>What is wrong and what is accepted, for a person; null on success.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>
    /// Whether the same record may be delivered if it is produced again. It may then be in the log twice unless
    /// <see cref="Status"/> is <see cref="PersistenceStatus.NotPersisted"/>.
    /// </summary>
    public bool IsRetriable => Error.IsRetriable();
}

/// <summary>
/// Learns what became of records without an allocation for each: one handler, and a state per record that may be null
/// or shared. Called exactly once per accepted record, in the order of a partition's records, never from two threads at
/// a time, on a thread of the producer's own. It may block: then this producer's later reports wait, and, as records
/// count against buffer.memory until their handler has returned, so do its callers; brokers and other clients do not
/// notice. It may produce; a flush of the same producer, which waits for handlers, it must not wait for. What it throws
/// is logged and otherwise ignored.
/// </summary>
public interface IDeliveryHandler
{
    /// <param name="state">What was handed over with the record.</param>
    void OnDelivery(in DeliveryReport report, object? state);
}

/// <summary>
/// A record was not delivered. <see cref="DeliveryReport.Status"/> of the report says whether it may be in the log all
/// the same: after a time-out nobody knows. A serializer or partitioner that threw is the inner exception.
/// </summary>
public sealed class ProduceException : ReplicationException
{
    public ProduceException(DeliveryReport report, Exception? innerException = null)
        : base(
            report.Error,
            $"{report.TopicPartition}: {report.ErrorMessage ?? "the record was refused"} ({report.Status})",
            innerException) =>
        DeliveryReport = report;

    /// <summary>What became of the record.</summary>
    public DeliveryReport DeliveryReport { get; }
}
