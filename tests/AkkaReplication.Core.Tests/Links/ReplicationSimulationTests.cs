using Xunit.Abstractions;

namespace AkkaReplication.Core.Tests.Links;

/// <summary>
/// Drives whole replicas through both ends of their links, over a network that loses, repeats, reorders and delays,
/// while brokers crash, lose unflushed data, are fenced or cut off, and replicas fail. Every run is repeated exactly by
/// its seed. More seeds: <c>REPLICATION_SEEDS=first-last</c>.
/// </summary>
public sealed class ReplicationSimulationTests(ITestOutputHelper output)
{
    public static TheoryData<int> Seeds
    {
        get
        {
            var range = (Environment.GetEnvironmentVariable("REPLICATION_SEEDS") ?? "1-4").Split('-');
            var seeds = new TheoryData<int>();
            for (var seed = int.Parse(range[0]); seed <= int.Parse(range[^1]); seed++)
                seeds.Add(seed);
            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_acknowledged_is_lost_and_logs_agree(int seed) => Run(seed, FlushPolicy.Replicated);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void With_flush_fsync_what_is_committed_is_flushed_by_the_whole_isr(int seed) => Run(seed, FlushPolicy.Fsync);

    private void Run(int seed, FlushPolicy flush)
    {
        var cluster = new SimulatedCluster(seed, flush);
        try
        {
            cluster.Run(faultyMs: 20_000, healthyMs: 10_000);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"Seed {seed}, {flush}, event {cluster.World.EventCount} at {cluster.World.NowMs} ms: {e.Message}", e);
        }

        output.WriteLine(
            $"seed {seed}, {flush}: {cluster.World.EventCount} events, {cluster.Acknowledged} acknowledged, "
            + $"{cluster.Deleted} deletions, {cluster.Retained} times retention, "
            + $"{cluster.Controller.Elections} elections, {cluster.Controller.History.Count} metadata changes");

        // A run in which nothing happened proves nothing.
        Assert.True(cluster.Acknowledged > 100, $"Only {cluster.Acknowledged} batches were acknowledged.");
        Assert.True(cluster.Deleted > 10, $"Only {cluster.Deleted} deletions were followed by all.");
        Assert.True(cluster.Retained > 10, $"Only {cluster.Retained} times retention found something.");
        Assert.True(cluster.Controller.Elections > 5, $"Only {cluster.Controller.Elections} elections took place.");
    }
}
