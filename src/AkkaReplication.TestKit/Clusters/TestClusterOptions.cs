using System.Collections.Immutable;

namespace AkkaReplication.Testing;

/// <summary>What a cluster of a test is made of. Read once, when it starts.</summary>
public sealed class TestClusterOptions
{
    private readonly List<(string Key, string Value)> _settings = [];

    /// <summary>The cluster's name, as observations carry it: letters, digits, '-' and '_'.</summary>
    public string Name { get; set; } = "test";

    /// <summary>How many log directories, on disks of their own, each broker has. 1 to 100.</summary>
    public int LogDirsPerBroker { get; set; } = 1;

    /// <summary>Racks of brokers, by their numbers; replicas of a partition are spread over them.</summary>
    public IReadOnlyDictionary<int, string> Racks { get; set; } = ImmutableSortedDictionary<int, string>.Empty;

    /// <summary>
    /// Settings of the brokers, or null for those of <see cref="Quick"/>, with <see cref="VirtualTime"/> for Kafka's defaults.
    /// </summary>
    public ReplicationSettings? Settings { get; set; }

    /// <summary>More HOCON: settings in <c>akka-replication { }</c>, and the actor runtime's in <c>akka { }</c>.</summary>
    public string? Hocon { get; set; }

    /// <summary>
    /// Where the brokers' files are kept, or null to keep them in memory, which is faster. A directory is not deleted when
    /// the cluster is disposed of: another one may be started on it.
    /// </summary>
    public string? DataDirectory { get; set; }

    /// <summary>
    /// Lets the test move the time (<see cref="TestCluster.Time"/>): lags and sessions of 30 seconds are over in
    /// milliseconds.
    /// </summary>
    public bool VirtualTime { get; set; }

    /// <summary>
    /// How long <see cref="TestCluster.EventuallyAsync"/> and everything else that waits do so, by the clock on the wall, if
    /// they are not told otherwise. More than zero.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Decides which messages lossy links lose. Drawn if null; what was drawn is <see cref="TestCluster.Seed"/>.</summary>
    public int? Seed { get; set; }

    /// <summary>
    /// Changes the options of the cluster before it starts, once they are those of this object: opens it to Kafka clients,
    /// for one (<c>options.Configure = cluster => cluster.UseKafka()</c>). Its files and its network stay the test's.
    /// </summary>
    public Action<EmbeddedClusterOptions>? Configure { get; set; }

    /// <summary>
    /// Settings that make a cluster notice within a second or so what it takes Kafka half a minute to notice, and that leave
    /// a busy machine enough time to seem alive.
    /// </summary>
    public static ReplicationSettings Quick { get; } = new()
    {
        BrokerHeartbeatIntervalMs = 50,
        BrokerSessionTimeoutMs = 1_500,
        ReplicaLagTimeMaxMs = 1_000,
        ReplicaFetchWaitMaxMs = 100,
        ReplicaFetchBackoffMs = 50,
    };

    /// <summary>Sets one setting by its Kafka name, such as <c>replica.lag.time.max.ms</c>, as it is written in HOCON.</summary>
    public void Set(string key, string value) => _settings.Add((key, value));

    internal EmbeddedClusterOptions ToEmbedded(int brokers)
    {
        var options = new EmbeddedClusterOptions
        {
            Name = Name,
            Brokers = brokers,
            DataDirectory = DataDirectory ?? Path.Combine(Path.GetTempPath(), "in-memory", Name),
            LogDirsPerBroker = LogDirsPerBroker,
            Racks = Racks.ToImmutableSortedDictionary(rack => new BrokerId(rack.Key), rack => rack.Value),
            Settings = Settings ?? (VirtualTime ? new ReplicationSettings() : Quick),
            Hocon = Hocon,
            StartTimeout = Patience,
        };
        foreach (var (key, value) in _settings)
            options.Set(key, value);
        Configure?.Invoke(options);
        return options;
    }
}
