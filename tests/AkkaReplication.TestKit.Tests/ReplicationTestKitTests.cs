using Akka.Actor;
using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>Probes watch a cluster that runs in the test's own actor system.</summary>
public sealed class ReplicationTestKitTests() : ReplicationTestKit(brokers: 3)
{
    [Fact]
    public async Task A_probe_sees_a_killed_broker_and_its_replica_end_and_the_controller_go_on()
    {
        await Cluster.CreateTopicAsync("orders");
        var leader = Cluster.LeaderOf("orders").Id;
        var broker = Watching(await BrokerActorAsync(leader));
        var replica = Watching(await ReplicaActorAsync(leader, "orders"));
        var controller = Watching(await ControllerActorAsync());

        await Cluster.Broker(leader).KillAsync();

        await broker.ExpectMsgAsync<Terminated>(Cluster.Options.Patience);
        await replica.ExpectMsgAsync<Terminated>(Cluster.Options.Patience);
        await controller.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => BrokerActorAsync(leader));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => ReplicaActorAsync(1, "unknown"));
    }

    [Fact]
    public async Task Elections_isr_changes_and_high_watermarks_are_heard_as_they_happen()
    {
        var patience = Cluster.Options.Patience;
        await Cluster.CreateTopicAsync("orders");
        await Cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        var leader = Cluster.LeaderOf("orders");
        var elections = Observe<LeaderElected>();
        var isr = Observe<IsrChanged>();
        var highWatermarks = Observe<HighWatermarkMoved>();
        await using var producer = Cluster.CreateProducer<string, string>();

        await producer.ProduceAsync("orders", new() { Value = "x" });
        var moved = await highWatermarks.FishForMessageAsync<HighWatermarkMoved>(m => m.Broker == leader.Broker.BrokerId, patience);
        Assert.Equal((0, 1), (moved.FromOffset, moved.ToOffset));
        Assert.Equal(new TopicPartition("orders", 0), moved.Partition);

        await leader.KillAsync();
        var elected = await elections.ExpectMsgAsync<LeaderElected>(patience);
        Assert.Equal((leader.Id, leader.Epoch + 1, true), (elected.Previous.Value, elected.LeaderEpoch.Value, elected.Clean));
        Assert.Equal(2, (await isr.ExpectMsgAsync<IsrChanged>(patience)).After.Length);
    }

    [Fact]
    public async Task A_truncation_is_heard_and_is_no_loss()
    {
        await Cluster.CreateTopicAsync("orders");
        await Cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        var truncations = Observe<ReplicaTruncated>();
        var leader = Cluster.LeaderOf("orders");
        await using var producer = Cluster.CreateProducer<string, string>(o => o.Acks = Acks.Leader);
        await producer.ProduceAsync("orders", new() { Value = "everybody's" });

        // One that has yet to start is not listed, and would be a leader without it: that is no loss, but another cut.
        await Cluster.EventuallyAsync(c => c.Partition("orders").Replicas.Count(r => r.LogEndOffset == 1) == 3);

        // It appends what nobody will ever fetch.
        await Cluster.Network.IsolateAsync(leader.Id);
        await producer.ProduceAsync(new TopicPartition("orders", 0), new() { Value = "its own" });
        await Cluster.EventuallyAsync(c => c.LeaderEpochOf("orders") > leader.Epoch);
        await Cluster.Network.HealAsync();

        var cut = await truncations.FishForMessageAsync<ReplicaTruncated>(
            t => t.Broker == leader.Broker.BrokerId && t.FromOffset > t.ToOffset, Cluster.Options.Patience);
        Assert.Equal(1, cut.ToOffset);
        Assert.True(cut.HighWatermarkBefore <= cut.ToOffset);
        await Cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        Cluster.History.ShouldBeClean();
    }
}

/// <summary>The same with virtual time.</summary>
public sealed class VirtualReplicationTestKitTests() : ReplicationTestKit(brokers: 3, virtualTime: true)
{
    [Fact]
    public async Task Nobody_is_fenced_for_two_minutes_and_whoever_is_silent_is_after_nine_seconds()
    {
        var fenced = Observe<BrokerFenced>();
        await Cluster.Time.AdvanceAsync(TimeSpan.FromMinutes(2));
        await fenced.ExpectNoMsgAsync(TimeSpan.FromMilliseconds(10));

        await Cluster.Network.CutAsync(from: 2, to: TestNetwork.Controller);
        await Cluster.Time.AdvanceAsync(TimeSpan.FromSeconds(12));

        Assert.Equal(2, (await fenced.ExpectMsgAsync<BrokerFenced>(Cluster.Options.Patience)).Broker.Value);
    }
}
