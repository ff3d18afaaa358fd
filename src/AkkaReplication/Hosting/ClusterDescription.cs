using System.Collections.Immutable;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication;

/// <summary>A cluster at one moment: what the controller has committed, and where each living replica stands.</summary>
public sealed record ClusterDescription(
    string Name,
    string ClusterId,
    ControllerEpoch ControllerEpoch,
    long MetadataOffset,
    ImmutableArray<BrokerDescription> Brokers,
    ImmutableArray<PartitionDescription> Partitions);

/// <summary>One broker.</summary>
/// <param name="Alive">Its actor runs in this process.</param>
public sealed record BrokerDescription(BrokerId Id, BrokerEpoch Epoch, string? Rack, bool Alive, bool Fenced)
{
    /// <summary>Where clients outside of the process reach it.</summary>
    public ImmutableArray<BrokerEndpoint> Endpoints { get; init; } = [];
}

/// <summary>One partition.</summary>
public sealed record PartitionDescription(
    TopicPartition Partition,
    TopicId TopicId,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    int MinIsr,
    ImmutableArray<BrokerId> Replicas,
    ImmutableArray<BrokerId> Isr,
    ImmutableArray<BrokerId> Elr,
    ImmutableArray<ReplicaDescription> LivingReplicas)
{
    /// <summary>Counts the changes of what the controller has decided about this partition.</summary>
    public PartitionEpoch PartitionEpoch { get; init; }

    /// <summary>The leader's high watermark, or -1 while no leader serves.</summary>
    public long HighWatermark =>
        LivingReplicas.FirstOrDefault(r => r.Broker == Leader && r.Role == ReplicaRole.Leader)?.HighWatermark ?? -1;
}

/// <summary>One living replica, by its own view.</summary>
public sealed record ReplicaDescription(
    BrokerId Broker,
    ReplicaRole Role,
    LeaderEpoch LeaderEpoch,
    long LogStartOffset,
    long HighWatermark,
    long LogEndOffset);
