using AkkaReplication.Configuration;

namespace AkkaReplication.Tool.Drills;

/// <summary>The settings of a drill: quick timeouts, because a person is watching.</summary>
internal static class DrillSettings
{
    public static readonly ReplicationSettings Fast = new()
    {
        ReplicaLagTimeMaxMs = 1_000,
        ReplicaFetchWaitMaxMs = 100,
        ReplicaFetchBackoffMs = 50,
        ReplicaHighWatermarkCheckpointIntervalMs = 500,
        BrokerHeartbeatIntervalMs = 100,
        BrokerSessionTimeoutMs = 1_000,

        // A scenario counts elections: none may come from tidying up.
        AutoLeaderRebalanceEnable = false,
    };

    /// <summary>The fast settings under those of a file.</summary>
    /// <exception cref="ToolException">The file cannot be read.</exception>
    /// <exception cref="ReplicationException">INVALID_CONFIG.</exception>
    public static ReplicationSettings Load(string? configFile)
    {
        if (configFile is null)
            return Fast;

        try
        {
            return ReplicationConfiguration.Parse(File.ReadAllText(configFile), configFile, Fast);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"cannot read --config {configFile}: {OneLine.Of(e)}", e);
        }
    }

    /// <summary>Those that differ from the defaults: "replica.lag.time.max.ms=1000ms ...".</summary>
    public static string Describe(ReplicationSettings settings)
    {
        var defaults = ReplicationConfiguration.Describe(new ReplicationSettings());
        return string.Join(
            ' ', ReplicationConfiguration.Describe(settings).Except(defaults).Select(s => $"{s.Key}={s.Value}"));
    }
}
