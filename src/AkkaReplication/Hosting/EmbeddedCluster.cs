using Akka.Actor;
using AkkaReplication.Controller;

namespace AkkaReplication;

/// <summary>
/// Brokers and their controller inside this process, with real files: for a host app, a test or a drill. Brokers can be
/// killed and started one by one. Members may be called from any thread.
/// </summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly ClusterState _state;
    private readonly IActorRef _cluster;
    private readonly ClusterDirectory _directory;
    private readonly bool _ownsSystem;
    private readonly EmbeddedClusterOptions _options;
    private int _disposed;

    private EmbeddedCluster(
        ActorSystem system,
        bool ownsSystem,
        EmbeddedClusterOptions options,
        ClusterDirectory directory,
        IReadOnlyList<BrokerId> brokerIds)
    {
        System = system;
        _ownsSystem = ownsSystem;
        _options = options;
        _directory = directory;
        _state = new ClusterState(options.Name, directory.ClusterId);
        BrokerIds = brokerIds;
        Network = new PeerNetwork(brokerIds);
        var settings = options.Settings!;
        var start = new ClusterStart(
            options.Name,
            directory.ClusterId,
            options.DataDirectory,
            new ControllerStart(
                options.Name, directory.ClusterId, directory.Voter, OptionsOf(settings), settings, _state),
            brokerIds,
            options.Racks,
            settings,
            Network,
            _state);
        _cluster = system.ActorOf(ClusterActor.Props(start), ReplicationPaths.ClusterName(options.Name));
    }

    /// <summary>The cluster's name in its actor system.</summary>
    public string Name => _options.Name;

    /// <summary>The identity that every data directory of this cluster carries.</summary>
    public string ClusterId => _directory.ClusterId;

    /// <summary>The actor system that everything runs in.</summary>
    public ActorSystem System { get; }

    /// <summary>All brokers, alive or not.</summary>
    public IReadOnlyList<BrokerId> BrokerIds { get; }

    /// <summary>The network between the brokers, to be cut and healed.</summary>
    public PeerNetwork Network { get; }

    /// <summary>Starts a cluster in an actor system of its own, which ends with it.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG for options out of range; INCONSISTENT_CLUSTER_ID or
    /// KAFKA_STORAGE_ERROR for a data directory that is in use, damaged or another cluster's.</exception>
    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var resolved = options.Resolve();
        var system = ActorSystem.Create($"akkarepl-{options.Name}", resolved.RuntimeConfiguration());
        try
        {
            return await StartAsync(system, ownsSystem: true, resolved, ct).ConfigureAwait(false);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a cluster in the host's own actor system; several clusters may share one, under different names.</summary>
    /// <inheritdoc cref="StartAsync(EmbeddedClusterOptions, CancellationToken)"/>
    public static Task<EmbeddedCluster> StartAsync(
        ActorSystem system, EmbeddedClusterOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        system.Settings.InjectTopLevelFallback(ReplicationReference.Config);
        return StartAsync(system, ownsSystem: false, options.Resolve(system.Settings.Config), ct);
    }

    private static async Task<EmbeddedCluster> StartAsync(
        ActorSystem system, bool ownsSystem, EmbeddedClusterOptions options, CancellationToken ct)
    {
        var brokerIds = Enumerable.Range(1, options.Brokers).Select(id => new BrokerId(id)).ToArray();
        var directory = ClusterDirectory.Open(options, brokerIds);
        EmbeddedCluster cluster;
        try
        {
            cluster = new EmbeddedCluster(system, ownsSystem, options, directory, brokerIds);
        }
        catch
        {
            directory.Dispose();
            throw;
        }

        if (!options.StartBrokers)
            return cluster;
        try
        {
            await Task.WhenAll(brokerIds.Select(id => cluster.StartBrokerAsync(id, ct))).ConfigureAwait(false);
        }
        catch
        {
            await cluster.StopActorsAsync().ConfigureAwait(false);
            directory.Dispose();
            throw;
        }

        return cluster;
    }

    /// <summary>A client of this cluster.</summary>
    public ReplicationClient CreateClient() => new(System, Name, BrokerIds);

    /// <summary>Starts a broker, or a new life of one that ended; returns when it is unfenced and serves.</summary>
    /// <exception cref="ReplicationException">Its directory cannot be used, or it was stopped meanwhile.</exception>
    /// <exception cref="TimeoutException">It was not unfenced within <see cref="EmbeddedClusterOptions.StartTimeout"/>.</exception>
    public Task StartBrokerAsync(BrokerId id, CancellationToken ct = default) =>
        AskAsync(id, new ClusterActor.StartBroker(id), ct);

    /// <summary>
    /// Ends a broker's life without warning: nothing is flushed, handed over or marked. Returns when its files are free.
    /// </summary>
    public Task KillBrokerAsync(BrokerId id) => AskAsync(id, new ClusterActor.KillBroker(id), CancellationToken.None);

    /// <summary>Stops a broker in order: its leaderships move first, its logs are flushed, the clean marker is written.</summary>
    public Task StopBrokerAsync(BrokerId id) => AskAsync(id, new ClusterActor.StopBroker(id), CancellationToken.None);

    /// <summary>Whether the broker's actor runs and its storage is open.</summary>
    public bool IsAlive(BrokerId id) => _state.Living.ContainsKey(id);

    /// <summary>The broker's data directory; the log of a partition is in <c>{topic}-{partition}</c> below it.</summary>
    public string BrokerDirectory(BrokerId id) => Path.Combine(_options.DataDirectory, ReplicationPaths.BrokerName(Require(id)));

    /// <summary>The cluster as it is at this moment. Never waits.</summary>
    public ClusterDescription Describe() => _state.Describe();

    /// <summary>
    /// Calls <paramref name="observer"/> for everything that happens, in order, until the result is disposed. It is called
    /// on an actor's thread and must not block.
    /// </summary>
    public IDisposable Observe(Action<ClusterObservation> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return ObserverActor.Start(System, Name, observer);
    }

    /// <summary>Stops all brokers in order, then everything else.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        try
        {
            await Task.WhenAll(BrokerIds.Select(StopBrokerAsync)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A broker that cannot stop in order, in the middle of a fault for instance, is killed below: its next life
            // finds everything there. An exception here would hide the one that led to the disposal.
        }
        finally
        {
            await StopActorsAsync().ConfigureAwait(false);
            _directory.Dispose();
            if (_ownsSystem)
                await System.Terminate().ConfigureAwait(false);
        }
    }

    private static ControllerOptions OptionsOf(ReplicationSettings settings) => new()
    {
        NumPartitions = settings.NumPartitions,
        DefaultReplicationFactor = settings.DefaultReplicationFactor == 0 ? null : settings.DefaultReplicationFactor,
        AutoLeaderRebalanceEnable = settings.AutoLeaderRebalanceEnable,
        LeaderImbalanceCheckIntervalMs = settings.LeaderImbalanceCheckIntervalSeconds * 1000L,
        UncleanLeaderElectionIntervalMs = settings.UncleanLeaderElectionIntervalMs,
    };

    private async Task StopActorsAsync()
    {
        // Killed brokers release their files before the cluster's directory may be used again.
        await Task.WhenAll(BrokerIds.Select(KillBrokerAsync)).ConfigureAwait(false);
        await _cluster.GracefulStop(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
    }

    private async Task AskAsync(BrokerId id, object message, CancellationToken ct)
    {
        Require(id);
        try
        {
            await _cluster.Ask<ClusterActor.Done>(message, _options.StartTimeout, ct).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw new TimeoutException(
                $"Broker {id}: {message.GetType().Name} was not done within {_options.StartTimeout.TotalSeconds:0.#} s.");
        }
    }

    private BrokerId Require(BrokerId id) => BrokerIds.Contains(id)
        ? id
        : throw new ReplicationException(
            ErrorCode.BrokerIdNotRegistered, $"There is no broker {id}; the brokers are {string.Join(", ", BrokerIds)}.");
}
