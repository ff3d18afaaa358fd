using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Xunit;
using Xunit.Abstractions;

namespace AkkaReplication.Testing;

/// <summary>
/// The base of tests that use Akka.TestKit.Xunit2 and a cluster: it runs in the test's own actor system, so that probes can
/// watch its brokers, replicas and controller and hear what happens to them. A cluster for each test, gone after it.
/// </summary>
public abstract class ReplicationTestKit : Akka.TestKit.Xunit2.TestKit, IAsyncLifetime
{
    private readonly int _brokers;
    private readonly Action<TestClusterOptions>? _configure;
    private readonly bool _virtualTime;
    private IDisposable? _watching;
    private TestCluster? _cluster;

    /// <param name="brokers">How many; their numbers are 1, 2, ...</param>
    /// <param name="configure">Changes the cluster's options. What it says of virtual time does not count here.</param>
    /// <param name="virtualTime">Lets the test move the time, that of its own actors, too.</param>
    /// <param name="config">Configuration of the actor system, or null to log errors only.</param>
    /// <param name="output">Where the actor system's log goes.</param>
    protected ReplicationTestKit(
        int brokers = 3,
        Action<TestClusterOptions>? configure = null,
        bool virtualTime = false,
        Config? config = null,
        ITestOutputHelper? output = null)
        : base(
            TestCluster.ConfigurationFor(
                virtualTime, config ?? ConfigurationFactory.ParseString("akka.loglevel = ERROR")),
            output: output)
    {
        _brokers = brokers;
        _configure = configure;
        _virtualTime = virtualTime;
    }

    /// <summary>The cluster of this test.</summary>
    /// <exception cref="InvalidOperationException">The test has not begun yet: it starts after the constructor.</exception>
    public TestCluster Cluster => _cluster
        ?? throw new InvalidOperationException("The cluster starts after the test's constructor, in InitializeAsync.");

    /// <summary>Starts the cluster.</summary>
    public virtual async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(
            Sys,
            _brokers,
            options =>
            {
                _configure?.Invoke(options);
                options.VirtualTime = _virtualTime;
            },
            CancellationToken.None).ConfigureAwait(false);

        // A probe may want to hear of them, and here nobody counts nanoseconds.
        _watching = _cluster.Embedded.WatchHighWatermarks();
    }

    /// <summary>Ends the cluster; the actor system ends after it.</summary>
    public virtual async Task DisposeAsync()
    {
        _watching?.Dispose();
        if (_cluster is { } cluster)
            await cluster.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// A probe that hears, from now on and in order, what happens: <see cref="LeaderElected"/>, <see cref="IsrChanged"/>,
    /// <see cref="ReplicaTruncated"/>, <see cref="HighWatermarkMoved"/>, or all as <see cref="ClusterObservation"/>.
    /// </summary>
    protected TestProbe Observe<TObservation>()
        where TObservation : ClusterObservation
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(TObservation));
        return probe;
    }

    /// <summary>A probe that watches an actor: it gets a <see cref="Terminated"/> when that ends.</summary>
    protected TestProbe Watching(IActorRef actor)
    {
        var probe = CreateTestProbe();
        probe.Watch(actor);
        return probe;
    }

    /// <summary>The actor of a broker's present life.</summary>
    /// <exception cref="ActorNotFoundException">The broker is dead.</exception>
    protected Task<IActorRef> BrokerActorAsync(int broker) =>
        ResolveAsync(ReplicationPaths.Broker(Cluster.Name, new BrokerId(broker)));

    /// <summary>The actor that a cluster's controllers live below.</summary>
    protected Task<IActorRef> ControllerActorAsync() => ResolveAsync(ReplicationPaths.Controller(Cluster.Name));

    /// <summary>The actor of a replica.</summary>
    /// <exception cref="ActorNotFoundException">The broker is dead, or has no replica of this partition.</exception>
    protected Task<IActorRef> ReplicaActorAsync(int broker, string topic, int partition = 0) =>
        Cluster.Embedded.State.Image.TryGetPartition(new TopicPartition(topic, partition)) is { } found
            ? ResolveAsync(
                $"{ReplicationPaths.Broker(Cluster.Name, new BrokerId(broker))}/{ReplicationPaths.ReplicaName(found.Id)}")
            : throw new ActorNotFoundException($"There is no partition {topic}-{partition}.");

    private Task<IActorRef> ResolveAsync(string path) => Sys.ActorSelection(path).ResolveOne(Cluster.Options.Patience);
}
