using System.Diagnostics;
using AkkaReplication.Brokers;

namespace AkkaReplication.Tests.Hosting;

/// <summary>Many partitions, little memory. The figures at full size are the benchmarks'.</summary>
public sealed class ScaleTests
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task Idle_partitions_send_nothing_beyond_one_exchange_per_link_and_wait()
    {
        const int partitions = 300;
        await using var cluster = await TestCluster.StartAsync(settings: new ReplicationSettings());
        await cluster.CreateTopicAsync("idle", partitions);
        await AllInSyncAsync(cluster, partitions);

        // What is still on its way when the last replica has joined is no concern of this test.
        await NextMessagesAsync(cluster, 24);
        var before = cluster.Cluster.Network.Messages;
        var begun = Stopwatch.GetTimestamp();
        await NextMessagesAsync(cluster, 48);
        var waits = Stopwatch.GetElapsedTime(begun) / TimeSpan.FromMilliseconds(500);

        // Six links, a request and an answer each; one more for those that were about to send.
        Assert.InRange(cluster.Cluster.Network.Messages - before, 0, (waits + 2) * 12);
    }

    [Fact]
    public async Task Broker_comes_back_to_lagging_partitions_with_far_less_memory_than_they_lag()
    {
        const int partitions = 60;
        const int records = 10;
        var last = new BrokerId(3);
        await using var cluster = await TestCluster.StartAsync(
            settings: TestCluster.FastSettings with { QueuedMaxBytes = Mebibyte, ReplicaLagTimeMaxMs = 5_000 });
        await cluster.CreateTopicAsync("lagging", partitions);
        await AllInSyncAsync(cluster, partitions);
        await cluster.Cluster.KillBrokerAsync(last);

        await using (var producer = cluster.Client.CreateProducer<Null, byte[]>())
        {
            var record = new Message<Null, byte[]> { Value = new byte[20_000] };
            await Task.WhenAll(Enumerable.Range(0, partitions * records).Select(
                i => producer.ProduceAsync(new TopicPartition("lagging", i % partitions), record)));
        }

        await cluster.Cluster.StartBrokerAsync(last);
        await AllInSyncAsync(cluster, partitions);
        Assert.All(
            cluster.Cluster.Describe().Partitions,
            p => Assert.All(p.LivingReplicas, r => Assert.Equal(records, r.LogEndOffset)));
        await BudgetsAreFreeAsync(cluster);
    }

    [Fact]
    public async Task Producer_faster_than_the_replicas_is_slowed_down_and_holds_no_more_than_its_memory()
    {
        await using var cluster = await TestCluster.StartAsync(
            settings: TestCluster.FastSettings with { QueuedMaxBytes = Mebibyte, ReplicaLagTimeMaxMs = 60_000 });
        await cluster.CreateTopicAsync("fast", partitions: 3);
        await AllInSyncAsync(cluster, 3);
        var reported = 0;
        await using var producer = cluster.Client.CreateRawProducer(
            report => Interlocked.Add(ref reported, report.Error == ErrorCode.None ? report.Completions.Count : int.MinValue),
            options => options.BufferMemory = 4 * Mebibyte);
        foreach (var broker in cluster.Cluster.BrokerIds)
            cluster.Cluster.Network.BlockAll(broker);

        // Nothing is acknowledged any more: in a tight loop it takes what the memory holds, and then no more.
        var value = new byte[10_000];
        var produced = 0;
        for (var refused = 0; refused < 20_000; refused++)
        {
            while (producer.TryProduce("fast", produced % 3, default, value))
                produced++;
            Assert.All(Budgets(cluster, b => b.ProduceBudget), bytes => Assert.InRange(bytes, 0, Mebibyte));
        }

        Assert.InRange(produced, 100, 4 * Mebibyte / value.Length);
        cluster.Cluster.Network.HealAll();
        await producer.FlushAsync();
        Assert.Equal(produced, Volatile.Read(ref reported));
        await BudgetsAreFreeAsync(cluster);
    }

    private static Task AllInSyncAsync(TestCluster cluster, int partitions) => cluster.EventuallyAsync(
        "all replicas are in sync",
        c => c.Partitions.Count(p => p.HighWatermark >= 0 && p.Isr.Length == 3 && p.LivingReplicas.Length == 3) == partitions);

    private static Task BudgetsAreFreeAsync(TestCluster cluster) => cluster.EventuallyAsync(
        "no bytes are taken for anybody",
        _ => Budgets(cluster, b => b.ProduceBudget)
            .Concat(Budgets(cluster, b => b.ReplicaFetchBudget))
            .Concat(Budgets(cluster, b => b.ConsumerFetchBudget))
            .All(bytes => bytes == 0));

    private static IEnumerable<long> Budgets(TestCluster cluster, Func<BrokerContext, ByteBudget> budget) =>
        cluster.Cluster.State.Living.Values.Select(broker => budget(broker).TakenBytes);

    private static async Task NextMessagesAsync(TestCluster cluster, int count)
    {
        var until = cluster.Cluster.Network.Messages + count;
        await cluster.EventuallyAsync($"{count} more messages between brokers", _ => cluster.Cluster.Network.Messages >= until);
    }
}
