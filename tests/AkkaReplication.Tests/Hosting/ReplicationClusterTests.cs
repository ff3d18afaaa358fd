using Akka.Actor;
using Akka.Configuration;

namespace AkkaReplication.Tests.Hosting;

public sealed class ReplicationClusterTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
    private readonly ActorSystem _system = ActorSystem.Create(
        "app", ConfigurationFactory.ParseString("akka-replication { num.partitions = 4, default.replication.factor = 1 }"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_systems_own_section_holds_where_the_options_say_nothing()
    {
        var options = Options("orders", settings: null);
        options.Set("default.replication.factor", "2");
        await using var cluster = await ReplicationCluster.Get(_system).StartAsync(options);
        await using var admin = cluster.CreateClient().CreateAdminClient();

        await admin.CreateTopicsAsync([new TopicSpecification { Name = "topic" }]);

        var partitions = cluster.Describe().Partitions;
        Assert.Equal(4, partitions.Length);
        Assert.All(partitions, p => Assert.Equal(2, p.Replicas.Length));
    }

    [Fact]
    public async Task A_key_of_the_systems_section_that_does_not_exist_is_refused()
    {
        var system = ActorSystem.Create("other", ConfigurationFactory.ParseString("akka-replication.num.partitons = 4"));
        try
        {
            var refused = await Assert.ThrowsAsync<ReplicationException>(
                () => ReplicationCluster.Get(system).StartAsync(Options("orders", settings: null)));

            Assert.Equal(
                "INVALID_CONFIG: the actor system's configuration: akka-replication.num.partitons = 4: "
                + "unknown key; did you mean 'num.partitions'?",
                refused.Message);
        }
        finally
        {
            await system.Terminate();
        }
    }

    [Fact]
    public async Task Two_clusters_of_one_name_are_refused_and_the_name_is_free_again_after_the_first()
    {
        var clusters = ReplicationCluster.Get(_system);
        var first = await clusters.StartAsync(Options("orders"));

        var refused = await Assert.ThrowsAsync<ReplicationException>(
            () => clusters.StartAsync(Options("orders", directory: "elsewhere")));

        Assert.Equal(
            "INVALID_CONFIG: Name is 'orders', but a cluster of that name runs in the actor system 'app' already; "
            + "accepted is a name of its own for each cluster.",
            refused.Message);
        Assert.Same(first, clusters.Find("orders"));
        await first.DisposeAsync();
        Assert.Null(clusters.Find("orders"));
        await using var second = await clusters.StartAsync(Options("orders"));
        Assert.Equal(first.ClusterId, second.ClusterId);
    }

    [Fact]
    public async Task Two_clusters_of_one_data_directory_are_refused_by_the_name_of_the_holder()
    {
        var clusters = ReplicationCluster.Get(_system);
        await using var first = await clusters.StartAsync(Options("orders", directory: "shared"));

        var refused = await Assert.ThrowsAsync<ReplicationException>(
            () => clusters.StartAsync(Options("audit", directory: "shared")));

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Contains(Path.Combine(_directory, "shared"), refused.Message, StringComparison.Ordinal);
        Assert.Contains("held by the controller of cluster 'orders' in this process", refused.Message, StringComparison.Ordinal);
        Assert.Null(clusters.Find("audit"));
    }

    [Fact]
    public async Task The_systems_coordinated_shutdown_stops_every_cluster_in_order()
    {
        var clusters = ReplicationCluster.Get(_system);
        var started = new[] { await clusters.StartAsync(Options("orders")), await clusters.StartAsync(Options("audit")) };

        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.True(_system.WhenTerminated.IsCompleted);
        Assert.All(started, cluster => Assert.All(cluster.BrokerIds, id =>
            Assert.True(File.Exists(Path.Combine(cluster.BrokerDirectory(id), ".kafka_cleanshutdown")))));
        foreach (var cluster in started)
            await cluster.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_cluster_that_cannot_stop_in_order_is_killed_before_the_phase_runs_out_of_time()
    {
        var system = ActorSystem.Create(
            "hasty", ConfigurationFactory.ParseString("akka.coordinated-shutdown.phases.service-stop.timeout = 3s"));
        var cluster = await ReplicationCluster.Get(system).StartAsync(Options("orders"));
        var controller = await system.ActorSelection("/user/akkarepl-orders/controller").ResolveOne(TimeSpan.FromSeconds(5));
        await controller.GracefulStop(TimeSpan.FromSeconds(5));
        var phaseEnded = false;
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeClusterShutdown, "look", () =>
        {
            phaseEnded = cluster.BrokerIds.All(id => !cluster.IsAlive(id)) && ReplicationCluster.Get(system).Clusters.Count == 0;
            return Task.FromResult(Akka.Done.Instance);
        });

        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.UnknownReason.Instance).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.True(phaseEnded);
    }

    [Fact]
    public async Task A_client_outlives_its_cluster_and_goes_on_with_the_next_of_that_name()
    {
        var clusters = ReplicationCluster.Get(_system);
        var first = await clusters.StartAsync(Options("orders"));
        var client = first.CreateClient();
        await using var admin = client.CreateAdminClient();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "orders" }]);
        await using var patient = client.CreateProducer<string, string>();
        await patient.ProduceAsync("orders", new() { Value = "one" });
        await using var hasty = client.CreateProducer<string, string>(o =>
        {
            o.LingerMs = 0;
            o.RequestTimeoutMs = 100;
            o.DeliveryTimeoutMs = 300;
            o.MaxBlockMs = 300;
        });
        await first.StopAsync();

        var waiting = patient.ProduceAsync("orders", new() { Value = "two" });
        var failed = await Assert.ThrowsAsync<ProduceException>(() => hasty.ProduceAsync("orders", new() { Value = "lost" }));
        Assert.True(failed.IsRetriable, failed.Message);
        Assert.Throws<ObjectDisposedException>(first.CreateClient);

        await using var second = await clusters.StartAsync(Options("orders"));
        Assert.Equal(new Offset(1), (await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Offset);
    }

    [Fact]
    public async Task A_system_of_the_clusters_own_that_is_told_to_terminate_stops_the_cluster_in_order()
    {
        var cluster = await EmbeddedCluster.StartAsync(Options("orders"));

        await cluster.System.Terminate().WaitAsync(TimeSpan.FromSeconds(20));
        await cluster.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5));

        Assert.All(cluster.BrokerIds, id =>
            Assert.True(File.Exists(Path.Combine(cluster.BrokerDirectory(id), ".kafka_cleanshutdown"))));
    }

    [Fact]
    public async Task A_system_that_ends_without_its_coordinated_shutdown_frees_the_data_directory()
    {
        var system = ActorSystem.Create(
            "abrupt", ConfigurationFactory.ParseString("akka.coordinated-shutdown.run-by-actor-system-terminate = off"));
        var cluster = await ReplicationCluster.Get(system).StartAsync(Options("orders"));

        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(20));
        await cluster.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5));

        await using var again = await ReplicationCluster.Get(_system).StartAsync(Options("orders"));
        Assert.Equal(cluster.ClusterId, again.ClusterId);
    }

    [Fact]
    public async Task A_broker_directory_of_another_cluster_is_refused()
    {
        await using (await ReplicationCluster.Get(_system).StartAsync(Options("one")))
        await using (await ReplicationCluster.Get(_system).StartAsync(Options("two")))
        {
        }

        Directory.Delete(Path.Combine(_directory, "one", "broker-2"), recursive: true);
        Directory.Move(Path.Combine(_directory, "two", "broker-2"), Path.Combine(_directory, "one", "broker-2"));

        var refused = await Assert.ThrowsAsync<ReplicationException>(
            () => ReplicationCluster.Get(_system).StartAsync(Options("one")));

        Assert.Equal(ErrorCode.InconsistentClusterId, refused.Error);
        Assert.Contains(Path.Combine(_directory, "one", "broker-2"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_of_a_version_that_is_not_known_is_refused()
    {
        await using (await ReplicationCluster.Get(_system).StartAsync(Options("one")))
        {
        }

        var file = Path.Combine(_directory, "one", "controller", "meta.properties");
        var text = await File.ReadAllTextAsync(file);
        Assert.Contains("version=1", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace("version=1", "version=7", StringComparison.Ordinal));

        var refused = await Assert.ThrowsAsync<ReplicationException>(
            () => ReplicationCluster.Get(_system).StartAsync(Options("one")));

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Contains("its version is 7; known is version 1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_made_is_refused()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "not a directory");

        var refused = await Assert.ThrowsAsync<ReplicationException>(
            () => ReplicationCluster.Get(_system).StartAsync(Options("one", directory: "file")));

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Contains(Path.Combine(_directory, "file"), refused.Message, StringComparison.Ordinal);
    }

    private EmbeddedClusterOptions Options(string name, string? directory = null) =>
        Options(name, TestCluster.FastSettings, directory);

    private EmbeddedClusterOptions Options(string name, ReplicationSettings? settings, string? directory = null) => new()
    {
        Name = name,
        DataDirectory = Path.Combine(_directory, directory ?? name),
        Settings = settings,
        StartTimeout = TimeSpan.FromSeconds(20),
    };
}
