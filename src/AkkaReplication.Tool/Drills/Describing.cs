using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills;

/// <summary>Observations and states of a cluster in words.</summary>
internal static class Describing
{
    public static string Set(IEnumerable<BrokerId> brokers) => "{" + string.Join(',', brokers.Order()) + "}";

    /// <summary>What happened, or null where it is not worth a line.</summary>
    public static (Tone Tone, string Text)? InWords(ClusterObservation observation) => observation switch
    {
        LeaderElected e => (
            e.Clean ? Tone.Good : Tone.Warning,
            $"{e.Partition}: broker {e.Leader} leads at epoch {e.LeaderEpoch}"
            + (e.Previous.Exists ? $" (before: broker {e.Previous})" : "")
            + (e.Clean ? "" : "; elected uncleanly: it was not in sync")),
        PartitionWentOffline e => (
            Tone.Warning,
            $"{e.Partition}: no leader since broker {e.Previous}; in sync {Set(e.Isr)}, eligible {Set(e.Elr)}"),
        IsrChanged e => (
            e.After.Length > e.Before.Length ? Tone.Good : Tone.Neutral,
            $"{e.Partition}: in sync {Set(e.Before)} -> {Set(e.After)}"
            + (e.Elr.IsEmpty ? "" : $", eligible to lead {Set(e.Elr)}")),
        BrokerRegistered e => (Tone.Neutral, $"broker {e.Broker} registered a new life"),
        BrokerUnfenced e => (Tone.Good, $"broker {e.Broker} is up"),
        BrokerFenced e => (Tone.Neutral, $"broker {e.Broker} is fenced"),
        BrokerStopped { Clean: true } e => (Tone.Neutral, $"broker {e.Broker} shut down"),
        BrokerStopped e => (Tone.Neutral, $"broker {e.Broker} is dead ({e.Reason})"),
        ReplicaTruncated e => (Tone.Warning, Truncation(e)),
        ReplicaLogStartMoved e => (
            Tone.Neutral, $"{e.Partition} on broker {e.Broker} deleted offsets {e.FromOffset} to {e.ToOffset - 1} by retention"),
        ReplicaWentOffline e => (Tone.Bad, $"{e.Partition} on broker {e.Broker} went offline: {e.Reason}"),
        _ => null,
    };

    public static string Truncation(ReplicaTruncated e) =>
        $"{e.Partition} on broker {e.Broker} cut its log from offset {e.FromOffset} to {e.ToOffset} to agree "
        + "with its leader: "
        + (e.HighWatermarkBefore > e.ToOffset
            ? $"at least {Math.Min(e.HighWatermarkBefore, e.FromOffset) - e.ToOffset} of these records were committed"
            : "an unacknowledged tail");

    /// <summary>"broker 1 leads drill-0 drill-2, broker 2 leads drill-1".</summary>
    public static string Leaders(ClusterDescription cluster) => string.Join(", ", cluster.Partitions
        .GroupBy(p => p.Leader).OrderBy(led => led.Key)
        .Select(led => $"broker {led.Key} leads {string.Join(' ', led.Select(p => p.Partition))}"));

    /// <summary>Where the partitions stand, on one line.</summary>
    public static string InWords(ClusterDescription cluster) => cluster.Partitions.IsEmpty
        ? "no partitions"
        : string.Join("; ", cluster.Partitions.Select(InWords));

    private static string InWords(PartitionDescription partition) =>
        $"{partition.Partition}: leader {partition.Leader} at epoch {partition.LeaderEpoch}, "
        + $"in sync {Set(partition.Isr)}"
        + (partition.Elr.IsEmpty ? "" : $", eligible {Set(partition.Elr)}")
        + ", " + string.Join(' ', partition.LivingReplicas.Select(r =>
            $"[{r.Broker} {r.Role.ToString().ToLowerInvariant()} hw {r.HighWatermark} end {r.LogEndOffset}]"));
}
