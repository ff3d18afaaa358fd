using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>What can happen to a broker: that it does happen, and that it is undone.</summary>
public sealed class BrokerTests
{
    [Fact]
    public async Task A_killed_leader_is_replaced_at_the_next_epoch_and_comes_back_in_sync()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");

        await leader.KillAsync();

        Assert.False(leader.Broker.IsAlive);
        Assert.Equal(1, cluster.UnderReplicatedPartitions);
        var after = await cluster.EventuallyAsync(c => c.LeaderEpochOf("orders") > leader.Epoch && c.LeaderOf("orders") is not null);
        Assert.NotEqual(leader.Id, after.LeaderOf("orders"));
        Assert.DoesNotContain(leader.Id, after.IsrOf("orders"));

        await leader.Broker.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    [Fact]
    public async Task A_broker_that_is_stopped_hands_its_leadership_over_first()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        var stopped = new TaskCompletionSource<BrokerStopped>();
        using var watching = cluster.Observe(o =>
        {
            if (o is BrokerStopped s)
                stopped.TrySetResult(s);
        });

        await leader.StopAsync();

        Assert.True((await stopped.Task.WaitAsync(cluster.Options.Patience)).Clean);
        Assert.NotEqual(leader.Id, cluster.Now.LeaderOf("orders"));
        await leader.Broker.StartAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    [Fact]
    public async Task A_restarted_broker_has_a_new_life()
    {
        await using var cluster = await StartAsync();
        var before = cluster.Now.Broker(2).Epoch;

        await cluster.Broker(2).RestartAsync();

        Assert.True(cluster.Now.Broker(2).Epoch > before);
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    [Fact]
    public async Task A_paused_leader_answers_nobody_is_replaced_and_goes_on_as_a_follower()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");
        var before = cluster.Now.Broker(leader.Id).Epoch;
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "before" });

        await leader.PauseAsync();

        Assert.True(leader.Broker.IsPaused);
        Assert.True(leader.Broker.IsAlive);
        var delivered = await producer.ProduceAsync("orders", new() { Value = "meanwhile" });
        Assert.Equal(1, delivered.Offset.Value);
        Assert.NotEqual(leader.Id, cluster.Now.LeaderOf("orders"));

        // A heartbeat from before the pause may have been late.
        await cluster.EventuallyAsync(c => c.Broker(leader.Id).IsFenced);

        await leader.Broker.ResumeAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.FencedBrokers == 0);

        // It was the same process all the time.
        Assert.Equal(before, cluster.Now.Broker(leader.Id).Epoch);
    }

    [Fact]
    public async Task A_paused_broker_can_be_killed()
    {
        await using var cluster = await StartAsync();
        await cluster.Broker(1).PauseAsync();

        await cluster.Broker(1).KillAsync();

        Assert.False(cluster.Broker(1).IsPaused);
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
    }

    [Fact]
    public async Task A_leader_that_steps_down_stays_in_sync()
    {
        await using var cluster = await StartAsync();
        var leader = cluster.LeaderOf("orders");

        await leader.StepDownAsync();

        Assert.NotEqual(leader.Id, cluster.Now.LeaderOf("orders"));
        Assert.Equal(leader.Epoch + 1, cluster.LeaderEpochOf("orders"));
        Assert.Equal(3, cluster.IsrOf("orders").Length);
        var refused = await Assert.ThrowsAsync<ReplicationException>(leader.StepDownAsync);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, refused.Error);
    }

    [Fact]
    public async Task A_leader_without_a_successor_does_not_step_down()
    {
        await using var cluster = await StartAsync(brokers: 1);

        var refused = await Assert.ThrowsAsync<ReplicationException>(cluster.LeaderOf("orders").StepDownAsync);

        Assert.Equal(ErrorCode.EligibleLeadersNotAvailable, refused.Error);
    }

    [Fact]
    public async Task Where_nobody_leads_nobody_can_be_asked()
    {
        await using var cluster = await StartAsync(brokers: 1);
        await cluster.Broker(1).KillAsync();
        await cluster.EventuallyAsync(c => c.LeaderOf("orders") is null && c.OfflinePartitions == 1);

        Assert.Throws<InvalidOperationException>(() => cluster.LeaderOf("orders"));
        Assert.Throws<KeyNotFoundException>(() => cluster.LeaderOf("unknown"));
        Assert.Throws<ArgumentOutOfRangeException>(() => cluster.Broker(2));
    }

    private static async Task<TestCluster> StartAsync(int brokers = 3)
    {
        var cluster = await ReplicationCluster.StartAsync(brokers);
        await cluster.CreateTopicAsync("orders");
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        return cluster;
    }
}
