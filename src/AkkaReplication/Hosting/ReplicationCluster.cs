using System.Collections.Concurrent;
using Akka;
using Akka.Actor;

namespace AkkaReplication;

/// <summary>
/// The embedded clusters of an actor system that the app has already; several may share one, under different names. Settings
/// come from the section <c>akka-replication</c> of its configuration and from the options. They stop in order, leaderships
/// first, in the phase service-stop of the system's coordinated shutdown, and are killed when that phase is about to run
/// out of time (<c>akka.coordinated-shutdown.phases.service-stop.timeout</c>).
/// </summary>
public sealed class ReplicationCluster : IExtension
{
    private static readonly TimeSpan TimeToKill = TimeSpan.FromSeconds(1);

    private readonly ActorSystem _system;

    // A cluster that is starting holds its name already.
    private readonly ConcurrentDictionary<string, EmbeddedCluster?> _clusters = new();

    private ReplicationCluster(ActorSystem system) => _system = system;

    /// <summary>Those that have started, in no particular order.</summary>
    public IReadOnlyCollection<EmbeddedCluster> Clusters => [.. _clusters.Values.OfType<EmbeddedCluster>()];

    /// <summary>The extension of an actor system.</summary>
    public static ReplicationCluster Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<ReplicationCluster, Provider>();
    }

    /// <summary>The cluster of that name, or null where none has started.</summary>
    public EmbeddedCluster? Find(string name) => _clusters.GetValueOrDefault(name);

    /// <summary>Starts a cluster in this actor system.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG for options out of range or a name that is taken;
    /// INCONSISTENT_CLUSTER_ID or KAFKA_STORAGE_ERROR for a data directory that is in use, damaged or another
    /// cluster's.</exception>
    /// <exception cref="TimeoutException">A broker was not unfenced within
    /// <see cref="EmbeddedClusterOptions.StartTimeout"/>.</exception>
    public async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return await StartAsync(options.Resolve(_system.Settings.Config), ownsSystem: false, ct).ConfigureAwait(false);
    }

    /// <param name="options">Resolved.</param>
    /// <param name="ownsSystem">The actor system ends with the cluster.</param>
    internal async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options, bool ownsSystem, CancellationToken ct)
    {
        if (!_clusters.TryAdd(options.Name, null))
        {
            throw new ReplicationException(
                ErrorCode.InvalidConfig,
                $"Name is '{options.Name}', but a cluster of that name runs in the actor system '{_system.Name}' already; "
                + "accepted is a name of its own for each cluster.");
        }

        try
        {
            var cluster = await EmbeddedCluster.StartAsync(_system, options, Released, ct).ConfigureAwait(false);
            _clusters[options.Name] = cluster;
            return cluster;
        }
        catch
        {
            _clusters.TryRemove(options.Name, out _);
            throw;
        }

        Task Released(EmbeddedCluster cluster)
        {
            _clusters.TryRemove(cluster.Name, out _);

            // A coordinated shutdown that runs already waits for us.
            return ownsSystem && CoordinatedShutdown.Get(_system).ShutdownReason is null
                ? _system.Terminate()
                : Task.CompletedTask;
        }
    }

    private async Task<Done> StopAllAsync(TimeSpan timeout)
    {
        using var patience = new CancellationTokenSource(timeout > TimeToKill * 2 ? timeout - TimeToKill : timeout / 2);
        await Task.WhenAll(Clusters.Select(cluster => cluster.StopAsync(patience.Token))).ConfigureAwait(false);
        return Done.Instance;
    }

    private sealed class Provider : ExtensionIdProvider<ReplicationCluster>
    {
        public override ReplicationCluster CreateExtension(ExtendedActorSystem system)
        {
            ReplicationReference.AddTo(system);
            var clusters = new ReplicationCluster(system);
            var shutdown = CoordinatedShutdown.Get(system);
            shutdown.AddTask(
                CoordinatedShutdown.PhaseServiceStop,
                "stop-replication-clusters",
                () => clusters.StopAllAsync(shutdown.Timeout(CoordinatedShutdown.PhaseServiceStop)));

            // A system that ends without its coordinated shutdown: the data directories are free again all the same.
            system.RegisterOnTermination(() => _ = clusters.StopAllAsync(TimeSpan.Zero));
            return clusters;
        }
    }
}
