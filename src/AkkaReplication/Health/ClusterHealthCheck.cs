using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaReplication;

/// <summary>One of the questions that are asked about a cluster's health.</summary>
internal enum HealthQuestion
{
    /// <summary>Does it answer at all? If not, a restart of the process may help.</summary>
    Live,

    /// <summary>Can every partition be written to and read from?</summary>
    Ready,

    /// <summary>Does everything have the redundancy it should have? Never worse than degraded.</summary>
    Degraded,
}

/// <summary>Answers one question from what the cluster shows of itself, without asking its actors anything but a ping.</summary>
internal sealed class ClusterHealthCheck(HealthQuestion question, Func<ClusterStanding> stand) : IHealthCheck
{
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failure = context.Registration.FailureStatus;
        var standing = stand();
        if (standing.Cluster is not { } cluster)
            return new HealthCheckResult(StatusWithoutCluster(standing, failure), $"The cluster {standing.Absence}.");
        if (question != HealthQuestion.Live)
            return Judge(cluster.DescribeHealth(), failure);
        return await cluster.PingAsync(PingTimeout, cancellationToken).ConfigureAwait(false)
            ? HealthCheckResult.Healthy("The cluster answers.")
            : new HealthCheckResult(failure, $"The cluster did not answer within {PingTimeout.TotalSeconds} s.");
    }

    private HealthStatus StatusWithoutCluster(ClusterStanding standing, HealthStatus failure) => question switch
    {
        // A start may take long after a crash: to be restarted for that would not make it shorter.
        HealthQuestion.Live => standing.HasFailed ? failure : HealthStatus.Healthy,
        HealthQuestion.Ready => failure,
        _ => HealthStatus.Degraded,
    };

    private HealthCheckResult Judge(ClusterHealth health, HealthStatus failure)
    {
        var isGood = question == HealthQuestion.Ready ? health.IsReady : !health.IsDegraded;
        var bad = question == HealthQuestion.Ready ? failure : HealthStatus.Degraded;
        var worries = Worries(health).ToArray();
        return new HealthCheckResult(
            isGood ? HealthStatus.Healthy : bad,
            worries.Length == 0 ? "All is well." : string.Join("; ", worries) + ".",
            data: Data(health));
    }

    private static IEnumerable<string> Worries(ClusterHealth health)
    {
        if (!health.ControllerIsActive)
            yield return "no controller is active";
        if (!health.DeadBrokers.IsEmpty)
            yield return $"brokers down: {string.Join(", ", health.DeadBrokers)}";
        if (!health.FencedBrokers.IsEmpty)
            yield return $"brokers fenced: {string.Join(", ", health.FencedBrokers)}";
        if (!health.UnheardBrokers.IsEmpty)
            yield return $"brokers without an answer from the controller: {string.Join(", ", health.UnheardBrokers)}";
        foreach (var (what, partitions) in PartitionCounts(health))
        {
            if (partitions.Count > 0)
                yield return $"partitions {what}: {partitions.Count} ({Names(partitions)})";
        }

        if (health.OfflineReplicas > 0)
            yield return $"replicas offline: {health.OfflineReplicas}";
    }

    private static string Names(PartitionCount partitions) =>
        string.Join(", ", partitions.Names) + (partitions.Count > partitions.Names.Length ? ", ..." : "");

    private static Dictionary<string, object> Data(ClusterHealth health)
    {
        var data = new Dictionary<string, object>
        {
            ["controller active"] = health.ControllerIsActive,
            ["brokers"] = health.Brokers,
            ["brokers down"] = Ids(health.DeadBrokers),
            ["brokers fenced"] = Ids(health.FencedBrokers),
            ["brokers without an answer"] = Ids(health.UnheardBrokers),
            ["partitions"] = health.Partitions,
            ["replicas offline"] = health.OfflineReplicas,
        };
        foreach (var (what, partitions) in PartitionCounts(health))
        {
            data[$"partitions {what}"] = partitions.Count;
            if (partitions.Count > 0)
                data[$"first partitions {what}"] = partitions.Names.Select(name => name.ToString()).ToArray();
        }

        return data;
    }

    private static IEnumerable<(string What, PartitionCount Partitions)> PartitionCounts(ClusterHealth health) =>
    [
        ("without a leader", health.WithoutLeader),
        ("below min.insync.replicas", health.UnderMinIsr),
        ("under-replicated", health.UnderReplicated),
    ];

    private static int[] Ids(ImmutableArray<BrokerId> brokers) => [.. brokers.Select(broker => broker.Value)];
}

/// <summary>A cluster, or why there is none.</summary>
/// <param name="Absence">The end of the sentence "The cluster ...".</param>
/// <param name="HasFailed">There will be none.</param>
internal sealed record ClusterStanding(EmbeddedCluster? Cluster, string Absence, bool HasFailed)
{
    public static ClusterStanding Of(HostedCluster? hosted) => hosted switch
    {
        null => new(null, "was not added to the services: AddReplicationCluster is missing", HasFailed: true),
        { Failure: { } failure } => new(null, $"could not be started: {failure.Message}", HasFailed: true),
        { IsStopping: true } => new(null, "is stopping", HasFailed: false),
        { Cluster: { } cluster } => new(cluster, "", HasFailed: false),
        _ => new(null, "is starting", HasFailed: false),
    };

    public static ClusterStanding Of(EmbeddedCluster? cluster) => new(cluster, "has not been started", HasFailed: false);
}
