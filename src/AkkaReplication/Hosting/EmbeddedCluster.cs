using Akka.Actor;
using AkkaReplication.Configuration;
using AkkaReplication.Controller;

namespace AkkaReplication;

/// <summary>
/// Brokers and their controller inside this process, with real files: for a host app, a test or a drill. Brokers can be
/// killed and started one by one. Members may be called from any thread. Ends when it is stopped or disposed of, or in
/// order with the coordinated shutdown of its actor system.
/// </summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly ClusterState _state;
    private readonly IActorRef _cluster;
    private readonly ClusterDirectory _directory;
    private readonly EmbeddedClusterOptions _options;
    private readonly CancellationTokenSource _hurry = new();
    private readonly Lazy<Task> _stopped;

    private EmbeddedCluster(
        ActorSystem system,
        EmbeddedClusterOptions options,
        ClusterDirectory directory,
        Func<EmbeddedCluster, Task> released)
    {
        System = system;
        _options = options;
        _stopped = new Lazy<Task>(() => StopAndReleaseAsync(released));
        _directory = directory;
        _state = new ClusterState(options.Name, directory.ClusterId);
        BrokerIds = options.BrokerIds;
        Network = new PeerNetwork(BrokerIds);
        var carrier = options.Carrier ?? Network;
        var settings = options.Settings!;
        var start = new ClusterStart(
            options.Name,
            directory.ClusterId,
            new ControllerStart(
                options.Name, directory.ClusterId, directory.Voter, OptionsOf(settings), settings, _state),
            BrokerIds,
            options.Racks,
            BrokerIds.ToDictionary(id => id, options.LogDirsOf),
            settings,
            carrier,
            options.Files,
            _state,
            options.Listener);
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

    /// <summary>
    /// What a Kafka client takes as bootstrap.servers: every broker that has ever been registered, at the listener of that
    /// name. Empty where the cluster has no such listener.
    /// </summary>
    /// <param name="listener">The listener's name, such as PLAINTEXT.</param>
    public string BootstrapServers(string listener = "PLAINTEXT") => string.Join(
        ',', _state.Image.Brokers.Values.SelectMany(b => b.Endpoints).Where(e => e.Listener == listener));

    /// <summary>The network between the brokers, to be cut and healed.</summary>
    public PeerNetwork Network { get; }

    /// <summary>What its brokers are set to.</summary>
    internal ReplicationSettings Settings => _options.Settings!;

    /// <summary>What the cluster's actors show; for tests.</summary>
    internal ClusterState State => _state;

    /// <summary>
    /// Starts a cluster in an actor system of its own, which ends with it. Where there is one already, see
    /// <see cref="ReplicationCluster"/>.
    /// </summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG for options out of range; INCONSISTENT_CLUSTER_ID or
    /// KAFKA_STORAGE_ERROR for a data directory that is in use, damaged or another cluster's.</exception>
    /// <exception cref="TimeoutException">A broker was not unfenced within
    /// <see cref="EmbeddedClusterOptions.StartTimeout"/>.</exception>
    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var resolved = options.Resolve();
        var system = ActorSystem.Create(
            ReplicationPaths.ClusterName(resolved.Name), resolved.RuntimeConfiguration(ReplicationReference.Config));
        try
        {
            return await ReplicationCluster.Get(system).StartAsync(resolved, ownsSystem: true, ct).ConfigureAwait(false);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <param name="options">Resolved.</param>
    /// <param name="released">What to do when the cluster has ended and its directory is free.</param>
    internal static async Task<EmbeddedCluster> StartAsync(
        ActorSystem system,
        EmbeddedClusterOptions options,
        Func<EmbeddedCluster, Task> released,
        CancellationToken ct)
    {
        ReplicationDispatchers.Define(
            system, options.Name, options.BrokerIds.Select(id => (id, options.LogDirsOf(id).Length)));
        var directory = ClusterDirectory.Open(options, options.BrokerIds);
        EmbeddedCluster cluster;
        try
        {
            cluster = new EmbeddedCluster(system, options, directory, released);
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
            await Task.WhenAll(cluster.BrokerIds.Select(id => cluster.StartBrokerAsync(id, ct))).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.StopActorsAsync().ConfigureAwait(false);
            directory.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A client of this cluster. When the cluster has stopped, its calls wait, within their time-outs, for a cluster of the
    /// same name in the same actor system.
    /// </summary>
    public ReplicationClient CreateClient()
    {
        ObjectDisposedException.ThrowIf(_stopped.IsValueCreated, this);
        return new ReplicationClient(System, Name, BrokerIds);
    }

    /// <summary>Starts a broker, or a new life of one that ended; returns when it is unfenced and serves.</summary>
    /// <exception cref="ReplicationException">Its directory cannot be used, or it was stopped meanwhile.</exception>
    /// <exception cref="TimeoutException">It was not unfenced within <see cref="EmbeddedClusterOptions.StartTimeout"/>.</exception>
    public Task StartBrokerAsync(BrokerId id, CancellationToken ct = default) =>
        CommandAsync(id, new ClusterActor.StartBroker(id), ct);

    /// <summary>
    /// Ends a broker's life without warning: nothing is flushed, handed over or marked. Returns when its files are free.
    /// </summary>
    public Task KillBrokerAsync(BrokerId id) => CommandAsync(id, new ClusterActor.KillBroker(id), CancellationToken.None);

    /// <summary>Stops a broker in order: its leaderships move first, its logs are flushed, the clean marker is written.</summary>
    public Task StopBrokerAsync(BrokerId id) => CommandAsync(id, new ClusterActor.StopBroker(id), CancellationToken.None);

    /// <summary>Whether the broker's actor runs and its storage is open.</summary>
    public bool IsAlive(BrokerId id) => _state.Living.ContainsKey(id);

    /// <summary>
    /// The broker's first log directory; the log of a partition is in <c>{topic}-{partition}</c> below it where the broker
    /// has no others.
    /// </summary>
    public string BrokerDirectory(BrokerId id) => LogDirs(id)[0];

    /// <summary>The broker's log directories; the log of a partition is in <c>{topic}-{partition}</c> below one of them.</summary>
    public IReadOnlyList<string> LogDirs(BrokerId id) => _options.LogDirsOf(Require(id));

    /// <summary>The cluster as it is at this moment. Never waits.</summary>
    public ClusterDescription Describe() => _state.Describe();

    /// <summary>
    /// What an operator would worry about at this moment, counted. Never waits; costs far less than
    /// <see cref="Describe"/> where there are many partitions.
    /// </summary>
    /// <param name="maxNames">How many partitions each list names at most.</param>
    public ClusterHealth DescribeHealth(int maxNames = 10) =>
        _state.DescribeHealth(BrokerIds, (long)System.Scheduler.MonotonicClock.TotalMilliseconds, maxNames);

    /// <summary>
    /// Calls <paramref name="observer"/> for everything that happens, in order, until the result is disposed. It is called
    /// on an actor's thread and must not block.
    /// </summary>
    public IDisposable Observe(Action<ClusterObservation> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return ObserverActor.Start(System, Name, observer);
    }

    /// <summary>
    /// Replicas publish every move of their high watermarks (<see cref="HighWatermarkMoved"/>) until the result is disposed
    /// of: to the actor system's event stream and to <see cref="Observe"/>.
    /// </summary>
    public IDisposable WatchHighWatermarks() => _state.Watchers.WatchHighWatermarks();

    /// <summary>
    /// Lets another replica in sync lead a partition; the one that led stays in sync. Returns the controller's result, or
    /// null where it has not answered in time.
    /// </summary>
    internal async Task<ElectionResult?> ResignLeadershipAsync(
        TopicPartition partition, TimeSpan timeout, CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(_stopped.IsValueCreated, this);
        try
        {
            var answer = await System.ActorSelection(ReplicationPaths.Controller(Name))
                .Ask<ElectLeadersAnswer>(new ResignLeadership(0, partition), timeout, ct).ConfigureAwait(false);
            return answer.Error == ErrorCode.None
                ? answer.Results[0]
                : new ElectionResult(partition, answer.Error, "There is no controller at this moment.");
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether the cluster's parent actor answers within that time: the least that can be asked of a living cluster.
    /// </summary>
    internal async Task<bool> PingAsync(TimeSpan timeout, CancellationToken ct = default)
    {
        if (_stopped.IsValueCreated)
            return false;
        try
        {
            await _cluster.Ask<ClusterActor.Done>(ClusterActor.Ping.Instance, timeout, ct).ConfigureAwait(false);
            return true;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Stops all brokers in order, leaderships first, then everything else. May be called again, and together with
    /// <see cref="DisposeAsync"/>: all wait for the same end.
    /// </summary>
    /// <param name="ct">Ends the patience: brokers that have not stopped in order by then are killed. Their next life
    /// finds everything that was acknowledged.</param>
    public async Task StopAsync(CancellationToken ct = default)
    {
        using var hurrying = ct.Register(static hurry => ((CancellationTokenSource)hurry!).Cancel(), _hurry);
        await _stopped.Value.ConfigureAwait(false);
    }

    /// <summary>Stops all brokers in order, then everything else.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static ControllerOptions OptionsOf(ReplicationSettings settings) => new()
    {
        NumPartitions = settings.NumPartitions,
        DefaultReplicationFactor = settings.DefaultReplicationFactor == 0 ? null : settings.DefaultReplicationFactor,
        AutoLeaderRebalanceEnable = settings.AutoLeaderRebalanceEnable,
        LeaderImbalanceCheckIntervalMs = settings.LeaderImbalanceCheckIntervalSeconds * 1000L,
        UncleanLeaderElectionIntervalMs = settings.UncleanLeaderElectionIntervalMs,
        TopicDefaults = TopicDefaults.Of(settings),
    };

    private async Task StopAndReleaseAsync(Func<EmbeddedCluster, Task> released)
    {
        try
        {
            // Where the actor system has gone already nobody answers, and nothing is left to be stopped.
            await Task.WhenAny(StopInOrderAsync(), System.WhenTerminated).Unwrap().ConfigureAwait(false);
        }
        finally
        {
            _directory.Dispose();
            await released(this).ConfigureAwait(false);
        }
    }

    private async Task StopInOrderAsync()
    {
        try
        {
            await Task.WhenAll(BrokerIds.Select(id => AskAsync(id, new ClusterActor.StopBroker(id), _hurry.Token)))
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // A broker that cannot stop in order, in the middle of a fault for instance, is killed below: its next life
            // finds everything there. An exception here would hide the one that led to the disposal.
        }
        finally
        {
            await StopActorsAsync().ConfigureAwait(false);
        }
    }

    private async Task StopActorsAsync()
    {
        // Killed brokers release their files before the cluster's directory may be used again.
        await Task.WhenAll(BrokerIds.Select(id => AskAsync(id, new ClusterActor.KillBroker(id), CancellationToken.None)))
            .ConfigureAwait(false);
        await _cluster.GracefulStop(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
    }

    private Task CommandAsync(BrokerId id, object message, CancellationToken ct)
    {
        // Nobody would answer.
        ObjectDisposedException.ThrowIf(_stopped.IsValueCreated, this);
        return AskAsync(Require(id), message, ct);
    }

    private async Task AskAsync(BrokerId id, object message, CancellationToken ct)
    {
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
