using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Disks;

/// <summary>One of a broker's disks hangs: calls to it neither fail nor return.</summary>
public sealed class HangingDiskTests
{
    private const int Partitions = 6;
    private static readonly BrokerId One = new(1);

    [Fact]
    public async Task A_disk_that_hangs_stalls_only_the_partitions_on_it()
    {
        var files = new FaultyFileSystem();
        await using var cluster = await TestCluster.StartAsync(o =>
        {
            o.LogDirsPerBroker = 2;
            o.Files = files;
            // The hung leaders stay where they are for the whole of this test.
            o.Settings = TestCluster.FastSettings with { ReplicaLagTimeMaxMs = 300_000 };
        });
        await cluster.CreateTopicAsync("orders", Partitions);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, Enumerable.Range(0, Partitions), 10);
        var epoch = cluster.Cluster.Describe().Brokers.Single(b => b.Id == One).Epoch;
        var hung = cluster.Cluster.LogDirs(One)[0];
        var stalled = Enumerable.Range(0, Partitions).Where(p => Directory.Exists(Path.Combine(hung, $"orders-{p}"))).ToArray();
        var others = Enumerable.Range(0, Partitions).Except(stalled).ToArray();
        Assert.Contains(others, p => cluster.Partition("orders", p).Leader == One);
        var led = stalled.Where(p => cluster.Partition("orders", p).Leader == One).ToArray();
        Assert.NotEmpty(led);

        files.Hang(hung);
        try
        {
            // Writes and reads that hang, by the leader, its followers and a consumer.
            var waiting = led.Select(p => ProduceAsync(producer, [p], 10)).ToArray();
            await using var consumer = cluster.Client.CreateConsumer<string, string>();
            consumer.Assign([.. Enumerable.Range(0, Partitions).Select(
                p => new TopicPartitionOffset(new TopicPartition("orders", p), Offset.Beginning))]);
            await cluster.EventuallyAsync("something hangs", _ => files.HangingCalls > 0);

            await ProduceAsync(producer, others, 50);
            await ReadAsync(consumer, others, 60);

            Assert.True(files.HangingCalls > 0);
            Assert.All(waiting, produced => Assert.False(produced.IsCompleted));
            var broker = cluster.Cluster.Describe().Brokers.Single(b => b.Id == One);
            Assert.Equal((epoch, false), (broker.Epoch, broker.Fenced));
            Assert.All(others, p => Assert.Equal(3, cluster.Partition("orders", p).Isr.Length));

            files.LetGo(hung);
            await Task.WhenAll(waiting);
            await ReadAsync(consumer, led, 20);
        }
        finally
        {
            files.LetGo(hung);
        }
    }

    [Fact]
    public async Task A_leader_whose_disk_hangs_too_long_is_replaced_and_its_replicas_come_back_with_the_disk()
    {
        var files = new FaultyFileSystem();
        await using var cluster = await TestCluster.StartAsync(o =>
        {
            o.LogDirsPerBroker = 2;
            o.Files = files;
        });
        await cluster.CreateTopicAsync("orders", Partitions);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, Enumerable.Range(0, Partitions), 10);
        var hung = cluster.Cluster.LogDirs(One)[0];
        var led = Enumerable.Range(0, Partitions)
            .Where(p => Directory.Exists(Path.Combine(hung, $"orders-{p}")) && cluster.Partition("orders", p).Leader == One)
            .ToArray();

        files.Hang(hung);
        try
        {
            // Sent to the leader that hangs, then to its successor: the same records, once each.
            await ProduceAsync(producer, Enumerable.Range(0, Partitions), 10);
            Assert.All(led, p => Assert.NotEqual(One, cluster.Partition("orders", p).Leader));
            Assert.All(led, p => Assert.DoesNotContain(One, cluster.Partition("orders", p).Isr));
        }
        finally
        {
            files.LetGo(hung);
        }

        await cluster.EventuallyAsync("all are in sync", c => c.Partitions.All(p => p.Isr.Length == 3));
        await cluster.EventuallyAsync(
            "all replicas end alike", c => c.Partitions.All(p => p.LivingReplicas.All(r => r.LogEndOffset == 20)));
        Assert.Equal(20 * Partitions, (await cluster.ReadAllAsync("orders")).Count);
    }

    private static async Task ReadAsync(IConsumer<string, string> consumer, int[] partitions, int untilOffset)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var ends = new Dictionary<int, long>();
        while (partitions.Any(p => ends.GetValueOrDefault(p) < untilOffset))
        {
            var result = await consumer.ConsumeAsync(timeout.Token);
            ends[result.TopicPartitionOffset.TopicPartition.Partition] = result.Offset.Value + 1;
        }
    }

    private static Task ProduceAsync(IProducer<string, string> producer, IEnumerable<int> partitions, int count) =>
        Task.WhenAll(partitions.SelectMany(p => Enumerable.Range(0, count).Select(
            i => producer.ProduceAsync(new TopicPartition("orders", p), new() { Value = $"v{i}" }))));
}
