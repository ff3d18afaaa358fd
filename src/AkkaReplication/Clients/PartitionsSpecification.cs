namespace AkkaReplication;

/// <summary>More partitions for a topic.</summary>
public sealed class PartitionsSpecification
{
    /// <summary>The topic.</summary>
    public required string Topic { get; init; }

    /// <summary>How many partitions it has afterwards: more than now.</summary>
    public required int IncreaseTo { get; init; }

    /// <summary>
    /// The replicas of each new partition, as many as the others have, the preferred leader first; left out, the
    /// controller places them.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<BrokerId>>? ReplicasAssignments { get; init; }
}
