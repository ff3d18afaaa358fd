using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Admin;

/// <summary>Settings from the client to living replicas.</summary>
public sealed class ConfigsTests
{
    private static readonly ConfigResource Orders = ConfigResource.Topic("orders");

    [Fact]
    public async Task Topics_and_brokers_say_what_is_in_force_and_where_it_is_from()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, new() { ["retention.ms"] = "1000" });
        await using var admin = cluster.Client.CreateAdminClient();
        var broker = ConfigResource.Broker(new BrokerId(2));

        var described = await admin.DescribeConfigsAsync([broker, Orders, ConfigResource.Topic("nowhere")]);

        Assert.Equal([broker, Orders, ConfigResource.Topic("nowhere")], described.Select(d => d.Resource));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.None, ErrorCode.UnknownTopicOrPartition], described.Select(d => d.Error));
        Assert.All(described[0].Entries, entry => Assert.True(entry.IsReadOnly));
        var interval = described[0].Entries.Single(entry => entry.Name == "broker.heartbeat.interval.ms");
        Assert.Equal(("50ms", ConfigSource.StaticBrokerConfig), (interval.Value, interval.Source));
        Assert.True(described[0].Entries.Single(entry => entry.Name == "flush").IsDefault);
        var retention = described[1].Entries.Single(entry => entry.Name == "retention.ms");
        Assert.Equal(("1000", ConfigSource.DynamicTopicConfig), (retention.Value, retention.Source));
        Assert.Equal("2", described[1].Entries.Single(entry => entry.Name == "min.insync.replicas").Value);
    }

    [Fact]
    public async Task Brokers_that_cannot_answer_are_named_at_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Cluster.KillBrokerAsync(new BrokerId(3));
        await cluster.EventuallyAsync("broker 3 is fenced", c => c.Brokers.Single(b => b.Id.Value == 3).Fenced);
        await using var admin = cluster.Client.CreateAdminClient();
        while ((await admin.DescribeClusterAsync()).Brokers.Single(b => b.Id.Value == 3) is { Fenced: false })
            await Task.Yield();

        var described = await admin.DescribeConfigsAsync(
        [
            ConfigResource.Broker(new BrokerId(3)),
            ConfigResource.Broker(new BrokerId(77)),
            new ConfigResource(ConfigResourceType.Broker, "x"),
        ]);

        Assert.Equal(
            [ErrorCode.BrokerNotAvailable, ErrorCode.BrokerIdNotRegistered, ErrorCode.InvalidRequest],
            described.Select(d => d.Error));
        Assert.All(described, d => Assert.NotEmpty(d.Message!));
    }

    [Fact]
    public async Task Max_message_bytes_takes_effect_on_the_living_leader()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        await cluster.CreateTopicAsync("orders", 1);
        await using var admin = cluster.Client.CreateAdminClient();
        var large = new string('x', 5_000);

        await AlterAsync(admin, AlterConfigOp.Set("max.message.bytes", "1000"));
        await UntilAsync(async () => await ProduceAsync(cluster, large) == ErrorCode.MessageTooLarge);

        await AlterAsync(admin, AlterConfigOp.Delete("max.message.bytes"));
        await UntilAsync(async () => await ProduceAsync(cluster, large) == ErrorCode.None);
    }

    [Fact]
    public async Task Min_insync_replicas_takes_effect_on_the_living_leader()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        await cluster.Cluster.KillBrokerAsync(
            cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader));
        await cluster.EventuallyAsync("orders", 0, "two are in sync", p => p.Isr.Length == 2);
        Assert.Equal(ErrorCode.None, await ProduceAsync(cluster, "v"));
        await using var admin = cluster.Client.CreateAdminClient();

        await AlterAsync(admin, AlterConfigOp.Set("min.insync.replicas", "3"));
        Assert.Equal(3, cluster.Partition("orders").MinIsr);
        await UntilAsync(async () => await ProduceAsync(cluster, "v") == ErrorCode.NotEnoughReplicas);

        await AlterAsync(admin, AlterConfigOp.Set("min.insync.replicas", "1"));
        await UntilAsync(async () => await ProduceAsync(cluster, "v") == ErrorCode.None);
    }

    [Fact]
    public async Task Segment_bytes_takes_effect_on_living_logs()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        await cluster.CreateTopicAsync("orders", 1);
        await using var admin = cluster.Client.CreateAdminClient();
        var directory = Path.Combine(cluster.Cluster.BrokerDirectory(new BrokerId(1)), "orders-0");
        Assert.Equal(ErrorCode.None, await ProduceAsync(cluster, "v"));
        Assert.Single(Directory.GetFiles(directory, "*.log"));

        await AlterAsync(admin, AlterConfigOp.Set("segment.bytes", "500"));

        await UntilAsync(async () =>
        {
            Assert.Equal(ErrorCode.None, await ProduceAsync(cluster, new string('x', 300)));
            return Directory.GetFiles(directory, "*.log").Length >= 3;
        });
    }

    [Fact]
    public async Task Refused_changes_name_what_is_accepted_and_leave_the_others_alone()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        await cluster.CreateTopicAsync("orders", 1);
        await using var admin = cluster.Client.CreateAdminClient();

        var refused = await Assert.ThrowsAsync<ConfigsException>(() => admin.IncrementalAlterConfigsAsync(
            new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>>
            {
                [Orders] = [AlterConfigOp.Set("retention.ms", "5")],
                [ConfigResource.Topic("nowhere")] = [AlterConfigOp.Set("retention.ms", "5")],
                [ConfigResource.Broker(new BrokerId(1))] = [AlterConfigOp.Set("flush", "fsync")],
            }));
        var validated = await Assert.ThrowsAsync<ConfigsException>(() => admin.IncrementalAlterConfigsAsync(
            new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>>
            {
                [Orders] = [AlterConfigOp.Set("retention.ms", "never")],
            },
            validateOnly: true));

        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownTopicOrPartition, ErrorCode.InvalidRequest],
            refused.Results.OrderBy(r => r.Error).Select(r => r.Error));
        Assert.False(refused.IsRetriable);
        Assert.Equal(ErrorCode.InvalidConfig, validated.Error);
        Assert.Contains("a whole number from -1", validated.Message, StringComparison.Ordinal);
        await UntilAsync(async () =>
        {
            var entries = Assert.Single(await admin.DescribeConfigsAsync([Orders])).Entries;
            return entries.Single(entry => entry.Name == "retention.ms").Value == "5";
        });
    }

    private static Task AlterAsync(IAdminClient admin, params AlterConfigOp[] ops) =>
        admin.IncrementalAlterConfigsAsync(
            new Dictionary<ConfigResource, IReadOnlyCollection<AlterConfigOp>> { [Orders] = ops });

    /// <summary>What one attempt without repetitions comes to.</summary>
    private static async Task<ErrorCode> ProduceAsync(TestCluster cluster, string value)
    {
        await using var producer = cluster.Client.CreateProducer<string, string>(o =>
        {
            o.EnableIdempotence = false;
            o.Retries = 0;
        });
        try
        {
            await producer.ProduceAsync("orders", new() { Key = "k", Value = value });
            return ErrorCode.None;
        }
        catch (ProduceException e)
        {
            return e.Error;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (!await condition())
            Assert.True(DateTime.UtcNow < deadline, "Not within 20 s.");
    }
}
