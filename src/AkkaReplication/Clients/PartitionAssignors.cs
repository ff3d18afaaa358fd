using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>How a group shares partitions among its members (Kafka's partition.assignment.strategy).</summary>
public static class PartitionAssignors
{
    /// <summary>
    /// "range": of each topic every member gets a run of neighbouring partitions. All give up everything in each rebalance.
    /// </summary>
    public static IPartitionAssignor Range { get; } = new RangeAssignor();

    /// <summary>
    /// "cooperative-sticky": as even as can be, with as few moves as that takes. Where a member offers nothing but this, it
    /// goes on with the partitions that stay while others move (KIP-429).
    /// </summary>
    public static IPartitionAssignor CooperativeSticky { get; } = new CooperativeStickyAssignor();

    /// <summary>The assignor of that name, or null.</summary>
    internal static IPartitionAssignor? Named(string name) => name switch
    {
        "range" or "org.apache.kafka.clients.consumer.RangeAssignor" => Range,
        "cooperative-sticky" or "org.apache.kafka.clients.consumer.CooperativeStickyAssignor" => CooperativeSticky,
        _ => null,
    };
}
