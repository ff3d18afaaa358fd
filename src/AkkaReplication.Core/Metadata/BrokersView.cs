using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>What a leader must know of another broker to judge whether it may be in sync (KIP-841, KIP-903).</summary>
public readonly record struct BrokerStatus(BrokerEpoch Epoch, bool Fenced, bool InControlledShutdown)
{
    /// <summary>Its replicas that cannot serve (F1).</summary>
    public ImmutableSortedSet<TopicIdPartition> OfflineReplicas { get; init; } = [];

    /// <summary>Neither fenced nor shutting down.</summary>
    public bool IsActive => !Fenced && !InControlledShutdown;

    /// <summary>Whether its replica of that partition can be waited for.</summary>
    public bool HasLiveReplica(TopicIdPartition partition) => !Fenced && !OfflineReplicas.Contains(partition);
}

/// <summary>All registered brokers as of a metadata offset; immutable, ordered by id.</summary>
public sealed record BrokersView(long MetadataOffset, ImmutableSortedDictionary<BrokerId, BrokerStatus> Brokers)
{
    public static readonly BrokersView Empty = new(-1, ImmutableSortedDictionary<BrokerId, BrokerStatus>.Empty);
}

/// <summary>A change of one partition as its replica hears it, in metadata order.</summary>
/// <param name="MetadataOffset">Offset of the metadata log up to which this is true.</param>
public sealed record PartitionUpdate(long MetadataOffset, PartitionRegistration Registration, TopicSettings Settings);
