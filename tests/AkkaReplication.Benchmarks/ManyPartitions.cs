using System.Diagnostics;
using Akka.Actor;

namespace AkkaReplication.Benchmarks;

/// <summary>Three brokers in this process with default settings, and one topic of very many partitions.</summary>
internal sealed class ManyPartitions : IAsyncDisposable
{
    public const int Brokers = 3;
    public const string Topic = "many";

    // Only the figures are to be read.
    private const string Quiet = "akka { loglevel = WARNING, stdout-loglevel = WARNING, log-dead-letters = off }";
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ActorSystem _system;

    private ManyPartitions(ActorSystem system, EmbeddedCluster cluster)
    {
        _system = system;
        Cluster = cluster;
        Client = cluster.CreateClient();
        Admin = Client.CreateAdminClient();
    }

    public EmbeddedCluster Cluster { get; }

    public ReplicationClient Client { get; }

    public IAdminClient Admin { get; }

    public static async Task<ManyPartitions> StartAsync(string directory, CancellationToken stop)
    {
        var system = ActorSystem.Create("bench", Quiet);
        try
        {
            var options = new EmbeddedClusterOptions
            {
                Name = "bench",
                Brokers = Brokers,
                DataDirectory = directory,
                StartTimeout = TimeSpan.FromMinutes(5),
            };
            return new ManyPartitions(
                system, await ReplicationCluster.Get(system).StartAsync(options, stop).ConfigureAwait(false));
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Creates a topic of three replicas in one request; ends when the controller has committed it.</summary>
    public Task CreateAsync(string topic, int partitions, CancellationToken stop) => Admin.CreateTopicsAsync(
        [new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = Brokers }], ct: stop);

    /// <summary>How long it takes until so many partitions have a serving leader and all replicas in sync.</summary>
    public Task<TimeSpan> WaitUntilInSyncAsync(int partitions, CancellationToken stop) => WaitUntilAsync(
        partitions, p => p.HighWatermark >= 0 && p.Isr.Length == Brokers && p.LivingReplicas.Length == Brokers, stop);

    /// <summary>Waits until so many partitions are led by others, who do not count on that broker.</summary>
    public Task<TimeSpan> WaitUntilInSyncWithoutAsync(BrokerId broker, int partitions, CancellationToken stop) =>
        WaitUntilAsync(partitions, p => p.HighWatermark >= 0 && !p.Isr.Contains(broker), stop);

    private async Task<TimeSpan> WaitUntilAsync(
        int partitions, Predicate<PartitionDescription> isReady, CancellationToken stop)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < LongestWait)
        {
            if (Cluster.Describe().Partitions.Count(p => isReady(p)) >= partitions)
                return Stopwatch.GetElapsedTime(begun);
            await Task.Delay(Pause, stop).ConfigureAwait(false);
        }

        throw new TimeoutException($"{partitions} partitions were not ready within {LongestWait.TotalMinutes} minutes.");
    }

    public async ValueTask DisposeAsync()
    {
        await Admin.DisposeAsync().ConfigureAwait(false);
        await Cluster.DisposeAsync().ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
    }
}
