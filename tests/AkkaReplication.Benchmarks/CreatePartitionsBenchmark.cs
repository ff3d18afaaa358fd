using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>
/// 10,000 partitions with three replicas each, created at once: how long until all of them serve, and how long another
/// topic's producer waits meanwhile. One request may write 10,000 records, as in Kafka, so it takes two.
/// </summary>
internal sealed class CreatePartitionsBenchmark : IBenchmark
{
    private const int Partitions = 10_000;
    private const string Second = "more";
    private const string Other = "other";
    private static readonly TimeSpan Warming = TimeSpan.FromSeconds(2);

    public string Name => "create-partitions";

    public double Weight => 1;

    public async Task RunAsync(BenchmarkContext context)
    {
        var many = await ManyPartitions.StartAsync(context.Scratch[Name], context.Stop).ConfigureAwait(false);
        await using var ending = many.ConfigureAwait(false);
        await many.CreateAsync(Other, 1, context.Stop).ConfigureAwait(false);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        var latencies = new List<double>();
        var producing = Task.Run(() => ProduceAsync(many, latencies, done.Token), context.Stop);
        await Task.Delay(Warming, context.Stop).ConfigureAwait(false);
        var undisturbed = Take(latencies);

        var before = ProcessFigures.Now();
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            many.CreateAsync(ManyPartitions.Topic, Partitions / 2, context.Stop),
            many.CreateAsync(Second, Partitions / 2, context.Stop)).ConfigureAwait(false);
        var committed = Stopwatch.GetElapsedTime(begun);
        await many.WaitUntilInSyncAsync(Partitions + 1, context.Stop).ConfigureAwait(false);
        var elapsed = Stopwatch.GetElapsedTime(begun);
        var after = ProcessFigures.Now();
        var meanwhile = Take(latencies);
        await done.CancelAsync().ConfigureAwait(false);
        await producing.ConfigureAwait(false);

        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"all in sync after {elapsed.TotalSeconds:F1} s, {(after.Cpu - before.Cpu).TotalSeconds:F1} s of processor time"),
            $"{Partitions} partitions, RF 3, in two requests; committed after"
            + string.Create(CultureInfo.InvariantCulture, $" {committed.TotalSeconds:F1} s; {after.OpenFiles} open files"));
        context.Report(
            Name,
            $"produce to another topic: {Describe(meanwhile)}",
            $"acks=all, one record at a time; before: {Describe(undisturbed)}");
    }

    private static async Task ProduceAsync(ManyPartitions many, List<double> latencies, CancellationToken stop)
    {
        var producer = many.Client.CreateProducer<byte[], byte[]>();
        await using var ending = producer.ConfigureAwait(false);
        while (!stop.IsCancellationRequested)
        {
            var begun = Stopwatch.GetTimestamp();
            await producer.ProduceAsync(Other, new Message<byte[], byte[]> { Value = [1] }, CancellationToken.None)
                .ConfigureAwait(false);
            lock (latencies)
                latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await Task.Delay(5, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static double[] Take(List<double> latencies)
    {
        lock (latencies)
        {
            double[] taken = [.. latencies.Order()];
            latencies.Clear();
            return taken;
        }
    }

    private static string Describe(double[] sorted) => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {sorted[sorted.Length / 2]:F1} ms, p99 {sorted[sorted.Length * 99 / 100]:F1} ms, max {sorted[^1]:F0} ms");
}
