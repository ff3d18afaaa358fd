using System.Diagnostics;
using AkkaReplication.Replicas;
using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Disks;

/// <summary>A broker's disk fills up: refused early, nothing lost, all well when there is room.</summary>
public sealed class FullDiskTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Producers_wait_for_a_full_leader_and_succeed_when_there_is_room()
    {
        var files = new FaultyFileSystem();
        await using var cluster = await StartAsync(files);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 10);
        var before = cluster.Partition("orders");
        var disk = cluster.Cluster.BrokerDirectory(before.Leader);

        files.SetFreeBytes(disk, 0);
        await using (var impatient = cluster.Client.CreateProducer<string, string>(o =>
        {
            o.DeliveryTimeoutMs = 3_000;
            o.RequestTimeoutMs = 1_000;
        }))
        {
            await Assert.ThrowsAsync<ProduceException>(() => ProduceUntilRefusedAsync(impatient));
        }

        var end = cluster.Partition("orders").LivingReplicas.Single(r => r.Broker == before.Leader).LogEndOffset;
        var waiting = ProduceAsync(producer, 10, 10);
        Assert.False(waiting.IsCompleted);
        var full = cluster.Partition("orders");
        Assert.Equal((before.Leader, before.LeaderEpoch), (full.Leader, full.LeaderEpoch));
        Assert.Equal(3, full.Isr.Length);
        Assert.Equal(end, full.LivingReplicas.Single(r => r.Broker == before.Leader).LogEndOffset);

        files.SetFreeBytes(disk, long.MaxValue);
        await waiting;
        Assert.Equal(before.LeaderEpoch, cluster.Partition("orders").LeaderEpoch);
        Assert.Equal(end + 10, (await cluster.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task A_follower_without_room_leaves_the_isr_and_comes_back_when_there_is_some()
    {
        var files = new FaultyFileSystem();
        await using var cluster = await StartAsync(files, lagTimeMaxMs: 2_000);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 10);
        var follower = cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader);
        var disk = cluster.Cluster.BrokerDirectory(follower);

        files.SetFreeBytes(disk, 0);
        // What may have been counted as appended before the disk is asked again goes through.
        var produced = 10;
        var patience = Stopwatch.StartNew();
        while (cluster.Partition("orders").Isr.Contains(follower))
        {
            Assert.True(patience.Elapsed < Patience, "The follower stays in the ISR.");
            await ProduceAsync(producer, produced, 10);
            produced += 10;
        }

        Assert.Equal(
            ReplicaRole.Follower, cluster.Partition("orders").LivingReplicas.Single(r => r.Broker == follower).Role);
        files.SetFreeBytes(disk, long.MaxValue);
        await cluster.EventuallyAsync("orders", 0, "the follower is back in sync", p => p.Isr.Contains(follower));
        await cluster.EventuallyAsync(
            "orders", 0, "all replicas end alike", p => p.LivingReplicas.All(r => r.LogEndOffset == produced));
        Assert.Equal(produced, (await cluster.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task A_disk_that_is_full_to_the_last_byte_takes_its_replicas_offline_and_a_restart_finds_everything()
    {
        var files = new FaultyFileSystem();
        await using var cluster = await StartAsync(files, lagTimeMaxMs: 2_000);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 10);
        var victim = cluster.Partition("orders").Leader;
        var disk = cluster.Cluster.BrokerDirectory(victim);

        files.FillUp(disk);
        await ProduceAsync(producer, 10, 10);
        Assert.NotEqual(victim, cluster.Partition("orders").Leader);
        Assert.DoesNotContain(victim, cluster.Partition("orders").Isr);

        files.SetFreeBytes(disk, long.MaxValue);
        await cluster.Cluster.KillBrokerAsync(victim);
        await cluster.Cluster.StartBrokerAsync(victim);
        await cluster.EventuallyAsync("orders", 0, "all are in sync", p => p.Isr.Length == 3);
        Assert.Equal(20, (await cluster.ReadAllAsync("orders")).Count);
    }

    /// <param name="lagTimeMaxMs">Long where nobody is to leave: a busy machine may look like a disk that hangs.</param>
    private static async Task<TestCluster> StartAsync(FaultyFileSystem files, int lagTimeMaxMs = 60_000)
    {
        var cluster = await TestCluster.StartAsync(o =>
        {
            o.Files = files;
            o.Settings = TestCluster.FastSettings with
            {
                ReplicaLagTimeMaxMs = lagTimeMaxMs,
                BrokerSessionTimeoutMs = 20_000,
            };
        });
        await cluster.CreateTopicAsync("orders", partitions: 1);
        return cluster;
    }

    private static async Task ProduceUntilRefusedAsync(IProducer<string, string> producer)
    {
        var patience = Stopwatch.StartNew();
        while (patience.Elapsed < Patience)
            await producer.ProduceAsync("orders", new() { Value = "x" });
    }

    private static Task ProduceAsync(IProducer<string, string> producer, int first, int count) =>
        Task.WhenAll(Enumerable.Range(first, count).Select(
            i => producer.ProduceAsync("orders", new() { Key = $"k{i}", Value = $"v{i}" })));
}
