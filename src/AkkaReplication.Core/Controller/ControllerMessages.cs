using System.Collections.Immutable;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication.Controller;

/// <summary>A broker announces one life of itself (Kafka's BrokerRegistration).</summary>
/// <param name="IncarnationId">Fresh per life.</param>
/// <param name="LogDirs">Identities of its data directories; their locks prove that an earlier life is over (F4).</param>
/// <param name="PreviousBrokerEpoch">From the clean-shutdown marker, else <see cref="BrokerEpoch.Unknown"/>.</param>
public sealed record RegisterBroker(
    string ClusterId,
    BrokerId Broker,
    Guid IncarnationId,
    string? Rack,
    ImmutableArray<Guid> LogDirs,
    PreviousLife PreviousLife,
    BrokerEpoch PreviousBrokerEpoch)
{
    /// <summary>
    /// The life that this one takes the place of, <see cref="BrokerEpoch.Unknown"/> before the controller has said which. Any
    /// other than the registered one is refused with STALE_BROKER_EPOCH and that one's epoch: a late copy of an earlier life's
    /// announcement must not supersede those that came after it (F4).
    /// </summary>
    public BrokerEpoch SupersededEpoch { get; init; } = BrokerEpoch.Unknown;

    /// <summary>Where clients reach it, at most one for each listener.</summary>
    public ImmutableArray<BrokerEndpoint> Endpoints { get; init; } = [];
}

/// <summary>Answer to <see cref="RegisterBroker"/>.</summary>
/// <param name="BrokerEpoch">
/// The life's own; with STALE_BROKER_EPOCH that of the life which is registered, else <see cref="BrokerEpoch.Unknown"/>.
/// </param>
public sealed record RegisterBrokerAnswer(
    Guid IncarnationId, ErrorCode Error, string? Message, BrokerEpoch BrokerEpoch, ControllerEpoch ControllerEpoch);

/// <summary>A broker lives (Kafka's BrokerHeartbeat).</summary>
/// <param name="SentAtMs">The broker's monotonic time, echoed in the answer: its lease counts from it (E1).</param>
/// <param name="MetadataOffset">Last metadata offset that the broker has applied.</param>
/// <param name="OfflineReplicas">Replicas that cannot serve (F1), cumulative.</param>
public sealed record BrokerHeartbeat(
    BrokerId Broker,
    BrokerEpoch BrokerEpoch,
    long SentAtMs,
    long MetadataOffset,
    bool WantFence,
    bool WantShutDown,
    ImmutableArray<TopicIdPartition> OfflineReplicas)
{
    /// <summary>
    /// Where the logs end of replicas whose partition has lost all of ISR and ELR, and that are among its last known ones
    /// (F3). Empty for everybody else.
    /// </summary>
    public ImmutableArray<ReplicaLogEnd> LogEnds { get; init; } = [];
}

/// <summary>How far a replica's log goes; the greatest by (epoch, offset) has the most.</summary>
public readonly record struct ReplicaLogEnd(TopicIdPartition Partition, LeaderEpoch LastEpoch, long LogEndOffset);

/// <summary>Answer to <see cref="BrokerHeartbeat"/>.</summary>
/// <param name="LeaseMs">Length of the lease, counted from <see cref="BrokerHeartbeat.SentAtMs"/>.</param>
public sealed record BrokerHeartbeatAnswer(
    BrokerId Broker,
    BrokerEpoch BrokerEpoch,
    long SentAtMs,
    ErrorCode Error,
    ControllerEpoch ControllerEpoch,
    long MetadataEndOffset,
    bool IsCaughtUp,
    bool IsFenced,
    bool ShouldShutDown,
    long LeaseMs);

/// <summary>A leader broker's ISR proposals, all that wait (Kafka's AlterPartition).</summary>
/// <param name="RequestId">Echoed in the answer.</param>
public sealed record AlterPartitions(
    BrokerId Broker, BrokerEpoch BrokerEpoch, long RequestId, ImmutableArray<IsrProposal> Proposals);

/// <summary>Answer to <see cref="AlterPartitions"/>, sent when what it says is committed.</summary>
public sealed record AlterPartitionsAnswer(
    long RequestId, ErrorCode Error, ImmutableArray<IsrProposalAnswer> Answers);

/// <summary>A broker wants a block of producer ids (Kafka's AllocateProducerIds, KIP-730).</summary>
public sealed record AllocateProducerIds(BrokerId Broker, BrokerEpoch BrokerEpoch, long RequestId);

/// <summary>Answer to <see cref="AllocateProducerIds"/>: ids from <paramref name="FirstId"/>, <paramref name="Count"/> of them.</summary>
public sealed record AllocateProducerIdsAnswer(long RequestId, ErrorCode Error, long FirstId, int Count);

