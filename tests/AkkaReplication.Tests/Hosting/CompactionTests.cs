using System.Globalization;

namespace AkkaReplication.Tests.Hosting;

/// <summary>A compacted topic through a whole cluster and on its disks.</summary>
public sealed class CompactionTests
{
    private const int Keys = 5;
    private const int Rounds = 40;

    private static readonly ReplicationSettings Settings = TestCluster.FastSettings with { LogCleanerBackoffMs = 20 };

    private static readonly Dictionary<string, string> Compacted = new()
    {
        ["cleanup.policy"] = "compact",
        ["segment.bytes"] = "1000",
        ["min.cleanable.dirty.ratio"] = "0.01",
    };

    [Fact]
    public async Task Every_replica_keeps_the_newest_record_of_each_key_and_goes_on_through_failover_and_restart()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("states", partitions: 1, configs: Compacted);
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await ProduceAsync(producer, 0);
        await CompactedAsync(cluster);
        Assert.Equal(State(0), await ReadAsync(cluster));

        var old = cluster.Partition("states").Leader;
        await cluster.Cluster.KillBrokerAsync(old);
        await cluster.EventuallyAsync("states", 0, "another one leads", p => p.Leader != old && p.Leader != BrokerId.None);
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await ProduceAsync(producer, Rounds);
        await cluster.Cluster.StartBrokerAsync(old);
        await cluster.EventuallyAsync("states", 0, "all are in sync", p => p.Isr.Length == 3);
        await CompactedAsync(cluster);
        Assert.Equal(State(Rounds), await ReadAsync(cluster));

        await Task.WhenAll(cluster.Cluster.BrokerIds.Select(cluster.Cluster.KillBrokerAsync));
        foreach (var broker in cluster.Cluster.BrokerIds)
            await cluster.Cluster.StartBrokerAsync(broker);
        await cluster.EventuallyAsync(
            "states", 0, "a leader serves", p => p.HighWatermark == 2 * Rounds * Keys && p.Isr.Length == 3);
        Assert.Equal(State(Rounds), await ReadAsync(cluster));
    }

    [Fact]
    public async Task A_follower_that_begins_with_nothing_gets_what_is_left_and_is_in_sync()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("states", partitions: 1, configs: Compacted);
        var follower = cluster.Partition("states").Isr.First(b => b != cluster.Partition("states").Leader);
        await cluster.Cluster.KillBrokerAsync(follower);
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await ProduceAsync(producer, 0);
        await CompactedAsync(cluster);

        await cluster.Cluster.StartBrokerAsync(follower);
        await cluster.EventuallyAsync("states", 0, "all are in sync", p => p.Isr.Length == 3);
        await cluster.Cluster.KillBrokerAsync(cluster.Partition("states").Leader);
        await cluster.EventuallyAsync("states", 0, "another one leads", p => p.HighWatermark == Rounds * Keys);
        Assert.Equal(State(0), await ReadAsync(cluster));
    }

    [Fact]
    public async Task A_record_without_a_key_is_refused_and_a_topic_that_becomes_compacted_begins_to_be()
    {
        await using var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("states", partitions: 1, configs: new() { ["segment.bytes"] = "1000" });
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0);
        await using var admin = cluster.Client.CreateAdminClient();
        await admin.IncrementalAlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>>
        {
            [ConfigResource.Topic("states")] =
            [
                AlterConfigOp.Set("cleanup.policy", "compact"),
                AlterConfigOp.Set("min.cleanable.dirty.ratio", "0.01"),
            ],
        });

        await CompactedAsync(cluster);
        var refused = await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("states", new() { Key = null!, Value = "v" }));

        Assert.Equal(ErrorCode.InvalidRecord, refused.Error);
        Assert.Equal(State(0), await ReadAsync(cluster));
    }

    /// <summary>Awaits that what each living replica has on its disk is a part of what was written.</summary>
    private static async Task CompactedAsync(TestCluster cluster)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (!cluster.Cluster.BrokerIds.All(broker => SizeOf(cluster, broker) < 6000))
        {
            Assert.True(DateTime.UtcNow < deadline, string.Join(", ", cluster.Cluster.BrokerIds.Select(b => SizeOf(cluster, b))));
            await Task.Delay(10);
        }
    }

    private static long SizeOf(TestCluster cluster, BrokerId broker)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(cluster.Cluster.BrokerDirectory(broker), "states-0"))
                .GetFiles("*.log").Sum(file => file.Length);
        }
        catch (FileNotFoundException)
        {
            // A segment was replaced at this very moment.
            return long.MaxValue;
        }
    }

    /// <summary>What the topic says after the rounds from <paramref name="first"/> on.</summary>
    private static SortedDictionary<string, string> State(int first) => new(
        Enumerable.Range(0, Keys).ToDictionary(key => $"k{key}", key => Value(key, first + Rounds - 1)), StringComparer.Ordinal);

    private static async Task<SortedDictionary<string, string>> ReadAsync(TestCluster cluster)
    {
        var state = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var last = -1L;
        foreach (var (offset, value) in await cluster.ReadAllAsync("states"))
        {
            Assert.True(offset.Offset.Value > last);
            last = offset.Offset.Value;
            state[$"k{value[0]}"] = value;
        }

        return state;
    }

    private static string Value(int key, int round) => string.Create(CultureInfo.InvariantCulture, $"{key}-{round:D40}");

    private static async Task ProduceAsync(IProducer<string, string> producer, int first)
    {
        for (var round = first; round < first + Rounds; round++)
        {
            for (var key = 0; key < Keys; key++)
                await producer.ProduceAsync("states", new() { Key = $"k{key}", Value = Value(key, round) });
        }
    }
}
