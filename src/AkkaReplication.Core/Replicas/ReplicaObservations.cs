using System.Collections.Immutable;

namespace AkkaReplication.Replicas;

/// <summary>What happened in a replica, for people, metrics and tests.</summary>
/// <param name="Partition">Where.</param>
public abstract record ReplicaObservation(TopicIdPartition Partition);

/// <summary>A replica began to lead.</summary>
public sealed record BecameLeader(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, long EpochStartOffset)
    : ReplicaObservation(Partition);

/// <summary>A replica began to follow.</summary>
public sealed record BecameFollower(TopicIdPartition Partition, LeaderEpoch LeaderEpoch, BrokerId Leader)
    : ReplicaObservation(Partition);

/// <summary>A follower cut its log to agree with its leader.</summary>
/// <param name="FromOffset">The log's end before.</param>
/// <param name="ToOffset">The log's end after.</param>
/// <param name="HighWatermarkBefore">
/// When greater than <paramref name="ToOffset"/>, committed records were cut (KAFKA-19474).
/// </param>
public sealed record LogTruncated(
    TopicIdPartition Partition, LeaderEpoch LeaderEpoch, long FromOffset, long ToOffset, long HighWatermarkBefore)
    : ReplicaObservation(Partition);

/// <summary>Retention dropped the oldest records of a replica; every replica does so by itself.</summary>
/// <param name="FromOffset">The log's start before.</param>
/// <param name="ToOffset">The log's start after.</param>
public sealed record LogStartMoved(TopicIdPartition Partition, long FromOffset, long ToOffset)
    : ReplicaObservation(Partition);

/// <summary>The controller confirmed an ISR change that this leader proposed.</summary>
public sealed record IsrConfirmed(
    TopicIdPartition Partition,
    PartitionEpoch PartitionEpoch,
    ImmutableArray<BrokerId> Before,
    ImmutableArray<BrokerId> After)
    : ReplicaObservation(Partition);

/// <summary>A replica went offline.</summary>
public sealed record WentOffline(TopicIdPartition Partition, string Reason) : ReplicaObservation(Partition);
