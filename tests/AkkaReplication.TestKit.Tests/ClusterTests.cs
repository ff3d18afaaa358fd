using System.Runtime.CompilerServices;
using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>Clusters as wholes: what they show, reset, many at a time, and that nothing of them is left.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task Everything_that_can_go_wrong_goes_wrong_and_is_healed()
    {
        await using var cluster = await ReplicationCluster.StartAsync(brokers: 3);
        await cluster.CreateTopicAsync("orders", partitions: 3, replicationFactor: 3);
        await using var producer = cluster.CreateProducer<string, string>();
        for (var i = 0; i < 30; i++)
            await producer.ProduceAsync("orders", new() { Key = $"{i}", Value = "before" });

        await cluster.Broker(1).KillAsync();            // no clean shutdown
        await cluster.Network.IsolateAsync(2);          // also one-way, slow, lossy links
        await cluster.Broker(3).PauseAsync();
        await cluster.Broker(3).Disk.FailWritesAsync(); // slow, full, failing flush
        var meanwhile = Enumerable.Range(0, 30)
            .Select(i => producer.ProduceAsync("orders", new() { Key = $"{i}", Value = "meanwhile" })).ToArray();
        await cluster.HealAsync();
        await Task.WhenAll(meanwhile);

        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        await cluster.LeaderOf("orders", 0).StepDownAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        cluster.History.ShouldBeClean();                // the checker, on what the test's own clients did
    }

    [Fact]
    public async Task A_reset_leaves_the_same_brokers_and_nothing_else()
    {
        await using var cluster = await ReplicationCluster.StartAsync();
        await using var producer = cluster.CreateProducer<string, string>();
        var lives = cluster.Now.Brokers.Select(b => b.Epoch).ToArray();
        for (var test = 0; test < 3; test++)
        {
            await cluster.CreateTopicAsync("orders", partitions: 3);
            var delivered = await producer.ProduceAsync(new TopicPartition("orders", 0), new() { Value = $"test {test}" });
            Assert.Equal(0, delivered.Offset.Value);
            await cluster.Network.SlowAsync(2, TimeSpan.FromMilliseconds(1));
            await cluster.Broker(3).Disk.SlowAsync(TimeSpan.FromMilliseconds(1));

            await cluster.ResetAsync();

            Assert.Empty(cluster.Now.Partitions);
            Assert.Empty(cluster.DescribeFaults());
            Assert.Equal(0, cluster.History.Count);
            Assert.Equal(lives, cluster.Now.Brokers.Select(b => b.Epoch));
            Assert.All(cluster.Brokers, b => Assert.DoesNotContain(
                cluster.Files.ListDirectories(b.LogDirs[0]), name => name.StartsWith("orders", StringComparison.Ordinal)));
        }

        await cluster.Broker(1).KillAsync();
        await cluster.ResetAsync();
        Assert.Equal(3, cluster.Now.LivingBrokers);
        Assert.Equal(0, cluster.Now.FencedBrokers);
    }

    [Fact]
    public async Task Clusters_of_one_process_do_not_meet()
    {
        await Task.WhenAll(Enumerable.Range(1, 8).Select(async number =>
        {
            await using var cluster = await ReplicationCluster.StartAsync(brokers: 2);
            await cluster.CreateTopicAsync("orders", partitions: 2);
            await using var producer = cluster.CreateProducer<string, string>();
            for (var i = 0; i < number; i++)
                await producer.ProduceAsync(new TopicPartition("orders", 0), new() { Value = $"{number}" });
            await cluster.LeaderOf("orders", 0).KillAsync();
            await cluster.HealAsync();
            await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);

            Assert.Equal(number, cluster.HighWatermarkOf("orders"));
            Assert.Equal(number, cluster.History.Check().Metrics.Sent);
            cluster.History.ShouldBeClean();
        }));
    }

    [Fact]
    public async Task Nothing_is_left_on_disk_or_in_memory()
    {
        var temporary = Path.Combine(Path.GetTempPath(), "in-memory");
        var (cluster, system) = await UseAsync();

        // Timers and threads let go of what they hold when they get to it.
        for (var i = 0; i < 200 && (cluster.IsAlive || system.IsAlive); i++)
        {
            await Task.Delay(50);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(cluster.IsAlive);
        Assert.False(system.IsAlive);
        Assert.False(Directory.Exists(temporary));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static async Task<(WeakReference Cluster, WeakReference System)> UseAsync()
        {
            await using var cluster = await ReplicationCluster.StartAsync();
            await cluster.CreateTopicAsync("orders");
            await using var producer = cluster.CreateProducer<string, string>();
            await producer.ProduceAsync("orders", new() { Value = "x" });
            await cluster.Network.SlowAsync(1, TimeSpan.FromMilliseconds(1));
            await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
            return (new WeakReference(cluster), new WeakReference(cluster.System));
        }
    }

    [Fact]
    public async Task Files_in_a_directory_are_found_again_by_the_next_cluster()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        try
        {
            await using (var first = await ReplicationCluster.StartAsync(configure: o => o.DataDirectory = directory))
            {
                await first.CreateTopicAsync("orders");
                await using var producer = first.CreateProducer<string, string>();
                await producer.ProduceAsync("orders", new() { Value = "x" });
                Assert.True(Directory.Exists(Path.Combine(first.Broker(1).LogDirs[0], "orders-0")));
            }

            await using var second = await ReplicationCluster.StartAsync(configure: o => o.DataDirectory = directory);
            await second.EventuallyAsync(c => c.HighWatermarkOf("orders") == 1);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task What_does_not_come_true_is_told_with_the_state_the_faults_and_what_happened()
    {
        await using var cluster = await ReplicationCluster.StartAsync(configure: o => o.Seed = 17);
        await cluster.CreateTopicAsync("orders");
        await cluster.Broker(2).KillAsync();
        await cluster.Network.CutAsync(from: 1, to: 3);
        await cluster.Broker(3).Disk.FillAsync();
        await cluster.Broker(1).PauseAsync();

        var late = await Assert.ThrowsAsync<TimeoutException>(
            () => cluster.EventuallyAsync(c => c.LivingBrokers == 4, timeout: TimeSpan.FromMilliseconds(100)));

        Assert.All(
            [
                "c => c.LivingBrokers == 4", "broker 2: dead", "orders-0: leader", "broker 1: paused",
                "from broker 1 to broker 3: cut", "broker 3: full", "seed 17", nameof(BrokerStopped),
            ],
            expected => Assert.Contains(expected, late.Message, StringComparison.Ordinal));
        var thrown = await Assert.ThrowsAsync<TimeoutException>(
            () => cluster.EventuallyAsync(c => c.HighWatermarkOf("unknown") == 0, timeout: TimeSpan.FromMilliseconds(10)));
        Assert.IsType<KeyNotFoundException>(thrown.InnerException);
    }

    [Fact]
    public async Task A_condition_is_looked_at_when_something_changes()
    {
        await using var cluster = await ReplicationCluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await using var producer = cluster.CreateProducer<string, string>();
        var waiting = cluster.EventuallyAsync(c => c.HighWatermarkOf("orders") == 1);
        Assert.False(waiting.IsCompleted);

        await producer.ProduceAsync("orders", new() { Value = "x" });

        Assert.Equal(1, (await waiting).HighWatermarkOf("orders"));
    }

    [Fact]
    public async Task Options_without_sense_are_refused()
    {
        var refused = await Assert.ThrowsAsync<ReplicationException>(() => ReplicationCluster.StartAsync(brokers: 0));
        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        await Assert.ThrowsAsync<ReplicationException>(
            () => ReplicationCluster.StartAsync(configure: o => o.Set("replica.lag.time", "5s")));
        await using var cluster = await ReplicationCluster.StartAsync(brokers: 1);
        await Assert.ThrowsAsync<ReplicationException>(() => cluster.CreateTopicAsync("no spaces"));
        await Assert.ThrowsAsync<ReplicationException>(() => cluster.CreateTopicAsync("orders", replicationFactor: 2));
        await Assert.ThrowsAsync<ReplicationException>(() => cluster.DeleteTopicAsync("unknown"));
    }
}
