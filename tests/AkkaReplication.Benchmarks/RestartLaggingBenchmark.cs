using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>
/// A broker comes back to 5,000 partitions that all went on without it, in a process of three brokers whose heap is limited
/// to 512 MiB: does it stay within that, and how long until it is in sync everywhere?
/// </summary>
internal sealed class RestartLaggingBenchmark : IBenchmark
{
    private const int Partitions = 5_000;
    private const int RecordsPerPartition = 64;
    private const long HeapLimitBytes = 512L * 1024 * 1024;
    private static readonly BrokerId Restarted = new(3);

    public string Name => "restart-lagging";

    public double Weight => 1;

    public Task RunAsync(BenchmarkContext context) =>
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes <= HeapLimitBytes ? MeasureAsync(context) : RunLimitedAsync(context);

    /// <summary>The limit is read when a process starts: this needs one of its own.</summary>
    private async Task RunLimitedAsync(BenchmarkContext context)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "--only", Name, "--dir", context.Scratch.FullPath },
        };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Insert(0, Environment.GetCommandLineArgs()[0]);
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimitBytes.ToString("X", CultureInfo.InvariantCulture);
        using var child = Process.Start(start)!;
        try
        {
            await child.WaitForExitAsync(context.Stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            child.Kill();
            throw;
        }

        if (child.ExitCode != 0)
            context.Report(Name, $"failed with exit code {child.ExitCode}", "in a process with a limited heap; its output is above");
    }

    private async Task MeasureAsync(BenchmarkContext context)
    {
        var many = await ManyPartitions.StartAsync(context.Scratch[Name], context.Stop).ConfigureAwait(false);
        await using var ending = many.ConfigureAwait(false);
        await many.CreateAsync(ManyPartitions.Topic, Partitions, context.Stop).ConfigureAwait(false);
        await many.WaitUntilInSyncAsync(Partitions, context.Stop).ConfigureAwait(false);
        await many.Cluster.KillBrokerAsync(Restarted).ConfigureAwait(false);
        await many.WaitUntilInSyncWithoutAsync(Restarted, Partitions, context.Stop).ConfigureAwait(false);
        await EvenLoad.WriteAsync(many, Partitions, RecordsPerPartition).ConfigureAwait(false);

        var before = ProcessFigures.Now(collect: true);
        var peak = new PeakMemory();
        await using var sampling = peak.ConfigureAwait(false);
        var begun = Stopwatch.GetTimestamp();
        await many.Cluster.StartBrokerAsync(Restarted).ConfigureAwait(false);
        var served = Stopwatch.GetElapsedTime(begun);
        await many.WaitUntilInSyncAsync(Partitions, context.Stop).ConfigureAwait(false);
        var elapsed = Stopwatch.GetElapsedTime(begun);
        var after = ProcessFigures.Now();
        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"in sync after {elapsed.TotalSeconds:F1} s (unfenced after {served.TotalSeconds:F1} s),"
                + $" {(after.Cpu - before.Cpu).TotalSeconds:F1} s of processor time"),
            $"{Partitions} partitions, RF 3, each {RecordsPerPartition} KiB behind, three brokers in this process");
        context.Report(
            Name,
            $"heap {ProcessFigures.MiB(peak.ManagedBytes)} at most (limit {ProcessFigures.MiB(HeapLimitBytes)}),"
            + $" resident {ProcessFigures.MiB(peak.ResidentBytes)}",
            $"{ProcessFigures.MiB(before.ManagedBytes)} live before the restart; {after.Threads} threads, {after.OpenFiles} open files");
    }
}
