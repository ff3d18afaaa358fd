using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using AkkaReplication.Storage.Files;
using AkkaReplication.Testing.Clients;
using AkkaReplication.Testing.Disks;
using AkkaReplication.Testing.Networks;
using AkkaReplication.Testing.Times;

namespace AkkaReplication.Testing;

/// <summary>
/// A whole cluster for a test, whose brokers can be killed, paused and cut off, whose disks can fail, and whose clients
/// write down what they do. Faults act on messages and files; the brokers do not know that they are tested. Any thread.
/// </summary>
/// <remarks>
/// Clusters do not meet: each has an actor system, files and a history of its own, and tests may run in parallel. Everything
/// that a test breaks is whole again after <see cref="HealAsync"/>; after <see cref="ResetAsync"/> nothing of the test is
/// left.
/// </remarks>
public sealed partial class TestCluster : IAsyncDisposable
{
    private readonly EmbeddedCluster _cluster;
    private readonly TestClusterOptions _options;
    private readonly FaultyFileSystem _files;
    private readonly FaultyCarrier _carrier;
    private readonly ImmutableArray<TestBroker> _brokers;
    private readonly Recent _recent = new();
    private readonly IDisposable _watching;
    private readonly bool _ownsSystem;
    private int _disposed;

    private TestCluster(
        EmbeddedCluster cluster,
        TestClusterOptions options,
        FaultyFileSystem files,
        FaultyCarrier carrier,
        IReadOnlyDictionary<int, DiskFaults> disks,
        bool ownsSystem)
    {
        _cluster = cluster;
        _options = options;
        _files = files;
        _carrier = carrier;
        _ownsSystem = ownsSystem;
        _files.Removed = cluster.State.Watchers.Changed;
        _brokers = [.. cluster.BrokerIds.Select(id => new TestBroker(this, id.Value, disks[id.Value]))];
        Network = new TestNetwork(this, carrier);
        Time = new TestTime(this);
        History = new TestHistory(this);
        Client = new RecordingClient(cluster.CreateClient(), History);
        _watching = cluster.Observe(Watch);
    }

    /// <summary>The cluster's name, as observations carry it.</summary>
    public string Name => _cluster.Name;

    /// <summary>The actor system that everything runs in.</summary>
    public ActorSystem System => _cluster.System;

    /// <summary>What decides which messages lossy links lose: the same number loses the same ones, as far as they are the same.</summary>
    public int Seed { get; private init; }

    /// <summary>The brokers, by their numbers.</summary>
    public IReadOnlyList<TestBroker> Brokers => _brokers;

    /// <summary>The network between the brokers, and between them and the controller.</summary>
    public TestNetwork Network { get; }

    /// <summary>The time, which a test may move where <see cref="TestClusterOptions.VirtualTime"/> is set.</summary>
    public TestTime Time { get; }

    internal EmbeddedCluster Embedded => _cluster;

    internal FaultyFileSystem Files => _files;

    internal FaultyCarrier Carrier => _carrier;

    internal TestClusterOptions Options => _options;

    internal ReplicationSettings Settings => _cluster.Settings;

    /// <summary>Starts a cluster; returns when all brokers serve.</summary>
    /// <param name="brokers">How many; their numbers are 1, 2, ...</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="ct">Ends the start.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG for options out of range.</exception>
    public static Task<TestCluster> StartAsync(
        int brokers = 3, Action<TestClusterOptions>? configure = null, CancellationToken ct = default) =>
        StartAsync(system: null, brokers, configure, ct);

    /// <summary>A configuration of an actor system for a test's cluster, over another one.</summary>
    internal static Config ConfigurationFor(bool virtualTime, Config config) => virtualTime
        ? ConfigurationFactory.ParseString(
            $"akka.scheduler.implementation = \"{typeof(VirtualScheduler).FullName}, AkkaReplication.TestKit\"")
            .WithFallback(config)
        : config;

