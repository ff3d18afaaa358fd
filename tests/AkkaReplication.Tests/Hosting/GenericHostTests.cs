using Akka.Actor;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Tests.Hosting;

public sealed class GenericHostTests
{
    [Fact]
    public async Task A_background_service_added_before_the_cluster_produces_from_its_first_to_its_last_moment()
    {
        await using var host = TestHost.Build((builder, fast) =>
        {
            builder.Services.AddSingleton<Worker>();
            builder.Services.AddHostedService(provider => provider.GetRequiredService<Worker>());
            builder.Services.AddReplicationCluster(fast);
        });
        var worker = host.Services.GetRequiredService<Worker>();

        await host.StartAsync();
        var first = await worker.First.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.StopAsync();

        Assert.Equal(0, first.Offset.Value);
        Assert.NotNull(worker.Last);
        Assert.Equal(1, worker.Last.Offset.Value);
    }

    [Fact]
    public async Task Stopping_the_host_stops_every_broker_in_order()
    {
        await using var host = await TestHost.StartAsync();
        var cluster = host.Cluster;

        await host.StopAsync();

        Assert.All(cluster.BrokerIds, id =>
            Assert.True(File.Exists(Path.Combine(cluster.BrokerDirectory(id), ".kafka_cleanshutdown"))));
        Assert.Empty(ReplicationCluster.Get(cluster.System).Clusters);
    }

    [Fact]
    public async Task A_cluster_that_cannot_stop_in_order_is_killed_when_the_hosts_patience_ends()
    {
        await using var host = await TestHost.StartAsync();
        var cluster = host.Cluster;
        var controller = await cluster.System
            .ActorSelection($"/user/akkarepl-{cluster.Name}/controller").ResolveOne(TimeSpan.FromSeconds(5));
        await controller.GracefulStop(TimeSpan.FromSeconds(5));
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await host.StopAsync(patience.Token).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.All(cluster.BrokerIds, id =>
            Assert.False(File.Exists(Path.Combine(cluster.BrokerDirectory(id), ".kafka_cleanshutdown"))));
        await using var again = await EmbeddedCluster.StartAsync(
            new() { DataDirectory = Path.Combine(host.Directory, "embedded"), Settings = TestCluster.FastSettings });
        Assert.Equal(cluster.ClusterId, again.ClusterId);
    }

