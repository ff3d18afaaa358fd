using AkkaReplication.History;

namespace AkkaReplication.Simulation.Running;

/// <summary>Hands what the clients saw to the history checker.</summary>
internal static class HistoryJudge
{
    /// <returns>The anomalies, or null.</returns>
    public static string? Judge(Cluster cluster)
    {
        var report = HistoryChecker.Check(cluster.History.Snapshot(), HistoryCheckOptions.Default with { MaxExamples = 50 });
        if (report.Metrics.KeysWithoutFinalRead.Count > 0)
            return $"not read to the end: {string.Join(", ", report.Metrics.KeysWithoutFinalRead)}";
        var classes = report.Anomalies.Where(anomaly => !IsExcused(cluster, anomaly)).Select(anomaly => anomaly.Class).Distinct().ToArray();
        return classes.Length == 0 ? null : $"{string.Join(", ", classes)}\n{report}";
    }

    /// <summary>
    /// I32: committed sequences are unique unless excused. Where an unclean election has cost a leader's state of a producer, what
    /// another leader has written meanwhile under an identity that the producer had to give up may come back with the next one.
    /// </summary>
    private static bool IsExcused(Cluster cluster, Anomaly anomaly)
    {
        if (anomaly.Class != AnomalyClass.Duplicate)
            return false;
        foreach (var partition in cluster.JudgedPartitions)
        {
            if (cluster.KeyOf(partition) == anomaly.Key)
                return cluster.Checks.Truth.TryGetPartition(partition) is { } known && anomaly.Offset >= cluster.LostFrom(known.Id);
        }

        return false;
    }
}
