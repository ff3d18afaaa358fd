using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Brokers;

/// <summary>Send the fetch to the controller.</summary>
public sealed record SendFetchMetadata(FetchMetadata Request) : Effect;

/// <summary>Call MetadataFollower.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartMetadataTimer(long DelayMs) : Effect;

/// <summary>
/// The broker's metadata has moved on. To be carried out in this order: the new image becomes what clients are told, topics
/// are deleted, partitions set aside, brokers' states spread, partitions led, partitions followed (replication rules 8.2).
/// </summary>
/// <param name="DeletedTopics">
/// Topics with a deletion record: whatever this broker holds of them is removed, also what it held before this life (M2).
/// </param>
/// <param name="Strays">
/// Partitions hosted here that a snapshot no longer has, or no longer here. Nobody ordered their deletion: renamed and kept.
/// </param>
/// <param name="Leading">Created or changed partitions that this broker leads, in ascending order.</param>
/// <param name="Following">Created or changed partitions that it holds and does not lead, in ascending order.</param>
/// <param name="BrokersChanged">The states of brokers differ between the two images.</param>
public sealed record MetadataApplied(
    MetadataImage Before,
    MetadataImage After,
    ImmutableArray<TopicId> DeletedTopics,
    ImmutableArray<TopicIdPartition> Strays,
    ImmutableArray<PartitionUpdate> Leading,
    ImmutableArray<PartitionUpdate> Following,
    bool BrokersChanged) : Effect
{
    /// <summary>
    /// Partitions that have lost all of ISR and ELR and of which this broker holds a last known replica, in ascending order: the
    /// controller wants to hear where their logs end (F3, BrokerLifecycle.OnReplicas). Always all of them, not only new ones.
    /// </summary>
    public ImmutableArray<TopicIdPartition> WantedLogEnds { get; init; } = [];
}

/// <summary>
/// This broker's history is not the cluster's: it serves nothing from now on, keeps its files, and waits for an operator (M1).
/// </summary>
public sealed record MetadataDiverged(string Reason) : Effect;
