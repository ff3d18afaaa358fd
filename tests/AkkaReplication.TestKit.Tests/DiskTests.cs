using System.Diagnostics;
using AkkaReplication.Replicas;
using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>What can happen to a broker's disks: that it does happen, and that it is undone.</summary>
public sealed class DiskTests
{
    [Theory]
    [InlineData("writes")]
    [InlineData("full to the last byte")]
    public async Task A_leader_that_cannot_write_is_replaced_and_well_after_healing(string fault)
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        await using var producer = cluster.CreateProducer<string, string>();

        await (fault == "writes" ? leader.Broker.Disk.FailWritesAsync() : leader.Broker.Disk.FillToTheLastByteAsync());
        await producer.ProduceAsync("orders", new() { Value = "x" });

        Assert.True(leader.Broker.Disk.FailedCalls > 0);
        var now = cluster.Now;
        Assert.NotEqual(leader.Id, now.LeaderOf("orders"));
        Assert.Equal(ReplicaRole.Offline, now.Partition("orders").ReplicaOn(leader.Id)!.Role);
        Assert.False(now.Broker(leader.Id).IsFenced);

        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.OfflineReplicas == 0);
        await producer.ProduceAsync("orders", new() { Value = "y" });
        Assert.Equal(0, leader.Broker.Disk.FailedCalls);
    }

    [Fact]
    public async Task A_follower_that_cannot_write_is_out_of_sync_until_everything_is_healed()
    {
        await using var cluster = await StartAsync();
        var follower = cluster.Broker(cluster.IsrOf("orders").First(b => b != cluster.LeaderOf("orders").Id));
        await using var producer = cluster.CreateProducer<string, string>();

        await follower.Disk.FailWritesAsync();
        await producer.ProduceAsync("orders", new() { Value = "x" });

        await cluster.EventuallyAsync(c => c.OfflineReplicas == 1 && !c.IsrOf("orders").Contains(follower.Id));
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.OfflineReplicas == 0);
    }

    [Fact]
    public async Task A_failing_flush_takes_a_replica_offline_where_flushes_come_before_acknowledgements()
    {
        await using var cluster = await StartAsync(o => o.Set("flush", "fsync"));
        var leader = cluster.LeaderOf("orders");
        await using var producer = cluster.CreateProducer<string, string>();

        await leader.Broker.Disk.FailFlushesAsync();
        await producer.ProduceAsync("orders", new() { Value = "x" });

        Assert.NotEqual(leader.Id, cluster.Now.LeaderOf("orders"));
        Assert.True(leader.Broker.Disk.FailedCalls > 0);
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.OfflineReplicas == 0);
    }

    [Fact]
    public async Task A_full_leader_refuses_records_and_takes_them_when_there_is_room()
    {
        await using var cluster = await StartAsync(o => o.Set("replica.lag.time.max.ms", "60s"));
        var leader = cluster.LeaderOf("orders");
        await leader.Broker.Disk.FillAsync();

        // What may have been counted before the disk is asked again goes through.
        long accepted = 0;
        await using (var impatient = cluster.CreateProducer<string, string>(o =>
        {
            o.DeliveryTimeoutMs = 1_000;
            o.RequestTimeoutMs = 500;
        }))
        {
            await Assert.ThrowsAsync<ProduceException>(async () =>
            {
                for (var watch = Stopwatch.StartNew(); watch.Elapsed < cluster.Options.Patience; accepted++)
                    await impatient.ProduceAsync("orders", new() { Value = "x" });
            });
        }

        Assert.Equal(accepted, cluster.HighWatermarkOf("orders"));
        Assert.Equal((leader.Id, leader.Epoch), (cluster.LeaderOf("orders").Id, cluster.LeaderEpochOf("orders")));
        await using var producer = cluster.CreateProducer<string, string>();
        var waiting = producer.ProduceAsync("orders", new() { Value = "y" });
        await leader.Broker.Disk.HealAsync();
        Assert.Equal(accepted, (await waiting).Offset.Value);
    }

    [Fact]
    public async Task A_slow_disk_makes_everything_on_it_slow_and_nothing_else()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "before" });

        await leader.Broker.Disk.SlowAsync(TimeSpan.FromMilliseconds(80));
        var watch = Stopwatch.StartNew();
        await producer.ProduceAsync("orders", new() { Value = "slow" });

        Assert.InRange(watch.ElapsedMilliseconds, 80, long.MaxValue);
        Assert.True(leader.Broker.Disk.DelayedCalls > 0);
        Assert.Equal(0, leader.Broker.Disk.FailedCalls);
        await leader.Broker.Disk.HealAsync();
        var delayed = leader.Broker.Disk.DelayedCalls;
        await producer.ProduceAsync("orders", new() { Value = "whole" });
        Assert.Equal(delayed, leader.Broker.Disk.DelayedCalls);
    }

    [Fact]
    public async Task A_leader_whose_disk_hangs_is_replaced_and_follows_when_it_goes_on()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "before" });

        await leader.Broker.Disk.HangAsync();
        await producer.ProduceAsync("orders", new() { Value = "meanwhile" });

        Assert.True(leader.Broker.Disk.HangingCalls > 0);
        Assert.NotEqual(leader.Id, cluster.Now.LeaderOf("orders"));
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.OfflineReplicas == 0);
        Assert.Equal(0, leader.Broker.Disk.HangingCalls);
        Assert.Equal(2, cluster.HighWatermarkOf("orders"));
    }

    [Fact]
    public async Task A_broker_whose_disk_hangs_can_be_killed_and_the_cluster_disposed_of()
    {
        var cluster = await StartAsync();
        await cluster.Broker(1).Disk.HangAsync();
        await cluster.Broker(2).Disk.HangAsync();
        await using var producer = cluster.CreateProducer<string, string>(o => o.Acks = Acks.None);
        await producer.ProduceAsync("orders", new() { Value = "x" });
        await cluster.EventuallyAsync(_ => cluster.Broker(1).Disk.HangingCalls + cluster.Broker(2).Disk.HangingCalls > 0);

        await cluster.Broker(1).KillAsync().WaitAsync(cluster.Options.Patience);
        await cluster.DisposeAsync().AsTask().WaitAsync(cluster.Options.Patience);

        Assert.False(cluster.Broker(2).IsAlive);
    }

    [Fact]
    public async Task A_disk_that_cannot_be_read_serves_no_restart()
    {
        await using var cluster = await StartAsync();
        await cluster.Broker(1).KillAsync();
        await cluster.Broker(1).Disk.FailReadsAsync();

        var refused = await Assert.ThrowsAsync<ReplicationException>(cluster.Broker(1).StartAsync);

        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    private static async Task<TestCluster> StartAsync(Action<TestClusterOptions>? configure = null)
    {
        var cluster = await ReplicationCluster.StartAsync(configure: configure);
        await cluster.CreateTopicAsync("orders");
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        return cluster;
    }
}
