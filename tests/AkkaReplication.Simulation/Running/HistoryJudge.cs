using AkkaReplication.History;

namespace AkkaReplication.Simulation.Running;

/// <summary>Hands what the clients saw to the history checker.</summary>
internal static class HistoryJudge
{
    /// <returns>The anomalies, or null.</returns>
    public static string? Judge(Cluster cluster)
    {
        var report = HistoryChecker.Check(cluster.History.Snapshot(), HistoryCheckOptions.Default with { MaxExamples = 3 });
        if (report.Metrics.KeysWithoutFinalRead.Count > 0)
            return $"not read to the end: {string.Join(", ", report.Metrics.KeysWithoutFinalRead)}";
        return report.IsClean ? null : $"{string.Join(", ", report.Anomalies.Select(a => a.Class).Distinct())}\n{report}";
    }
}
