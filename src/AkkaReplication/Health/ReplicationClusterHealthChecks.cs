using AkkaReplication;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Adds the health checks of a cluster, three of them: <c>replication-live</c> (tag <c>live</c>), <c>replication-ready</c>
/// (<c>ready</c>) and <c>replication-degraded</c> (<c>degraded</c>). They cost little: one ping for the first, one pass over
/// the partitions for the others.
/// <list type="bullet">
/// <item>live: the cluster's actor answers, or the cluster is still starting.</item>
/// <item>ready: all brokers run and are unfenced, a controller decides, every partition has a leader that serves.</item>
/// <item>degraded: beyond that, every replica is in sync. Never worse than degraded.</item>
/// </list>
/// </summary>
public static class ReplicationClusterHealthChecks
{
    /// <summary>Checks the cluster of the host; where it has several, the one of that name.</summary>
    /// <param name="name">The name given to AddReplicationCluster, which stands in the checks' names too:
    /// <c>replication-orders-live</c>.</param>
    public static IHealthChecksBuilder AddReplicationCluster(this IHealthChecksBuilder builder, string name = "")
    {
        ArgumentNullException.ThrowIfNull(name);
        return Add(
            builder, name, provider => ClusterStanding.Of(ReplicationClusterServices.FindCluster(provider, name)));
    }

    /// <summary>Checks a cluster that the app started itself.</summary>
    /// <param name="find">Gives the cluster, or null while there is none.</param>
    /// <param name="name">Stands in the checks' names.</param>
    public static IHealthChecksBuilder AddReplicationCluster(
        this IHealthChecksBuilder builder, Func<IServiceProvider, EmbeddedCluster?> find, string name = "")
    {
        ArgumentNullException.ThrowIfNull(find);
        ArgumentNullException.ThrowIfNull(name);
        return Add(builder, name, provider => ClusterStanding.Of(find(provider)));
    }

    private static IHealthChecksBuilder Add(
        IHealthChecksBuilder builder, string name, Func<IServiceProvider, ClusterStanding> stand)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var prefix = name.Length == 0 ? "replication" : $"replication-{name}";
        foreach (var question in Enum.GetValues<HealthQuestion>())
        {
            var tag = question.ToString().ToLowerInvariant();
            builder.Add(new HealthCheckRegistration(
                $"{prefix}-{tag}",
                provider => new ClusterHealthCheck(question, () => stand(provider)),
                failureStatus: HealthStatus.Unhealthy,
                tags: [tag]));
        }

        return builder;
    }
}
