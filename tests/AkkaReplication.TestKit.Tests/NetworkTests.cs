using System.Diagnostics;
using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>What can happen to links: that it does happen, and that it is undone.</summary>
public sealed class NetworkTests
{
    [Fact]
    public async Task An_isolated_leader_is_replaced_though_clients_still_reach_it()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");

        await cluster.Network.IsolateAsync(leader.Id);

        var after = await cluster.EventuallyAsync(c => c.LeaderOf("orders") is { } now && now != leader.Id);
        Assert.True(after.Broker(leader.Id).IsFenced);
        Assert.True(after.Broker(leader.Id).IsAlive);
        Assert.DoesNotContain(leader.Id, after.IsrOf("orders"));
        Assert.True(cluster.Network.Lost > 0);

        // It goes on believing what it believed.
        Assert.Equal(
            Replicas.ReplicaRole.Leader, cluster.Now.Partition("orders").ReplicaOn(leader.Id)!.Role);

        await cluster.Network.HealAsync(leader.Id);
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.FencedBrokers == 0);
        Assert.Equal(
            Replicas.ReplicaRole.Follower, cluster.Now.Partition("orders").ReplicaOn(leader.Id)!.Role);
    }

    [Fact]
    public async Task A_broker_that_is_cut_off_from_the_controller_alone_is_fenced()
    {
        await using var cluster = await StartAsync();

        await cluster.Network.CutFromControllerAsync(2);

        await cluster.EventuallyAsync(c => c.Broker(2).IsFenced && !c.IsrOf("orders").Contains(2));
        Assert.Equal(1, cluster.Now.FencedBrokers);
        await cluster.Network.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.FencedBrokers == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_direction_to_the_controller_is_enough_to_lose_it(bool heartbeats)
    {
        await using var cluster = await StartAsync();
        var follower = cluster.IsrOf("orders").First(b => b != cluster.LeaderOf("orders").Id);

        if (heartbeats)
            await cluster.Network.CutAsync(from: follower, to: TestNetwork.Controller);
        else
            await cluster.Network.CutAsync(from: TestNetwork.Controller, to: follower);

        if (heartbeats)
        {
            await cluster.EventuallyAsync(c => c.Broker(follower).IsFenced);
        }
        else
        {
            // Its heartbeats are heard: it is not fenced. But it hears of nothing that the controller decides.
            await cluster.Broker(cluster.LeaderOf("orders").Id).KillAsync();
            await cluster.EventuallyAsync(c => c.LeaderEpochOf("orders") > 0);
            Assert.Equal(0, cluster.Now.Partition("orders").ReplicaOn(follower)!.LeaderEpoch);
            Assert.False(cluster.Now.Broker(follower).IsFenced);
        }

        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.FencedBrokers == 0);
    }

    [Fact]
    public async Task A_follower_whose_fetches_do_not_arrive_leaves_the_isr_and_comes_back()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        var follower = cluster.IsrOf("orders").First(b => b != leader.Id);

        await cluster.Network.CutAsync(from: follower, to: leader.Id);

        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "may answer a fetch that waits at the leader" });
        await producer.ProduceAsync("orders", new() { Value = "answers none" });
        await cluster.EventuallyAsync(c => !c.IsrOf("orders").Contains(follower));
        Assert.False(cluster.Now.Broker(follower).IsFenced);
        Assert.InRange(cluster.Now.Partition("orders").ReplicaOn(follower)!.LogEndOffset, 0, 1);

        await cluster.Network.HealAsync(follower, leader.Id);
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        Assert.Equal(2, cluster.Now.Partition("orders").ReplicaOn(follower)!.LogEndOffset);
    }

    [Fact]
    public async Task Split_brokers_do_not_hear_each_other_and_the_controller_hears_both()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders").Id;
        var others = cluster.IsrOf("orders").Where(b => b != leader).ToArray();

        await cluster.Network.SplitAsync([leader], others);

        await using var producer = cluster.CreateProducer<string, string>(o => o.Acks = Acks.Leader);
        await producer.ProduceAsync("orders", new() { Value = "x" });
        await cluster.EventuallyAsync(c => c.IsrOf("orders").SequenceEqual([leader]));
        Assert.Equal(0, cluster.Now.FencedBrokers);
        await cluster.Network.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    [Fact]
    public async Task Slow_links_delay_an_acknowledgement_and_keep_the_order()
    {
        await using var cluster = await StartAsync();
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "before" });
        var leader = cluster.LeaderOf("orders").Id;

        await cluster.Network.SlowAsync(leader, TimeSpan.FromMilliseconds(60), jitter: TimeSpan.FromMilliseconds(20));

        var watch = Stopwatch.StartNew();
        var first = await producer.ProduceAsync("orders", new() { Value = "slow" });
        Assert.InRange(watch.ElapsedMilliseconds, 60, long.MaxValue);
        Assert.True(cluster.Network.Delayed > 0);
        var rest = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(i => producer.ProduceAsync("orders", new() { Value = $"{i}" })));
        Assert.Equal(Enumerable.Range(2, 50).Select(i => (long)i), rest.Select(r => r.Offset.Value));
        Assert.Equal(1, first.Offset.Value);

        await cluster.Network.HealAsync();
        await cluster.EventuallyAsync(c => c.Partition("orders").Replicas.All(r => r.LogEndOffset == 52) && c.UnderReplicatedPartitions == 0);
        Assert.All(cluster.Carrier.Links, link => Assert.Empty(link.Value.Description));
    }

    [Fact]
    public async Task Lossy_links_lose_messages_and_nothing_that_was_acknowledged()
    {
        await using var cluster = await StartAsync();
        await using var producer = cluster.CreateProducer<string, string>();

        foreach (var broker in cluster.Brokers)
            await cluster.Network.LoseAsync(broker.Id, 0.1);
        for (var i = 0; i < 40; i++)
            await producer.ProduceAsync("orders", new() { Value = $"{i}" });

        Assert.True(cluster.Network.Lost > 0, $"Nothing was lost; seed {cluster.Seed}");
        await cluster.HealAsync();
        await cluster.EventuallyAsync(
            c => c.UnderReplicatedPartitions == 0 && c.Partition("orders").Replicas.All(r => r.LogEndOffset == 40));
        var lost = cluster.Network.Lost;
        await producer.ProduceAsync("orders", new() { Value = "whole" });
        Assert.Equal(lost, cluster.Network.Lost);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        await using var cluster = await ReplicationCluster.StartAsync(brokers: 2);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.Network.IsolateAsync(3));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.Network.LoseAsync(1, 1.1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.Network.SlowAsync(1, TimeSpan.FromSeconds(-1)));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.Network.CutAsync(1, 1));
        Assert.Empty(cluster.Network.DescribeFaults());
    }

    private static async Task<TestCluster> StartAsync()
    {
        var cluster = await ReplicationCluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        return cluster;
    }
}
