using System.Diagnostics;
using Akka.Actor;
using AkkaReplication.Clients;

namespace AkkaReplication.Benchmarks;

/// <summary>
/// Three brokers in this process and one producer with acks=all, which writes to three partitions of three replicas
/// each. Every round has a topic of its own, deleted afterwards: a long run needs no more disk than a short one.
/// </summary>
internal sealed class EmbeddedProducing : IAsyncDisposable
{
    public const int RecordBytes = 1024;
    private const int Brokers = 3;
    private const int Partitions = 3;

    // Only the figures are to be read.
    private const string Quiet = "akka { loglevel = WARNING, stdout-loglevel = WARNING, log-dead-letters = off }";

    private readonly ActorSystem _system;
    private readonly EmbeddedCluster _cluster;
    private readonly IAdminClient _admin;
    private readonly RawProducer _producer;
    private readonly AutoResetEvent _reported = new(false);
    private readonly byte[] _value = new byte[RecordBytes];
    private RecordsReported? _failure;
    private long _batches;
    private int _topics;

    private EmbeddedProducing(ActorSystem system, EmbeddedCluster cluster, int? batchSize)
    {
        _system = system;
        _cluster = cluster;
        new Random(1).NextBytes(_value);
        var client = cluster.CreateClient();
        _admin = client.CreateAdminClient();
        _producer = client.CreateRawProducer(
            OnReported, options => options.BatchSize = batchSize ?? options.BatchSize);
    }

    /// <param name="batchSize">batch.size in bytes, null for Kafka's default.</param>
    public static async Task<EmbeddedProducing> StartAsync(string directory, int? batchSize, CancellationToken stop)
    {
        var system = ActorSystem.Create("bench", Quiet);
        try
        {
            var options = new EmbeddedClusterOptions { Name = "bench", Brokers = Brokers, DataDirectory = directory };
            var cluster = await ReplicationCluster.Get(system).StartAsync(options, stop).ConfigureAwait(false);
            return new EmbeddedProducing(system, cluster, batchSize);
        }
        catch
        {
            await system.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Produces so many records to a new topic, measured until the last of them is acknowledged.</summary>
    public async Task<ProducingRound> ProduceAsync(int records)
    {
        var topic = $"bench-{++_topics}";
        await _admin.CreateTopicsAsync(
            [new TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = Brokers }])
            .ConfigureAwait(false);
        await SendAsync(topic, Partitions).ConfigureAwait(false);

        var batches = Volatile.Read(ref _batches);
        var allocatedBytes = GC.GetTotalAllocatedBytes(precise: true);
        var begun = Stopwatch.GetTimestamp();
        await SendAsync(topic, records).ConfigureAwait(false);
        var round = new ProducingRound(
            Stopwatch.GetElapsedTime(begun),
            Volatile.Read(ref _batches) - batches,
            GC.GetTotalAllocatedBytes(precise: true) - allocatedBytes);
        await _admin.DeleteTopicsAsync([topic]).ConfigureAwait(false);
        await UntilGoneAsync(topic).ConfigureAwait(false);
        return round;
    }

    public async ValueTask DisposeAsync()
    {
        await _producer.DisposeAsync().ConfigureAwait(false);
        await _admin.DisposeAsync().ConfigureAwait(false);
        await _cluster.DisposeAsync().ConfigureAwait(false);
        await _system.Terminate().ConfigureAwait(false);
        _reported.Dispose();
    }

    /// <summary>Removing its files takes time that belongs to no measurement.</summary>
    private async Task UntilGoneAsync(string topic)
    {
        while (_cluster.BrokerIds.Any(id => Directory.EnumerateDirectories(_cluster.BrokerDirectory(id), $"{topic}-*").Any()))
            await Task.Delay(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
    }

    private async Task SendAsync(string topic, int records)
    {
        // A thread of its own: it waits for memory, and must not take the actors' threads for that.
        await Task.Factory.StartNew(
            () => Send(topic, records),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
        await _producer.FlushAsync().ConfigureAwait(false);
        ThrowIfFailed();
    }

    private void Send(string topic, int records)
    {
        for (var i = 0; i < records; i++)
        {
            // The first three find every partition; after that no partition is named, as most callers do.
            var partition = records == Partitions ? i : -1;
            while (!_producer.TryProduce(topic, partition, default, _value))
            {
                _reported.WaitOne();
                ThrowIfFailed();
            }
        }
    }

    private void OnReported(RecordsReported report)
    {
        if (report.Error != ErrorCode.None)
            _failure ??= report;
        Interlocked.Increment(ref _batches);
        _reported.Set();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new InvalidOperationException($"{failure.Partition}: {failure.Error} {failure.Message}");
    }
}

/// <summary>What one round took.</summary>
/// <param name="Batches">Acknowledged batches.</param>
/// <param name="AllocatedBytes">By the whole process.</param>
internal readonly record struct ProducingRound(TimeSpan Elapsed, long Batches, long AllocatedBytes);
