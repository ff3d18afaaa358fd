using System.Diagnostics;
using System.Globalization;
using AkkaReplication.Testing;

namespace AkkaReplication.Benchmarks;

/// <summary>How long a test waits for a cluster of the test kit: for a new one, and for an old one without its past.</summary>
internal sealed class TestClusterBenchmark : IBenchmark
{
    private const int AtLeast = 5;

    public string Name => "test-cluster";

    public double Weight => 0.5;

    public async Task RunAsync(BenchmarkContext context)
    {
        var starts = new List<double>();
        var creations = new List<double>();
        var resets = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (starts.Count < AtLeast || Stopwatch.GetElapsedTime(begun) < context.Budget)
        {
            var start = Stopwatch.GetTimestamp();
            var cluster = await TestCluster.StartAsync(brokers: 3, ct: context.Stop).ConfigureAwait(false);
            await using var ending = cluster.ConfigureAwait(false);
            Add(starts, start);
            var creation = Stopwatch.GetTimestamp();
            await cluster.CreateTopicAsync("orders", partitions: 3, replicationFactor: 3).ConfigureAwait(false);
            Add(creations, creation);
            var reset = Stopwatch.GetTimestamp();
            await cluster.ResetAsync().ConfigureAwait(false);
            Add(resets, reset);
        }

        context.Report(
            Name,
            $"start {Describe(starts)}; topic {Describe(creations)}; reset {Describe(resets)}",
            $"3 brokers, files in memory, {starts.Count} clusters one after the other; a topic has 3 partitions with 3 replicas, "
            + "a reset deletes it");
    }

    private static void Add(List<double> times, long begun) => times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);

    /// <summary>The first pays for the compiler.</summary>
    private static string Describe(List<double> times) => string.Create(
        CultureInfo.InvariantCulture,
        $"{times[0]:0} ms, then median {times.Skip(1).Order().ElementAt((times.Count - 1) / 2):0.0} ms");
}