    [Fact]
    public async Task Several_clusters_live_in_one_host_under_their_names()
    {
        await using var host = TestHost.Build((builder, fast) => builder.Services
            .AddReplicationCluster("orders", fast + (o => o.Brokers = 1))
            .AddReplicationCluster("audit", fast + (o => o.Brokers = 1))
            .AddReplicationCluster(fast + (o => o.Brokers = 1)));

        await host.StartAsync();

        var orders = host.Services.GetRequiredKeyedService<EmbeddedCluster>("orders");
        var audit = host.Services.GetRequiredKeyedService<EmbeddedCluster>("audit");
        Assert.Equal(
            ["orders", "audit", "embedded"], new[] { orders.Name, audit.Name, host.Cluster.Name });
        Assert.Equal(3, new[] { orders.ClusterId, audit.ClusterId, host.Cluster.ClusterId }.Distinct().Count());
        await using var admin = host.Services.GetRequiredKeyedService<ReplicationClient>("audit").CreateAdminClient();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "events", NumPartitions = 1 }]);
        Assert.Empty(orders.Describe().Partitions);
        Assert.Single(audit.Describe().Partitions);
    }

    [Fact]
    public void The_same_name_twice_is_refused_at_once()
    {
        var services = new ServiceCollection();
        services.AddReplicationCluster(o => o.DataDirectory = "a");
        services.AddReplicationCluster("orders", o => o.DataDirectory = "b");

        var unnamed = Assert.Throws<InvalidOperationException>(() => services.AddReplicationCluster(o => o.DataDirectory = "c"));
        var named = Assert.Throws<InvalidOperationException>(
            () => services.AddReplicationCluster("orders", o => o.DataDirectory = "d"));

        Assert.Equal("A cluster was added already; give each of several clusters a name.", unnamed.Message);
        Assert.Equal("A cluster named 'orders' was added already.", named.Message);
    }

    [Fact]
    public async Task A_cluster_that_has_not_started_is_not_handed_out()
    {
        await using var host = TestHost.Build((builder, fast) => builder.Services.AddReplicationCluster(fast));

        var refused = Assert.Throws<InvalidOperationException>(() => host.Cluster);

        Assert.Contains("it starts with the host", refused.Message, StringComparison.Ordinal);
        await host.StartAsync();
        Assert.Same(await host.Hosted.GetAsync(), host.Cluster);
    }

    [Fact]
    public async Task Options_out_of_range_fail_the_start_before_anything_is_touched()
    {
        await using var host = TestHost.Build((builder, fast) => builder.Services
            .AddReplicationCluster("good", fast)
            .AddReplicationCluster("bad", fast + (o => o.Brokers = 0)));

        var refused = await Assert.ThrowsAsync<ReplicationException>(() => host.StartAsync());

        Assert.Equal("INVALID_CONFIG: Brokers is '0'; accepted is 1 to 1000.", refused.Message);
        Assert.Empty(Directory.GetFileSystemEntries(host.Directory));
    }

    [Fact]
    public async Task A_data_directory_in_use_fails_the_start_and_says_who_uses_it()
    {
        await using var first = await TestHost.StartAsync(o => o.Brokers = 1);
        await using var second = TestHost.Build((builder, fast) => builder.Services.AddReplicationCluster(fast + (o =>
        {
            o.Name = "second";
            o.DataDirectory = Path.Combine(first.Directory, "embedded");
        })));

        var refused = await Assert.ThrowsAsync<ReplicationException>(() => second.StartAsync());

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Contains("is held by the controller of cluster 'embedded' in this process", refused.Message, StringComparison.Ordinal);
        Assert.Same(refused, second.Hosted.Failure);
    }

    [Fact]
    public async Task Options_come_from_the_configuration()
    {
        var configuration = Configuration(new()
        {
            ["Brokers"] = "2",
            ["DataDirectory"] = "somewhere",
            ["StartTimeout"] = "15s",
            ["Racks:1"] = "a",
            ["Settings:replica.lag.time.max.ms"] = "7s",
            ["SETTINGS:BROKER:HEARTBEAT:INTERVAL:MS"] = "70",
        });
        await using var host = TestHost.Build((builder, _) => builder.Services.AddReplicationCluster(configuration));

        var options = host.Services
            .GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<EmbeddedClusterOptions>>()
            .CurrentValue.Resolve(root: "/root");

        Assert.Equal((2, "/root/somewhere", TimeSpan.FromSeconds(15)), (options.Brokers, options.DataDirectory, options.StartTimeout));
        Assert.Equal("a", options.Racks[new BrokerId(1)]);
        Assert.Equal((7_000, 70), (options.Settings!.ReplicaLagTimeMaxMs, options.Settings.BrokerHeartbeatIntervalMs));
    }

    [Theory]
    [InlineData("Broker", "3", "Replication:Broker = 3: unknown key; did you mean 'Brokers'?")]
    [InlineData("Brokers", "many", "Replication:Brokers = many; accepted is 1 to 1000")]
    [InlineData("num.partitions", "3", "Replication:num.partitions = 3: unknown key; 'num.partitions' stands inside Settings")]
    [InlineData("Settings:num.partition", "3", "Replication:Settings: num.partition = 3: unknown key; did you mean 'num.partitions'?")]
    [InlineData("Settings:num.partitions", "0", "Replication:Settings: num.partitions = 0; accepted is a whole number from 1 to 100000")]
    [InlineData("Racks:one", "a", "Replication:Racks:one = a; accepted is a broker's number as key")]
    [InlineData("StartTimeout", "soon", "Replication:StartTimeout = soon; accepted is a duration")]
    [InlineData("FormatEmptyDirectory", "perhaps", "Replication:FormatEmptyDirectory = perhaps; accepted is true or false")]
    [InlineData("Name:First", "x", "Replication:Name = ; accepted is a single value, not a section")]
    public async Task A_configuration_that_is_not_understood_fails_the_start(string key, string value, string message)
    {
        await using var host = TestHost.Build((builder, _) => builder.Services
            .AddReplicationCluster(Configuration(new() { [key] = value }), o => o.DataDirectory = "data"));

        var refused = await Assert.ThrowsAsync<ReplicationException>(() => host.StartAsync());

        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_stopped_while_it_starts_leaves_nothing_behind()
    {
        await using var host = TestHost.Build((builder, fast) => builder.Services.AddReplicationCluster(fast + (o =>
        {
            // No heartbeat is answered in time: the start would take for ever.
            o.Settings = TestCluster.FastSettings with { BrokerHeartbeatIntervalMs = 60_000, BrokerSessionTimeoutMs = 120_000 };
        })));
        using var stop = new CancellationTokenSource();
        var starting = host.StartAsync(stop.Token);
        var directory = Path.Combine(host.Directory, "embedded");
        while (!Directory.Exists(Path.Combine(directory, "controller")))
            await Task.Delay(5);
        await stop.CancelAsync();

        var ended = await Record.ExceptionAsync(() => starting);
        await host.StopAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(ended);
        await using var again = await EmbeddedCluster.StartAsync(
            new() { DataDirectory = directory, Settings = TestCluster.FastSettings });
        Assert.Equal(3, again.Describe().Brokers.Length);
    }

    [Fact]
    public async Task Starting_stopping_and_disposing_twice_does_nothing_more()
    {
        var host = await TestHost.StartAsync(o => o.Brokers = 1);
        var hosted = host.Hosted;
        await hosted.StartAsync(CancellationToken.None);
        var cluster = host.Cluster;

        await Task.WhenAll(host.StopAsync(), host.StopAsync());
        await cluster.StopAsync();
        await cluster.DisposeAsync();
        await host.DisposeAsync();
        await host.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => cluster.StartBrokerAsync(new BrokerId(1)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => hosted.StartAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_client_used_after_the_host_has_stopped_says_so()
    {
        var host = await TestHost.StartAsync(o => o.Brokers = 1);
        var client = host.Client;
        await using var producer = client.CreateProducer<string, string>();
        await using var admin = client.CreateAdminClient();
        await host.DisposeAsync();

        var refused = await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync("orders", new() { Value = "v" }));
        Assert.Contains("closed", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => admin.DescribeClusterAsync());
        Assert.Throws<ObjectDisposedException>(() => client.CreateProducer<string, string>());
        Assert.Throws<ObjectDisposedException>(() => client.CreateConsumer<string, string>());
        Assert.Throws<ObjectDisposedException>(() => client.CreateAdminClient());
    }

    [Fact]
    public async Task A_service_provider_without_a_host_can_be_disposed_of_synchronously()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        try
        {
            var services = new ServiceCollection().AddReplicationCluster(o => o.DataDirectory = directory).BuildServiceProvider();
            var hosted = services.GetRequiredService<HostedCluster>();

            services.Dispose();

            await Assert.ThrowsAsync<ObjectDisposedException>(() => hosted.GetAsync());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IConfigurationSection Configuration(Dictionary<string, string?> values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create("Replication:" + pair.Key, pair.Value)))
        .Build()
        .GetSection("Replication");

    /// <summary>Produces when it starts, and once more when it is told to stop.</summary>
    private sealed class Worker(ReplicationClient client) : BackgroundService
    {
        private readonly IProducer<string, string> _producer = client.CreateProducer<string, string>();

        public TaskCompletionSource<DeliveryResult> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DeliveryResult? Last { get; private set; }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await using var admin = client.CreateAdminClient();
            await admin.CreateTopicsAsync([new TopicSpecification { Name = "orders", NumPartitions = 1 }], ct: stoppingToken);
            First.SetResult(await _producer.ProduceAsync("orders", new() { Value = "first" }, stoppingToken));
            await Task.Delay(Timeout.Infinite, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Last = await _producer.ProduceAsync("orders", new() { Value = "last" }, CancellationToken.None);
            await _producer.DisposeAsync();
        }
    }
}