/// <summary>A broker asks for metadata records after an offset (M1).</summary>
/// <param name="LastOffset">The last record it has, or -1.</param>
/// <param name="LastEpoch">That record's controller epoch.</param>
public sealed record FetchMetadata(string ClusterId, BrokerId Broker, long LastOffset, ControllerEpoch LastEpoch);

/// <summary>Records that follow what was asked, in whole batches; or the news that the asker's history is another one.</summary>
/// <param name="Diverging">The controller does not know the asker's (offset, epoch): it must stop serving (M1).</param>
/// <param name="EndOffset">The last committed offset, or -1.</param>
public sealed record FetchMetadataAnswer(
    string ClusterId,
    ControllerEpoch ControllerEpoch,
    ErrorCode Error,
    bool Diverging,
    long EndOffset,
    ImmutableArray<MetadataBatch> Batches)
{
    /// <summary>
    /// What the asker starts from when the controller no longer has the records it asked for; <see cref="Batches"/> follow it.
    /// </summary>
    public MetadataSnapshot? Snapshot { get; init; }
}

/// <summary>The metadata log has grown: followers may fetch.</summary>
public sealed record MetadataAdvanced(ControllerEpoch ControllerEpoch, long EndOffset);

/// <summary>A controller's epoch has begun: what was asked of the one before may be lost, and is asked again.</summary>
public sealed record ControllerChanged(ControllerEpoch ControllerEpoch);

/// <summary>Create topics. Each topic stands or falls alone.</summary>
public sealed record CreateTopics(long RequestId, ImmutableArray<NewTopic> Topics, bool ValidateOnly);

/// <summary>A topic to be created.</summary>
/// <param name="Partitions">1 or more, or -1 for num.partitions; ignored where <paramref name="Assignments"/> is given.</param>
/// <param name="ReplicationFactor">1 to the number of brokers, or -1 for default.replication.factor.</param>
/// <param name="Assignments">Replicas per partition, chosen by hand; empty to let the controller place them.</param>
/// <param name="Configs">Topic settings under Kafka's names.</param>
public sealed record NewTopic(
    string Name,
    int Partitions,
    short ReplicationFactor,
    ImmutableArray<ImmutableArray<BrokerId>> Assignments,
    ImmutableSortedDictionary<string, string> Configs);

/// <summary>
/// Answer to <see cref="CreateTopics"/>, <see cref="DeleteTopics"/> and <see cref="CreatePartitions"/>, committed when it
/// is sent.
/// </summary>
public sealed record TopicsAnswer(long RequestId, ErrorCode Error, ImmutableArray<TopicResult> Results);

/// <summary>What became of one topic.</summary>
public sealed record TopicResult(string Name, TopicId TopicId, ErrorCode Error, string? Message);

/// <summary>Delete topics by name.</summary>
public sealed record DeleteTopics(long RequestId, ImmutableArray<string> Names);

/// <summary>Give topics more partitions (Kafka's CreatePartitions). Each topic stands or falls alone.</summary>
public sealed record CreatePartitions(long RequestId, ImmutableArray<NewPartitions> Topics, bool ValidateOnly);

/// <summary>More partitions for a topic.</summary>
/// <param name="TotalCount">How many it has afterwards: more than now.</param>
/// <param name="Assignments">Replicas per new partition, chosen by hand; empty to let the controller place them.</param>
public sealed record NewPartitions(
    string Topic, int TotalCount, ImmutableArray<ImmutableArray<BrokerId>> Assignments);

/// <summary>Elect leaders by hand (Kafka's ElectLeaders); <paramref name="Partitions"/> null means all.</summary>
public sealed record ElectLeaders(long RequestId, ElectionType Type, ImmutableArray<TopicPartition>? Partitions);

/// <summary>Which election is asked for.</summary>
public enum ElectionType : byte
{
    Preferred = 0,
    Unclean = 1,
}

/// <summary>Answer to <see cref="ElectLeaders"/>.</summary>
public sealed record ElectLeadersAnswer(long RequestId, ErrorCode Error, ImmutableArray<ElectionResult> Results);

/// <summary>
/// Another replica in sync shall lead in place of the one that does, which stays in sync. Answered by an
/// <see cref="ElectLeadersAnswer"/> with one result. Nothing changes where no other replica is eligible.
/// </summary>
public sealed record ResignLeadership(long RequestId, TopicPartition Partition);

/// <summary>What became of one partition's election.</summary>
public sealed record ElectionResult(TopicPartition Partition, ErrorCode Error, string? Message);