    /// <param name="system">Where it runs, or null for an actor system of its own.</param>
    internal static async Task<TestCluster> StartAsync(
        ActorSystem? system, int brokers, Action<TestClusterOptions>? configure, CancellationToken ct)
    {
        var options = new TestClusterOptions();
        configure?.Invoke(options);
        var seed = options.Seed ?? Random.Shared.Next();
        var embedded = options.ToEmbedded(brokers);
        var files = new FaultyFileSystem(
            options.DataDirectory is null ? new MemoryFileSystem() : PhysicalFileSystem.Instance);
        var carrier = new FaultyCarrier(seed);
        embedded.Files = files;
        embedded.Carrier = carrier;
        embedded = embedded.Resolve(system?.Settings.Config);
        var disks = new Dictionary<int, DiskFaults>();
        foreach (var id in embedded.BrokerIds)
        {
            var faults = disks[id.Value] = new DiskFaults();
            foreach (var directory in embedded.LogDirsOf(id))
                files.Add(directory, faults);
        }

        var own = system is null ? CreateSystem(embedded, options) : null;
        carrier.Attach((system ?? own)!);
        try
        {
            var cluster = await ReplicationCluster.Get((system ?? own)!)
                .StartAsync(embedded, ownsSystem: own is not null, ct).ConfigureAwait(false);
            return new TestCluster(cluster, options, files, carrier, disks, own is not null) { Seed = seed };
        }
        catch
        {
            if (own is not null)
                await own.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A broker.</summary>
    /// <param name="id">1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such broker.</exception>
    public TestBroker Broker(int id) => id >= 1 && id <= _brokers.Length
        ? _brokers[id - 1]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The brokers are 1 to {_brokers.Length}.");

    /// <summary>
    /// What a Kafka client takes as bootstrap.servers; empty unless <see cref="TestClusterOptions.Configure"/> has opened the
    /// cluster to such clients.
    /// </summary>
    /// <param name="listener">The listener's name, such as PLAINTEXT or SSL.</param>
    public string BootstrapServers(string listener = "PLAINTEXT") => _cluster.BootstrapServers(listener);

    /// <summary>Calls <paramref name="observer"/> for everything that happens, in order, until the result is disposed of.</summary>
    public IDisposable Observe(Action<ClusterObservation> observer) => _cluster.Observe(observer);

    /// <summary>
    /// Undoes every fault: the network and the disks are whole, brokers that were paused or dead live, and those with a
    /// replica that a disk has taken offline are started anew. Returns when all brokers run; replicas may still be catching
    /// up, for which <see cref="EventuallyAsync"/> waits.
    /// </summary>
    public async Task HealAsync()
    {
        await Network.HealAsync().ConfigureAwait(false);
        await Task.WhenAll(_brokers.Select(broker => broker.HealAsync())).ConfigureAwait(false);
        if (_brokers.Any(broker => broker.HadDiskFaults))
        {
            // What failed in the last moment has been told by then.
            await Time.SettleAsync().ConfigureAwait(false);
            await Task.WhenAll(_brokers.Select(broker => broker.RestartIfOfflineAsync())).ConfigureAwait(false);
        }
    }

    /// <summary>Ends everything at once: brokers, files, the actor system. Clients fail from then on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (var broker in _brokers)
            broker.Release();
        _watching.Dispose();

        // Nobody reads these files again, unless they are on a disk: then the next cluster may begin in order.
        if (_options.DataDirectory is null)
            await Task.WhenAll(_brokers.Select(broker => _cluster.KillBrokerAsync(broker.BrokerId))).ConfigureAwait(false);
        await _cluster.StopAsync().ConfigureAwait(false);
        History.Dispose();
    }

    private static ActorSystem CreateSystem(EmbeddedClusterOptions embedded, TestClusterOptions options)
    {
        var quiet = ConfigurationFactory.ParseString(
            """
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              log-dead-letters = off
              log-dead-letters-during-shutdown = off
              coordinated-shutdown.exit-clr = off
              coordinated-shutdown.run-by-clr-shutdown-hook = off
            }
            """);
        return ActorSystem.Create(
            ReplicationPaths.ClusterName(embedded.Name),
            embedded.RuntimeConfiguration(
                ConfigurationFor(options.VirtualTime, quiet).WithFallback(ReplicationReference.Config)));
    }
}
