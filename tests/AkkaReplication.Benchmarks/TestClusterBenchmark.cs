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
        var resets = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (starts.Count < AtLeast || Stopwatch.GetElapsedTime(begun) < context.Budget)
        {
            var start = Stopwatch.GetTimestamp();
            var cluster = await TestCluster.StartAsync(brokers: 3, ct: context.Stop).ConfigureAwait(false);
            await using var ending = cluster.ConfigureAwait(false);
            starts.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await cluster.CreateTopicAsync("orders", partitions: 3, replicationFactor: 3).ConfigureAwait(false);
            var reset = Stopwatch.GetTimestamp();
            await cluster.ResetAsync().ConfigureAwait(false);
            resets.Add(Stopwatch.GetElapsedTime(reset).TotalMilliseconds);
        }

        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"start: first {starts[0]:0} ms, then median {Median(starts):0.0} ms; reset: first {resets[0]:0} ms, then median {Median(resets):0.0} ms"),
            $"3 brokers, files in memory, {starts.Count} clusters one after the other; a reset deletes 3 partitions with 3 replicas");
    }

    /// <summary>Without the first, which pays for the compiler.</summary>
    private static double Median(List<double> times) => times.Skip(1).Order().ElementAt((times.Count - 1) / 2);
}
