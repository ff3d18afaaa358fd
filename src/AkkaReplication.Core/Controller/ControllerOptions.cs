using System.Collections.Immutable;

namespace AkkaReplication.Controller;

/// <summary>The controller's settings, under Kafka's names and with Kafka's defaults unless our rules say otherwise.</summary>
public sealed record ControllerOptions
{
    /// <summary>num.partitions: for a topic that does not say.</summary>
    public int NumPartitions { get; init; } = 1;

    /// <summary>default.replication.factor: for a topic that does not say; null for min(3, brokers).</summary>
    public short? DefaultReplicationFactor { get; init; }

    /// <summary>min.insync.replicas: for a topic that does not say; null for 2 where it has 3 replicas or more, else 1.</summary>
    public int? MinInsyncReplicas { get; init; }

    /// <summary>
    /// What a topic that does not say gets when it is created, under the topic's names (log.retention.ms as retention.ms, and
    /// so on). It becomes the topic's own setting: so all replicas know the same one, whatever their brokers' own settings
    /// are, and a setting that is reset becomes this one again. Each must be valid; what is not named has Kafka's default.
    /// </summary>
    public ImmutableSortedDictionary<string, string> TopicDefaults { get; init; } =
        ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>
    /// unclean.leader.election.enable: what a topic that does not say gets when it is created. It becomes the topic's own
    /// setting, because leaders must know of it too (E3).
    /// </summary>
    public bool UncleanLeaderElectionEnable { get; init; }

    /// <summary>auto.leader.rebalance.enable.</summary>
    public bool AutoLeaderRebalanceEnable { get; init; } = true;

    /// <summary>leader.imbalance.check.interval.seconds, in ms: how often a <see cref="PreferredElectionTick"/> is due.</summary>
    public long LeaderImbalanceCheckIntervalMs { get; init; } = 300_000;

    /// <summary>unclean.leader.election.interval.ms: how often an <see cref="UncleanElectionTick"/> is due.</summary>
    public long UncleanLeaderElectionIntervalMs { get; init; } = 300_000;

    /// <summary>Elections in one tick; the rest follows after <see cref="ElectionTickPauseMs"/>.</summary>
    public int MaxElectionsPerTick { get; init; } = 1000;

    /// <summary>Pause before the next tick when one had reached its limit, in ms.</summary>
    public long ElectionTickPauseMs { get; init; } = 10;

    /// <summary>Records of one operation of a user; a larger one is refused, never split.</summary>
    public int MaxRecordsPerOperation { get; init; } = 10_000;

    /// <summary>Producer ids given to a broker at once.</summary>
    public int ProducerIdBlockSize { get; init; } = 1000;
}
