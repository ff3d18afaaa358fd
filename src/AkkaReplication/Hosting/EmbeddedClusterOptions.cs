using System.Collections.Immutable;

namespace AkkaReplication;

/// <summary>What an embedded cluster is made of.</summary>
public sealed record EmbeddedClusterOptions
{
    /// <summary>The cluster's name in its actor system: letters, digits, '-' and '_'. Clusters in one system differ in it.</summary>
    public string Name { get; init; } = "embedded";

    /// <summary>How many brokers; their ids are 1, 2, ... 1 or more.</summary>
    public int Brokers { get; init; } = 3;

    /// <summary>Where everything is kept: one directory per broker (broker-1, ...) and one for the controller.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>
    /// Whether an empty data directory may become a new cluster (our rule Q8: never by accident). Even so it is refused
    /// where any broker's directory already belongs to a cluster.
    /// </summary>
    public bool FormatEmptyDirectory { get; init; } = true;

    /// <summary>Racks of brokers that have one: replicas of a partition are spread over them.</summary>
    public ImmutableSortedDictionary<BrokerId, string> Racks { get; init; } =
        ImmutableSortedDictionary<BrokerId, string>.Empty;

    /// <summary>Settings of every broker and of the controller.</summary>
    public ReplicationSettings Settings { get; init; } = new();

    /// <summary>Whether StartAsync starts the brokers and waits for them; otherwise they are started one by one.</summary>
    public bool StartBrokers { get; init; } = true;

    /// <summary>How long StartAsync and StartBrokerAsync wait for a broker to be unfenced.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
