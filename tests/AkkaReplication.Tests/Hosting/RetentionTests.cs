using System.Globalization;
using AkkaReplication.Clients;

namespace AkkaReplication.Tests.Hosting;

/// <summary>What becomes of old records, through a whole cluster and on its disks.</summary>
public sealed class RetentionTests
{
    private const int PerSegment = 10;

    private static readonly ReplicationSettings Settings = TestCluster.FastSettings with { LogRetentionCheckIntervalMs = 50 };

    [Fact]
    public async Task Old_records_go_from_every_replica_and_what_is_kept_can_be_read()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("orders", partitions: 1, configs: Keeping(segments: 3));
        await using var producer = cluster.Client.CreateProducer<string, string>();
        var sent = await ProduceAsync(producer, 0, 200);

        var start = await LogStartsAsync(cluster, from: 160);

        Assert.Equal(sent.Where(s => s.Offset >= start).ToArray(), await ReadAsync(cluster));
        await FilesAsync(cluster, broker => LogFiles(cluster, broker).All(offset => offset >= start));
    }

    [Fact]
    public async Task An_idle_partition_loses_its_old_records_too_and_goes_on_at_the_same_offset()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings with { LogRetentionMs = 1 });
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 20);

        await LogStartsAsync(cluster, from: 20);
        await using var consumer = cluster.Client.CreateConsumer<string, string>();
        var beginning = await consumer.BeginningOffsetsAsync([new TopicPartition("orders", 0)]);
        Assert.Equal(20, Assert.Single(beginning).Offset.Value);
        await FilesAsync(cluster, broker => LogFiles(cluster, broker) is [20]);

        var next = await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" });
        Assert.Equal(20, next.Offset.Value);
    }

    [Fact]
    public async Task A_consumer_that_is_too_slow_is_reset_as_it_asked_for()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("orders", partitions: 1, configs: Keeping(segments: 3));
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 200);
        var start = await LogStartsAsync(cluster, from: 160);
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await using var earliest = Consumer(AutoOffsetReset.Earliest);
        Assert.Equal(start, (await earliest.ConsumeAsync(timeout.Token)).Offset.Value);

        await using var latest = Consumer(AutoOffsetReset.Latest);
        var pending = latest.ConsumeAsync(timeout.Token).AsTask();
        await WaitAsync(() => latest.Position(new TopicPartition("orders", 0)).Value == 200, "latest was reset to the end");
        await ProduceAsync(producer, 200, 1);
        Assert.Equal(200, (await pending).Offset.Value);

        await using var none = Consumer(AutoOffsetReset.None);
        var refused = await Assert.ThrowsAsync<ConsumeException>(async () => await none.ConsumeAsync(timeout.Token));
        Assert.Equal(ErrorCode.OffsetOutOfRange, refused.Error);

        IConsumer<string, string> Consumer(AutoOffsetReset reset)
        {
            var consumer = cluster.Client.CreateConsumer<string, string>(o => o.AutoOffsetReset = reset);
            consumer.Assign([new TopicPartitionOffset(new TopicPartition("orders", 0), new Offset(0))]);
            return consumer;
        }
    }

    [Fact]
    public async Task A_follower_that_was_down_meanwhile_starts_over_where_its_leader_does()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("orders", partitions: 1, configs: Keeping(segments: 3));
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 5);
        var follower = cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader);
        await cluster.EventuallyAsync("orders", 0, "all have them", p => p.LivingReplicas.All(r => r.LogEndOffset == 5));
        await cluster.Cluster.KillBrokerAsync(follower);
        var sent = await ProduceAsync(producer, 5, 200);
        await cluster.EventuallyAsync(
            "orders", 0, "the leader keeps nothing that it had", p => p.LivingReplicas.All(r => r.LogStartOffset > 100));

        await cluster.Cluster.StartBrokerAsync(follower);

        await cluster.EventuallyAsync("orders", 0, "it is in sync", p => p.Isr.Length == 3);
        var start = await LogStartsAsync(cluster, from: 170);
        await cluster.Cluster.KillBrokerAsync(cluster.Partition("orders").Leader);
        await cluster.EventuallyAsync("orders", 0, "another one leads", p => p.HighWatermark == 205);
        Assert.Equal(sent.Where(s => s.Offset >= start).ToArray(), await ReadAsync(cluster));
    }

    [Fact]
    public async Task Brokers_that_are_killed_and_started_again_do_not_bring_deleted_records_back()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("orders", partitions: 1, configs: Keeping(segments: 3));
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await ProduceAsync(producer, 0, 200);
        var start = await LogStartsAsync(cluster, from: 160);
        await FilesAsync(cluster, broker => LogFiles(cluster, broker).All(offset => offset >= start));

        await Task.WhenAll(cluster.Cluster.BrokerIds.Select(cluster.Cluster.KillBrokerAsync));
        foreach (var broker in cluster.Cluster.BrokerIds)
            await cluster.Cluster.StartBrokerAsync(broker);

        await cluster.EventuallyAsync("orders", 0, "a leader serves", p => p.HighWatermark == 200 && p.Isr.Length == 3);
        Assert.All(cluster.Partition("orders").LivingReplicas, r => Assert.InRange(r.LogStartOffset, start, 200));
        Assert.Equal(start, (await ReadAsync(cluster))[0].Offset);
    }

    [Fact]
    public async Task A_move_of_the_log_start_is_announced_by_every_replica()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        var moved = new System.Collections.Concurrent.ConcurrentDictionary<BrokerId, long>();
        using var observing = cluster.Cluster.Observe(o =>
        {
            if (o is ReplicaLogStartMoved move)
                moved.AddOrUpdate(move.Broker, move.ToOffset, (_, before) => Math.Max(before, move.ToOffset));
        });
        await cluster.CreateTopicAsync("orders", partitions: 1, configs: Keeping(segments: 3));
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 200);
        await LogStartsAsync(cluster, from: 160);

        // A follower may also have taken its leader's log start over before its own turn came.
        var leader = cluster.Partition("orders").Leader;
        await WaitAsync(() => moved.GetValueOrDefault(leader) >= 100, "the leader says that its log start moved");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_log_goes_with_its_topic(bool deletedWhileDown)
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await ProduceAsync(producer, 0, 10);
        var victim = cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader);
        await cluster.Cluster.KillBrokerAsync(victim);
        var file = Path.Combine(cluster.Cluster.BrokerDirectory(victim), "orders-0", "00000000000000000000.log");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[30] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await using var admin = cluster.Client.CreateAdminClient();

        if (deletedWhileDown)
            await admin.DeleteTopicsAsync(["orders"]);
        await cluster.Cluster.StartBrokerAsync(victim);
        if (!deletedWhileDown)
            await admin.DeleteTopicsAsync(["orders"]);

        await FilesAsync(
            cluster, broker => Directory.GetDirectories(cluster.Cluster.BrokerDirectory(broker), "orders-*").Length == 0);
    }

    /// <summary>
    /// Segments of <see cref="PerSegment"/> records, each produced in a batch of its own; kept are as many whole ones as hold
    /// at least the bytes of the given number, which they do not quite fill: one more.
    /// </summary>
    private static Dictionary<string, string> Keeping(int segments)
    {
        const int batchBytes = 61 + 7 + 64 + 8;
        var segmentBytes = PerSegment * batchBytes;
        return new()
        {
            ["segment.bytes"] = segmentBytes.ToString(CultureInfo.InvariantCulture),
            ["retention.bytes"] = (segments * segmentBytes).ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Awaits that all three replicas start at the same offset, and returns it.</summary>
    private static async Task<long> LogStartsAsync(TestCluster cluster, long from)
    {
        var start = -1L;
        await cluster.EventuallyAsync("orders", 0, $"all replicas have deleted what is below {from}", p =>
        {
            var starts = p.LivingReplicas.Select(r => r.LogStartOffset).Distinct().ToArray();
            start = starts[0];
            return p.LivingReplicas.Length == 3 && starts.Length == 1 && start >= from;
        });
        Assert.All(
            cluster.Partition("orders").LivingReplicas, r => Assert.InRange(r.LogStartOffset, 0, r.HighWatermark));
        return start;
    }

    private static Task FilesAsync(TestCluster cluster, Predicate<BrokerId> isDone) => WaitAsync(
        () => cluster.Cluster.BrokerIds.All(broker => isDone(broker)),
        "the files are gone",
        () => string.Join(", ", cluster.Cluster.BrokerIds.SelectMany(
            b => Directory.GetFiles(cluster.Cluster.BrokerDirectory(b), "*", SearchOption.AllDirectories))));

    private static long[] LogFiles(TestCluster cluster, BrokerId broker) =>
        [.. Directory.GetFiles(Path.Combine(cluster.Cluster.BrokerDirectory(broker), "orders-0"), "*.*")
            .Select(Path.GetFileName)
            .Where(name => name!.EndsWith(".log", StringComparison.Ordinal) || name.EndsWith(".deleted", StringComparison.Ordinal))
            .Select(name => long.Parse(name![..20], CultureInfo.InvariantCulture))
            .Order()];

    private static async Task WaitAsync(Func<bool> condition, string what, Func<string>? now = null)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (!condition())
        {
            if (DateTime.UtcNow > deadline)
                Assert.Fail($"Not within 20 s: {what}. {now?.Invoke()}");
            await Task.Delay(10);
        }
    }

    private static async Task<(long Offset, string Value)[]> ReadAsync(TestCluster cluster) =>
        [.. (await cluster.ReadAllAsync("orders")).Select(r => (r.Offset.Offset.Value, r.Value))];

    private static async Task<(long Offset, string Value)[]> ProduceAsync(
        IProducer<string, string> producer, int first, int count)
    {
        var sent = new List<(long, string)>();
        for (var i = first; i < first + count; i++)
        {
            var value = i.ToString("D64", CultureInfo.InvariantCulture);
            var result = await producer.ProduceAsync("orders", new() { Key = null!, Value = value });
            sent.Add((result.Offset.Value, value));
        }

        return [.. sent];
    }
}
