namespace AkkaReplication;

/// <summary>A topic to be created.</summary>
public sealed class TopicSpecification
{
    /// <summary>1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>1 or more; -1 for num.partitions.</summary>
    public int NumPartitions { get; init; } = -1;

    /// <summary>1 to the number of brokers; -1 for default.replication.factor.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>Topic settings under Kafka's names.</summary>
    public IReadOnlyDictionary<string, string>? Configs { get; init; }

    /// <summary>
    /// The replicas of each partition, the preferred leader first; left out, the controller places them.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<BrokerId>>? ReplicasAssignments { get; init; }
}
