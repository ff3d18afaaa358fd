using System.Diagnostics;
using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>Kafka's own timeouts, with the time moved by the test.</summary>
public sealed class VirtualTimeTests
{
    [Fact]
    public async Task A_follower_leaves_the_isr_after_thirty_seconds_and_not_before()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        var follower = cluster.IsrOf("orders").First(b => b != leader.Id);
        await using var producer = cluster.CreateProducer<string, string>(o => o.Acks = Acks.Leader);
        await cluster.Network.CutAsync(from: follower, to: leader.Id);
        await producer.ProduceAsync("orders", new() { Value = "x" });
        await producer.ProduceAsync("orders", new() { Value = "y" });
        cluster.Time.Freeze();
        var watch = Stopwatch.StartNew();

        await cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Contains(follower, cluster.IsrOf("orders"));
        Assert.Equal(0, cluster.Now.FencedBrokers);

        await cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.DoesNotContain(follower, cluster.IsrOf("orders"));
        Assert.Equal(0, cluster.Now.FencedBrokers);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(50), $"{watch.Elapsed} is no better than waiting.");

        cluster.Time.Thaw();
        await cluster.HealAsync();
        await cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(5));
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    [Fact]
    public async Task A_paused_broker_is_fenced_after_its_session_and_not_before()
    {
        await using var cluster = await StartAsync();
        cluster.Time.Freeze();
        await cluster.Broker(2).PauseAsync();

        await cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.False(cluster.Now.Broker(2).IsFenced);

        await cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(6));
        Assert.True(cluster.Now.Broker(2).IsFenced);
        Assert.Equal(1, cluster.Now.FencedBrokers);

        await cluster.Broker(2).ResumeAsync();
        await cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, cluster.Now.FencedBrokers);
    }

    [Fact]
    public async Task Ten_minutes_harm_nobody_who_is_well()
    {
        await using var cluster = await StartAsync();
        var epoch = cluster.LeaderEpochOf("orders");
        var before = cluster.Time.Now;

        await cluster.Time.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.InRange(cluster.Time.Now - before, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(12));
        Assert.Equal(0, cluster.Now.FencedBrokers);
        Assert.Equal(0, cluster.UnderReplicatedPartitions);
        Assert.Equal(epoch, cluster.LeaderEpochOf("orders"));
    }

    [Fact]
    public async Task Time_that_is_not_virtual_cannot_be_moved()
    {
        await using var cluster = await ReplicationCluster.StartAsync(brokers: 1);

        Assert.False(cluster.Time.IsVirtual);
        Assert.Throws<InvalidOperationException>(cluster.Time.Freeze);
        await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(1)));
    }

    private static async Task<TestCluster> StartAsync()
    {
        var cluster = await ReplicationCluster.StartAsync(configure: o => o.VirtualTime = true);
        await cluster.CreateTopicAsync("orders");
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        return cluster;
    }
}
