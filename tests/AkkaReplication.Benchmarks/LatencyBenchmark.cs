using System.Diagnostics;
using System.Globalization;
using Akka.Actor;

namespace AkkaReplication.Benchmarks;

/// <summary>
/// How long an acknowledgement takes at half of the greatest load, undisturbed, then while a follower catches up on cold
/// data, then while a consumer reads it.
/// </summary>
internal sealed class LatencyBenchmark : IBenchmark
{
    private const string Hot = "hot";
    private const string Cold = "cold";
    private const int Partitions = 3;
    private const long ColdBytes = 1L << 30;
    private const long LoadRecords = 64 * 1024;
    private const string Quiet = "akka { loglevel = WARNING, stdout-loglevel = WARNING, log-dead-letters = off }";
    private static readonly BrokerId Late = new(3);

    public string Name => "latency";

    public double Weight => 4;

    public async Task RunAsync(BenchmarkContext context)
    {
        using var system = ActorSystem.Create("bench", Quiet);
        var options = new EmbeddedClusterOptions { Name = Name, Brokers = 3, DataDirectory = context.Scratch[Name] };
        var cluster = await ReplicationCluster.Get(system).StartAsync(options, context.Stop).ConfigureAwait(false);
        await using var ending = cluster.ConfigureAwait(false);
        var client = cluster.CreateClient();
        var admin = client.CreateAdminClient();
        await using var closing = admin.ConfigureAwait(false);
        var producer = new PacedProducer(client);
        await using var disposing = producer.ConfigureAwait(false);
        var rate = await GreatestLoadAsync(admin, producer, context).ConfigureAwait(false) / 2;

        await CreateAsync(admin, Hot, context.Stop).ConfigureAwait(false);
        await CreateAsync(admin, Cold, context.Stop).ConfigureAwait(false);
        await MeasureAsync("undisturbed", Task.CompletedTask).ConfigureAwait(false);
        if (!PageCache.CanForget)
        {
            context.Report(Name, "not measured with cold data", "this system cannot be told to forget files");
            return;
        }

        await cluster.KillBrokerAsync(Late).ConfigureAwait(false);
        await FillAsync(client, context.Stop).ConfigureAwait(false);
        PageCache.Forget(context.Scratch[Name]);
        await cluster.StartBrokerAsync(Late, context.Stop).ConfigureAwait(false);
        await MeasureAsync("while a follower catches up on 1 GiB of cold data", InSyncAsync(cluster, context.Stop))
            .ConfigureAwait(false);

        PageCache.Forget(context.Scratch[Name]);
        await MeasureAsync("while a consumer reads 1 GiB of cold data", ReadAsync(client, context.Stop))
            .ConfigureAwait(false);

        async Task MeasureAsync(string condition, Task meanwhile)
        {
            var latencies = await producer.PaceAsync(Hot, rate, context.Budget / 4, meanwhile, context.Stop)
                .ConfigureAwait(false);
            context.Report(
                Name,
                $"{latencies} (aim: p99 <= 20 ms)",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{condition}; acks=all, RF 3, 1 KiB records at {rate * PacedProducer.RecordBytes / 1e6:F0} MB/s, half of")
                + $" the greatest load; {latencies.Count} records");
        }
    }

    /// <summary>
    /// Records per second. To topics that are deleted again, for pages that a virtual machine touches for the first time are
    /// many times slower than those it has used before.
    /// </summary>
    private static async Task<double> GreatestLoadAsync(IAdminClient admin, PacedProducer producer, BenchmarkContext context)
    {
        var rates = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (rates.Count < 4 || Stopwatch.GetElapsedTime(begun) < context.Budget / 4)
        {
            var topic = $"load-{rates.Count}";
            await CreateAsync(admin, topic, context.Stop).ConfigureAwait(false);
            rates.Add(await producer.FillAsync(topic, LoadRecords, context.Stop).ConfigureAwait(false));
            await admin.DeleteTopicsAsync([topic], context.Stop).ConfigureAwait(false);
        }

        // The later half: by then the code is compiled as it stays.
        return Median.Of(rates.Skip(rates.Count / 2));
    }

    private static Task CreateAsync(IAdminClient admin, string topic, CancellationToken stop) => admin.CreateTopicsAsync(
        [new TopicSpecification { Name = topic, NumPartitions = Partitions, ReplicationFactor = 3 }], ct: stop);

    private static async Task FillAsync(ReplicationClient client, CancellationToken stop)
    {
        var producer = new PacedProducer(client, options => options.BatchSize = 256 * 1024);
        await using var disposing = producer.ConfigureAwait(false);
        await producer.FillAsync(Cold, ColdBytes / PacedProducer.RecordBytes, stop).ConfigureAwait(false);
    }

    private static async Task InSyncAsync(EmbeddedCluster cluster, CancellationToken stop)
    {
        while (cluster.Describe().Partitions.Any(partition => partition.Isr.Length < 3))
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop).ConfigureAwait(false);
    }

    private static async Task ReadAsync(ReplicationClient client, CancellationToken stop)
    {
        var consumer = client.CreateConsumer<Null, ReadOnlyMemory<byte>>();
        await using var disposing = consumer.ConfigureAwait(false);
        consumer.Assign(Enumerable.Range(0, Partitions).Select(i => new TopicPartitionOffset(Cold, i, Offset.Beginning)));
        for (var read = 0L; read < ColdBytes; read += PacedProducer.RecordBytes)
            await consumer.ConsumeAsync(stop).ConfigureAwait(false);
    }
}
