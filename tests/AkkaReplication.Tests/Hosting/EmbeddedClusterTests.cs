using AkkaReplication.Replicas;

namespace AkkaReplication.Tests.Hosting;

public sealed class EmbeddedClusterTests
{
    [Fact]
    public async Task What_is_produced_is_consumed_at_the_offsets_it_was_acknowledged_at()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 3);

        await using var producer = cluster.Client.CreateProducer<string, string>();
        var sent = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            var result = await producer.ProduceAsync("orders", new() { Key = $"k{i}", Value = $"v{i}" });
            return (result.TopicPartitionOffset, Value: $"v{i}");
        }));

        var read = await cluster.ReadAllAsync("orders");
        Assert.Equal(sent.OrderBy(s => s.Value).ToArray(), read.OrderBy(r => r.Value).ToArray());
    }

    [Fact]
    public async Task A_killed_leader_is_replaced_and_nothing_acknowledged_is_lost()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        var before = await ProduceAsync(producer, 0, 50);
        var leader = cluster.Partition("orders").Leader;
        var epoch = cluster.Partition("orders").LeaderEpoch;

        await cluster.Cluster.KillBrokerAsync(leader);
        var after = await ProduceAsync(producer, 50, 50);

        var now = cluster.Partition("orders");
        Assert.NotEqual(leader, now.Leader);
        Assert.True(now.LeaderEpoch > epoch);
        await cluster.Cluster.StartBrokerAsync(leader);
        await cluster.EventuallyAsync("orders", 0, "all three replicas are in sync", p => p.Isr.Length == 3);
        Assert.Equal(
            before.Concat(after).OrderBy(s => s.Offset.Offset.Value).ToArray(),
            (await cluster.ReadAllAsync("orders")).ToArray());
    }

    [Fact]
    public async Task A_follower_that_stalls_leaves_the_isr_and_comes_back()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 1);
        var follower = cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader);

        cluster.Cluster.Network.BlockAll(follower);
        await ProduceAsync(producer, 1, 10);

        Assert.DoesNotContain(follower, cluster.Partition("orders").Isr);
        cluster.Cluster.Network.HealAll();
        await cluster.EventuallyAsync("orders", 0, "the follower is back in sync", p => p.Isr.Contains(follower));
        await cluster.EventuallyAsync(
            "orders", 0, "all replicas end alike", p => p.LivingReplicas.All(r => r.LogEndOffset == 11));
    }

    [Fact]
    public async Task Below_the_minimum_isr_an_acks_all_produce_is_refused_and_leaves_no_trace()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 1);
        var leader = cluster.Partition("orders").Leader;
        foreach (var follower in cluster.Cluster.BrokerIds.Where(b => b != leader))
            await cluster.Cluster.KillBrokerAsync(follower);
        await cluster.EventuallyAsync("orders", 0, "the leader is alone", p => p.Isr.Length == 1);
        var end = cluster.Partition("orders").LivingReplicas.Single().LogEndOffset;

        await using var impatient = cluster.Client.CreateProducer<string, string>(o =>
        {
            o.EnableIdempotence = false;
            o.Retries = 0;
        });
        var refused = await Assert.ThrowsAsync<ProduceException>(
            () => impatient.ProduceAsync("orders", new() { Key = "k", Value = "v" }));

        Assert.Equal(ErrorCode.NotEnoughReplicas, refused.Error);
        Assert.Equal(end, cluster.Partition("orders").LivingReplicas.Single().LogEndOffset);
    }

    [Fact]
    public async Task After_all_replicas_were_killed_any_two_of_them_elect_cleanly_and_have_everything()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await ProduceAsync(producer, 0, 100);
        var unclean = 0;
        using var observing = cluster.Cluster.Observe(o =>
        {
            if (o is LeaderElected { Clean: false })
                Interlocked.Increment(ref unclean);
        });

        await Task.WhenAll(cluster.Cluster.BrokerIds.Select(cluster.Cluster.KillBrokerAsync));
        await cluster.Cluster.StartBrokerAsync(new BrokerId(3));
        await cluster.Cluster.StartBrokerAsync(new BrokerId(1));

        await cluster.EventuallyAsync("orders", 0, "a leader serves", p => p.HighWatermark == 100);
        Assert.Equal(100, (await cluster.ReadAllAsync("orders")).Count);
        Assert.Equal(0, unclean);
    }

    [Fact]
    public async Task A_cluster_that_was_stopped_in_order_comes_back_with_its_topics_and_records()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        try
        {
            await using (var first = await TestCluster.StartInAsync(directory))
            {
                await first.CreateTopicAsync("orders", partitions: 2);
                await using var producer = first.Client.CreateProducer<string, string>();
                await ProduceAsync(producer, 0, 20);
            }

            await using var second = await TestCluster.StartInAsync(directory);
            await second.EventuallyAsync("every partition is led", c => c.Partitions.All(p => p.HighWatermark >= 0));
            Assert.Equal(20, (await second.ReadAllAsync("orders")).Count);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Several_clusters_live_in_one_actor_system()
    {
        using var system = Akka.Actor.ActorSystem.Create("shared");
        await using (var one = await TestCluster.StartAsync(brokers: 1, system: system))
        await using (var two = await TestCluster.StartAsync(brokers: 1, system: system))
        {
            await one.CreateTopicAsync("a", partitions: 1);
            await two.CreateTopicAsync("b", partitions: 1);

            Assert.Equal("a", Assert.Single(one.Cluster.Describe().Partitions).Partition.Topic);
            Assert.Equal("b", Assert.Single(two.Cluster.Describe().Partitions).Partition.Topic);
            Assert.NotEqual(one.Cluster.ClusterId, two.Cluster.ClusterId);
        }

        await system.Terminate();
    }

    [Fact]
    public async Task Everything_works_when_every_message_is_serialized()
    {
        var system = Akka.Actor.ActorSystem.Create(
            "strict", Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.serialize-messages = on"));
        await using (var cluster = await TestCluster.StartAsync(system: system))
        {
            await cluster.CreateTopicAsync("orders", partitions: 2);
            await using var producer = cluster.Client.CreateProducer<string, string>();
            await ProduceAsync(producer, 0, 20);
            await cluster.Cluster.KillBrokerAsync(cluster.Partition("orders").Leader);
            await ProduceAsync(producer, 20, 20);
            Assert.Equal(40, (await cluster.ReadAllAsync("orders")).Count);
        }

        await system.Terminate();
    }

    [Fact]
    public async Task A_data_directory_in_use_is_refused_in_one_clear_line()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        try
        {
            await using var first = await TestCluster.StartInAsync(directory, brokers: 1);
            var refused = await Assert.ThrowsAsync<ReplicationException>(
                () => TestCluster.StartInAsync(directory, brokers: 1));
            Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
            Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("no spaces", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("orders", 1, 4, ErrorCode.InvalidReplicationFactor)]
    [InlineData("orders", 0, 1, ErrorCode.InvalidPartitions)]
    public async Task A_topic_that_cannot_be_is_refused_and_nothing_is_created(
        string name, int partitions, short replicas, ErrorCode error)
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var admin = cluster.Client.CreateAdminClient();

        var refused = await Assert.ThrowsAnyAsync<ReplicationException>(() => admin.CreateTopicsAsync(
            [new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = replicas }]));

        Assert.Equal(error, refused.Error);
        Assert.Empty(cluster.Cluster.Describe().Partitions);
    }

    [Fact]
    public async Task A_deleted_topic_is_gone_from_every_broker_and_its_files_too()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var admin = cluster.Client.CreateAdminClient();

        await admin.DeleteTopicsAsync(["orders"]);

        await cluster.EventuallyAsync(
            "no broker holds its files",
            _ => cluster.Cluster.BrokerIds.All(b =>
                !Directory.GetDirectories(cluster.Cluster.BrokerDirectory(b), "orders-*").Any(Directory.Exists)));
        Assert.Empty(cluster.Cluster.Describe().Partitions);
    }

    [Fact]
    public async Task An_unclean_election_is_announced_as_such()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync(
            "orders", partitions: 1, configs: new() { ["unclean.leader.election.enable"] = "true", ["min.insync.replicas"] = "1" });
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 5);
        var leader = cluster.Partition("orders").Leader;
        var others = cluster.Cluster.BrokerIds.Where(b => b != leader).ToArray();
        var announced = new TaskCompletionSource<LeaderElected>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var observing = cluster.Cluster.Observe(o =>
        {
            if (o is LeaderElected { Clean: false } elected)
                announced.TrySetResult(elected);
        });
        foreach (var other in others)
            cluster.Cluster.Network.BlockAll(other);
        await ProduceAsync(producer, 5, 5);
        await cluster.EventuallyAsync("orders", 0, "the leader is alone", p => p.Isr.Length == 1);

        await cluster.Cluster.KillBrokerAsync(leader);
        cluster.Cluster.Network.HealAll();

        var elected = await announced.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains(elected.Leader, others);
        await cluster.EventuallyAsync("orders", 0, "the new leader serves", p =>
            p.LivingReplicas.Any(r => r.Role == ReplicaRole.Leader && r.Broker == elected.Leader));
    }

    [Fact]
    public async Task With_flush_fsync_an_acknowledged_record_is_flushed_by_every_replica_in_sync()
    {
        await using var cluster = await TestCluster.StartAsync(
            settings: TestCluster.FastSettings with { Flush = FlushPolicy.Fsync });
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        var before = await ProduceAsync(producer, 0, 50);

        await cluster.Cluster.KillBrokerAsync(cluster.Partition("orders").Leader);
        var after = await ProduceAsync(producer, 50, 50);

        Assert.Equal(
            before.Concat(after).OrderBy(s => s.Offset.Offset.Value).ToArray(), (await cluster.ReadAllAsync("orders")).ToArray());
    }

    [Fact]
    public async Task A_replica_whose_log_is_damaged_is_taken_out_and_its_file_is_kept()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        for (var i = 0; i < 10; i++)
            await ProduceAsync(producer, i, 1);
        var victim = cluster.Partition("orders").Leader;
        await cluster.Cluster.KillBrokerAsync(victim);
        var file = Path.Combine(cluster.Cluster.BrokerDirectory(victim), "orders-0", "00000000000000000000.log");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);

        await cluster.Cluster.StartBrokerAsync(victim);
        await ProduceAsync(producer, 10, 10);

        Assert.DoesNotContain(victim, cluster.Partition("orders").Isr);
        Assert.DoesNotContain(victim, cluster.Partition("orders").Elr);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file));
        Assert.Equal(20, (await cluster.ReadAllAsync("orders")).Count);

        // The next leadership tries it again, in vain, and is not held up by it.
        var leader = cluster.Partition("orders").Leader;
        await cluster.Cluster.StopBrokerAsync(leader);
        await cluster.Cluster.StartBrokerAsync(leader);
        await cluster.EventuallyAsync("orders", 0, "the two whole replicas are in sync", p => p.Isr.Length == 2);
        await ProduceAsync(producer, 20, 10);
        Assert.DoesNotContain(victim, cluster.Partition("orders").Isr);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file));
        Assert.Equal(30, (await cluster.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task A_broker_that_is_stopped_in_order_hands_its_leaderships_over_first()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 10);
        var leader = cluster.Partition("orders").Leader;
        var stopped = new TaskCompletionSource<BrokerStopped>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var observing = cluster.Cluster.Observe(o =>
        {
            if (o is BrokerStopped stop)
                stopped.TrySetResult(stop);
        });

        await cluster.Cluster.StopBrokerAsync(leader);

        Assert.True((await stopped.Task.WaitAsync(TimeSpan.FromSeconds(20))).Clean);
        Assert.True(File.Exists(Path.Combine(cluster.Cluster.BrokerDirectory(leader), ".kafka_cleanshutdown")));
        Assert.NotEqual(leader, cluster.Partition("orders").Leader);
        await ProduceAsync(producer, 10, 10);
        Assert.Equal(20, (await cluster.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task A_controller_that_dies_is_followed_by_one_of_a_higher_epoch_that_knows_everything()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        var epoch = cluster.Cluster.Describe().ControllerEpoch;

        cluster.Cluster.System
            .ActorSelection($"/user/akkarepl-{cluster.Cluster.Name}/controller/controller-{epoch}")
            .Tell(Akka.Actor.Kill.Instance);

        await cluster.EventuallyAsync("another controller is active", c => c.ControllerEpoch > epoch);
        await cluster.CreateTopicAsync("more", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 10);
        await cluster.Cluster.KillBrokerAsync(cluster.Partition("orders").Leader);
        await ProduceAsync(producer, 10, 10);
        Assert.Equal(20, (await cluster.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task A_broker_whose_link_dies_begins_a_new_life_and_follows_again()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 3);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 10);
        var stopped = new TaskCompletionSource<BrokerStopped>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var observing = cluster.Cluster.Observe(o =>
        {
            if (o is BrokerStopped stop)
                stopped.TrySetResult(stop);
        });

        cluster.Cluster.System
            .ActorSelection($"/user/akkarepl-{cluster.Cluster.Name}/broker-1/peer-2")
            .Tell(Akka.Actor.Kill.Instance);

        Assert.Equal(new BrokerId(1), (await stopped.Task.WaitAsync(TimeSpan.FromSeconds(20))).Broker);
        await cluster.EventuallyAsync(
            "every replica is in sync again", c => c.Partitions.All(p => p.Isr.Length == 3 && p.LivingReplicas.Length == 3));
        await ProduceAsync(producer, 10, 10);
        Assert.Equal(20, (await cluster.ReadAllAsync("orders")).Count);
    }

    [Fact]
    public async Task Partitions_that_are_made_by_the_hundred_do_not_hold_up_those_that_are_there()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await ProduceAsync(producer, 0, 1);

        var creating = cluster.CreateTopicAsync("many", partitions: 400);
        var produced = 1;
        do
        {
            await ProduceAsync(producer, produced++, 1);
        }
        while (!creating.IsCompleted);

        await creating;
        await cluster.EventuallyAsync(
            "every replica is in sync", c => c.Partitions.All(p => p.Isr.Length == 3 && p.LivingReplicas.Length == 3));
        Assert.Equal(produced, (await cluster.ReadAllAsync("orders")).Count);

        // Held up, the first of them would be acknowledged when the last partition is there.
        Assert.True(produced > 3, $"Only {produced} records were acknowledged while 400 partitions were made.");
    }

    private static async Task<IReadOnlyList<(TopicPartitionOffset Offset, string Value)>> ProduceAsync(
        IProducer<string, string> producer, int first, int count) =>
        await Task.WhenAll(Enumerable.Range(first, count).Select(async i =>
        {
            var result = await producer.ProduceAsync("orders", new() { Key = $"k{i}", Value = $"v{i}" });
            return (result.TopicPartitionOffset, $"v{i}");
        }));
}
