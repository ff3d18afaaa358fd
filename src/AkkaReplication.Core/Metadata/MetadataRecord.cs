using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>One entry of the metadata log: an event of the controller, a fact from the moment it is committed.</summary>
public abstract record MetadataRecord;

/// <summary>
/// Records that were decided together: the unit of append, truncation, commit and application (our rule Q6).
/// Record i stands at offset <see cref="BaseOffset"/> + i.
/// </summary>
public sealed record MetadataBatch(ControllerEpoch Epoch, long BaseOffset, ImmutableArray<MetadataRecord> Records)
{
    public long LastOffset => BaseOffset + Records.Length - 1;
}

/// <summary>Carries an epoch and nothing else: the first entry of every controller epoch (Q5).</summary>
public sealed record NoOpRecord(ControllerEpoch Epoch) : MetadataRecord;

/// <summary>A broker's life begins; its epoch is this record's offset. It is fenced until told otherwise.</summary>
public sealed record RegisterBrokerRecord(
    BrokerId Broker, Guid IncarnationId, BrokerEpoch BrokerEpoch, string? Rack, ImmutableArray<Guid> LogDirs) : MetadataRecord
{
    /// <summary>Where clients reach it.</summary>
    public ImmutableArray<BrokerEndpoint> Endpoints { get; init; } = [];
}

/// <summary>
/// A broker was fenced, unfenced or began a controlled shutdown, or its offline replicas are others now; null leaves a
/// thing as it is.
/// </summary>
/// <param name="OfflineReplicas">All replicas of the broker that cannot serve (F1), in ascending order.</param>
/// <param name="ControlledShutdownOffset">
/// Only in snapshots: the offset at which the controlled shutdown began. Null stands for this record's own offset.
/// </param>
public sealed record BrokerChangeRecord(
    BrokerId Broker,
    BrokerEpoch BrokerEpoch,
    bool? Fenced,
    bool? InControlledShutdown,
    ImmutableArray<TopicIdPartition>? OfflineReplicas = null,
    long? ControlledShutdownOffset = null) : MetadataRecord;

/// <summary>A topic exists.</summary>
public sealed record TopicRecord(string Name, TopicId TopicId) : MetadataRecord;

/// <summary>A topic is gone: the only order that removes its data (M2).</summary>
public sealed record RemoveTopicRecord(TopicId TopicId) : MetadataRecord;

/// <summary>A partition as it was created.</summary>
public sealed record PartitionRecord(
    TopicId TopicId,
    int Partition,
    ImmutableArray<BrokerId> Replicas,
    ImmutableArray<BrokerId> Isr,
    BrokerId Leader,
    int MinIsr) : MetadataRecord
{
    // A created partition starts with these; only a snapshot's record has other values.
    public ImmutableArray<BrokerId> Elr { get; init; } = [];

    public ImmutableArray<BrokerId> LastKnownElr { get; init; } = [];

    public LeaderEpoch LeaderEpoch { get; init; } = new(0);

    public PartitionEpoch PartitionEpoch { get; init; } = new(0);

    public LeaderRecoveryState RecoveryState { get; init; } = LeaderRecoveryState.Recovered;
}

/// <summary>
/// A change of a partition: what is null stays. The partition epoch grows by one with every such record, the leader epoch
/// with every one that names a leader.
/// </summary>
public sealed record PartitionChangeRecord(
    TopicId TopicId,
    int Partition,
    ImmutableArray<BrokerId>? Isr = null,
    BrokerId? Leader = null,
    ImmutableArray<BrokerId>? Elr = null,
    ImmutableArray<BrokerId>? LastKnownElr = null,
    LeaderRecoveryState? RecoveryState = null,
    int? MinIsr = null) : MetadataRecord;

/// <summary>A topic's setting under Kafka's name; a null value restores the default.</summary>
public sealed record TopicConfigRecord(TopicId TopicId, string Name, string? Value) : MetadataRecord;

/// <summary>Producer ids below <paramref name="NextProducerId"/> have been given out.</summary>
public sealed record ProducerIdsRecord(BrokerId Broker, BrokerEpoch BrokerEpoch, long NextProducerId) : MetadataRecord;

/// <summary>The format of metadata from here on (M4).</summary>
public sealed record MetadataVersionRecord(short Version) : MetadataRecord;
