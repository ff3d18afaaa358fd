using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>What 5,000 partitions with three replicas each cost while nobody writes to them.</summary>
internal sealed class IdlePartitionsBenchmark : IBenchmark
{
    private const int Partitions = 5_000;
    private const int Replicas = Partitions * ManyPartitions.Brokers;
    private static readonly TimeSpan ShortestIdle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public string Name => "idle-partitions";

    public double Weight => 1;

    public async Task RunAsync(BenchmarkContext context)
    {
        var many = await ManyPartitions.StartAsync(context.Scratch[Name], context.Stop).ConfigureAwait(false);
        await using var ending = many.ConfigureAwait(false);
        var empty = ProcessFigures.Now(collect: true);
        var begun = Stopwatch.GetTimestamp();
        await many.CreateAsync(ManyPartitions.Topic, Partitions, context.Stop).ConfigureAwait(false);
        var committed = Stopwatch.GetElapsedTime(begun);
        await many.WaitUntilInSyncAsync(Partitions, context.Stop).ConfigureAwait(false);
        var created = Stopwatch.GetElapsedTime(begun);
        var spent = ProcessFigures.Now().Cpu - empty.Cpu;
        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"created in {created.TotalSeconds:F1} s, {spent.TotalSeconds:F1} s of processor time"),
            $"{Partitions} partitions, RF 3, in one request; committed after {committed.TotalSeconds:F1} s");

        await Task.Delay(Settling, context.Stop).ConfigureAwait(false);
        var before = ProcessFigures.Now(collect: true);
        var messages = many.Cluster.Network.Messages;
        begun = Stopwatch.GetTimestamp();
        await Task.Delay(context.Budget > ShortestIdle ? context.Budget : ShortestIdle, context.Stop).ConfigureAwait(false);
        var idle = Stopwatch.GetElapsedTime(begun);
        var after = ProcessFigures.Now();
        var exchanges = (many.Cluster.Network.Messages - messages) / 2.0 / idle.TotalSeconds;
        var percent = 100 * (after.Cpu - before.Cpu) / idle;

        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{percent:F2} % of a core (aim: < 2 %), {exchanges:F1} exchanges per second over {idle.TotalSeconds:F0} s"),
            $"{Partitions} idle partitions, RF 3, default settings: one exchange per link and 500 ms is"
            + $" {ManyPartitions.Brokers * (ManyPartitions.Brokers - 1) * 2}");
        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(before.ManagedBytes - empty.ManagedBytes) / (double)Replicas:F0} managed bytes per replica,")
            + string.Create(
                CultureInfo.InvariantCulture,
                $" {(before.ResidentBytes - empty.ResidentBytes) / (double)Replicas:F0} resident"),
            $"{ProcessFigures.MiB(before.ManagedBytes)} live and {ProcessFigures.MiB(before.ResidentBytes)} resident after a"
            + $" full collection, {ProcessFigures.MiB(empty.ManagedBytes)} and {ProcessFigures.MiB(empty.ResidentBytes)} before;"
            + $" {after.Threads} threads, {after.OpenFiles} open files");
    }
}
