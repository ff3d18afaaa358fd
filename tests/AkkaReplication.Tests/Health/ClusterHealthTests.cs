using Akka.Actor;
using AkkaReplication.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkkaReplication.Tests.Health;

public sealed class ClusterHealthTests
{
    [Fact]
    public async Task A_cluster_in_order_is_live_and_ready_and_not_degraded()
    {
        await using var host = await TestHost.StartAsync();
        await CreateTopicAsync(host, partitions: 3);

        var report = await EventuallyAsync(host, r => r.Status == HealthStatus.Healthy);

        Assert.Equal(["replication-live", "replication-ready", "replication-degraded"], report.Entries.Keys);
        Assert.Equal(["live", "ready", "degraded"], report.Entries.Values.Select(e => e.Tags.Single()));
        var data = report.Entries["replication-degraded"].Data;
        Assert.Equal((true, 3, 3, 0), (data["controller active"], data["brokers"], data["partitions"], data["replicas offline"]));
    }

    [Fact]
    public async Task Before_the_start_the_cluster_is_live_but_not_ready()
    {
        await using var host = TestHost.Build((builder, fast) =>
        {
            builder.Services.AddReplicationCluster(fast);
            builder.Services.AddHealthChecks().AddReplicationCluster();
        });

        var report = await CheckAsync(host);

        Assert.Equal(HealthStatus.Healthy, report.Entries["replication-live"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["replication-ready"].Status);
        Assert.Equal("The cluster is starting.", report.Entries["replication-ready"].Description);
        Assert.Equal(HealthStatus.Degraded, report.Entries["replication-degraded"].Status);
    }

    [Fact]
    public async Task A_broker_that_is_down_makes_the_cluster_degraded_and_names_what_suffers()
    {
        await using var host = await TestHost.StartAsync();
        await CreateTopicAsync(host, partitions: 15);
        await host.Cluster.KillBrokerAsync(new BrokerId(2));

        // The leaderships have moved: it can be written to, with less redundancy.
        var report = await EventuallyAsync(host, r =>
            (int)r.Entries["replication-degraded"].Data["partitions under-replicated"] == 15
            && (int)r.Entries["replication-degraded"].Data["partitions without a leader"] == 0);

        Assert.Equal(HealthStatus.Healthy, report.Entries["replication-live"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["replication-ready"].Status);
        var degraded = report.Entries["replication-degraded"];
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Equal([2], (int[])degraded.Data["brokers down"]);
        Assert.Equal(15, degraded.Data["replicas offline"]);
        Assert.Equal(10, ((string[])degraded.Data["first partitions under-replicated"]).Length);
        Assert.Contains("brokers down: 2; partitions under-replicated: 15 (", degraded.Description, StringComparison.Ordinal);

        await host.Cluster.StartBrokerAsync(new BrokerId(2));
        await EventuallyAsync(host, r => r.Status == HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_broker_that_crashes_is_started_again_and_neither_the_host_nor_its_clients_fall()
    {
        await using var host = await TestHost.StartAsync();
        await CreateTopicAsync(host, partitions: 1);
        await using var producer = host.Client.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "before" });
        var leader = host.Cluster.Describe().Partitions.Single().Leader;
        var registered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var observing = host.Cluster.Observe(o =>
        {
            if (o is BrokerRegistered registration && registration.Broker == leader)
                registered.TrySetResult();
        });

        host.Cluster.System.ActorSelection($"/user/akkarepl-embedded/broker-{leader}").Tell(Kill.Instance);
        await registered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await producer.ProduceAsync("orders", new() { Value = "after" });

        await EventuallyAsync(host, r => r.Status == HealthStatus.Healthy);
        await host.Loggers.FirstAsync(e =>
            e.Text == $"Broker {leader} ended (its actor failed); a new life begins"
            && e.Category == "AkkaReplication.ClusterActor");
    }

    [Fact]
    public async Task A_partition_without_a_leader_makes_the_cluster_unready()
    {
        await using var host = await TestHost.StartAsync();
        await CreateTopicAsync(host, partitions: 2, replicas: 1);
        var partition = host.Cluster.Describe().Partitions[0];

        await host.Cluster.KillBrokerAsync(partition.Leader);

        var report = await EventuallyAsync(host, r =>
            (int)r.Entries["replication-ready"].Data["partitions without a leader"] == 1);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["replication-ready"].Status);
        Assert.Equal([partition.Partition.ToString()], (string[])report.Entries["replication-ready"].Data["first partitions without a leader"]);
    }

    [Fact]
    public async Task Without_a_controller_the_cluster_is_not_ready()
    {
        await using var host = await TestHost.StartAsync();
        var controller = await host.Cluster.System
            .ActorSelection("/user/akkarepl-embedded/controller").ResolveOne(TimeSpan.FromSeconds(5));
        await controller.GracefulStop(TimeSpan.FromSeconds(5));

        // First nobody decides; when the leases lapse, every broker notices.
        var report = await EventuallyAsync(host, r =>
            r.Entries["replication-ready"].Data["brokers without an answer"] is int[] { Length: 3 });

        Assert.Equal(HealthStatus.Unhealthy, report.Entries["replication-ready"].Status);
        Assert.Equal(false, report.Entries["replication-ready"].Data["controller active"]);
        Assert.StartsWith("no controller is active; brokers without an answer from the controller: 1, 2, 3",
            report.Entries["replication-ready"].Description, StringComparison.Ordinal);
        using var patience = new CancellationTokenSource(TimeSpan.Zero);
        await host.StopAsync(patience.Token);
    }

    [Fact]
    public async Task A_cluster_that_has_gone_is_not_live()
    {
        await using var host = await TestHost.StartAsync(o => o.Brokers = 1);

        await host.Cluster.System.Terminate();

        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(host)).Entries["replication-live"].Status);
    }

    [Fact]
    public async Task To_count_costs_no_memory_for_each_partition()
    {
        await using var host = await TestHost.StartAsync();
        await CreateTopicAsync(host, "few", partitions: 3);
        var few = AllocatedBytes(host.Cluster);
        await CreateTopicAsync(host, "many", partitions: 40);

        var many = AllocatedBytes(host.Cluster);

        Assert.Equal(43, host.Cluster.DescribeHealth().Partitions);
        Assert.InRange(many - few, -1_000, 1_000);
    }

    [Fact]
    public async Task A_cluster_that_the_app_started_itself_is_checked_too()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        EmbeddedCluster? started = null;
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddReplicationCluster(_ => started, "own");
        await using var provider = services.BuildServiceProvider();
        var checks = provider.GetRequiredService<HealthCheckService>();

        Assert.Equal(
            "The cluster has not been started.", (await checks.CheckHealthAsync()).Entries["replication-own-ready"].Description);
        started = cluster.Cluster;
        Assert.Equal(HealthStatus.Healthy, (await checks.CheckHealthAsync()).Status);
    }

    private static long AllocatedBytes(EmbeddedCluster cluster)
    {
        cluster.DescribeHealth();
        var before = GC.GetAllocatedBytesForCurrentThread();
        cluster.DescribeHealth();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Task CreateTopicAsync(TestHost host, int partitions, short replicas = 3) =>
        CreateTopicAsync(host, "orders", partitions, replicas);

    private static async Task CreateTopicAsync(TestHost host, string name, int partitions, short replicas = 3)
    {
        await using var admin = host.Client.CreateAdminClient();
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = replicas }]);
        await EventuallyAsync(host, r => r.Status == HealthStatus.Healthy);
    }

    private static Task<HealthReport> CheckAsync(TestHost host) =>
        host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

    private static async Task<HealthReport> EventuallyAsync(TestHost host, Func<HealthReport, bool> condition)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (true)
        {
            var report = await CheckAsync(host);
            if (condition(report))
                return report;
            if (DateTime.UtcNow > deadline)
                Assert.Fail(string.Join(Environment.NewLine, report.Entries.Select(e => $"{e.Key}: {e.Value.Status} {e.Value.Description}")));
            await Task.Delay(10);
        }
    }
}
