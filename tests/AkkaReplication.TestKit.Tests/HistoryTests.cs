using AkkaReplication.History;
using AkkaReplication.Testing;

namespace AkkaReplication.TestKit.Tests;

/// <summary>What the clients of a cluster did is known, and judged.</summary>
public sealed class HistoryTests
{
    [Fact]
    public async Task A_history_over_the_death_of_a_leader_is_clean_and_has_every_operation()
    {
        await using var cluster = await StartAsync(partitions: 2);
        await using var producer = cluster.CreateProducer<string, string>();
        var produced = Enumerable.Range(0, 50).Select(i => producer.ProduceAsync("orders", new() { Key = $"k{i}", Value = "same" })).ToArray();
        await cluster.LeaderOf("orders", 1).KillAsync();
        await Task.WhenAll(produced);
        Assert.Equal(50, await ReadAsync(cluster, 50));

        var report = cluster.History.Check();

        Assert.True(report.IsClean, report.ToString());
        Assert.Equal((50, 50, 50), (report.Metrics.Sent, report.Metrics.Acknowledged, report.Metrics.Read));
        Assert.Empty(report.Metrics.KeysWithoutFinalRead);
        cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task A_member_of_a_group_may_read_again_what_it_has_not_committed()
    {
        await using var cluster = await StartAsync(partitions: 2);
        await using var producer = cluster.CreateProducer<string, string>();
        for (var i = 0; i < 10; i++)
            await producer.ProduceAsync(new TopicPartition("orders", i % 2), new() { Value = $"{i}" });
        await using var consumer = cluster.CreateConsumer<string, string>(o =>
        {
            o.GroupId = "readers";
            o.EnableAutoCommit = false;
            o.Set("auto.offset.reset", "earliest");
        });
        using var patience = new CancellationTokenSource(cluster.Options.Patience);
        consumer.Subscribe("orders");
        for (var i = 0; i < 7; i++)
            await consumer.ConsumeAsync(patience.Token);
        await consumer.UnsubscribeAsync();
        consumer.Subscribe("orders");
        for (var i = 0; i < 10; i++)
            await consumer.ConsumeAsync(patience.Token);

        var report = cluster.History.Check();
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(10, report.Metrics.Read);
    }

    [Fact]
    public async Task A_reader_gets_the_headers_that_the_writer_gave_and_no_others()
    {
        await using var cluster = await StartAsync();
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "one" });
        await producer.ProduceAsync("orders", new() { Value = "two", Headers = new Headers().Add("h", [1]) });
        var delivered = new TaskCompletionSource<DeliveryReport>();
        producer.Produce("orders", new() { Value = "three" }, delivered.SetResult);
        Assert.Equal(2, (await delivered.Task.WaitAsync(cluster.Options.Patience)).Offset.Value);

        await using var consumer = cluster.CreateConsumer<string, string>();
        consumer.Assign([new TopicPartitionOffset("orders", 0, Offset.Beginning)]);
        Assert.Null((await consumer.ConsumeAsync()).Message.Headers);
        Assert.Equal("h", Assert.Single((await consumer.ConsumeAsync()).Message.Headers!).Key);
        consumer.Seek(new TopicPartitionOffset("orders", 0, new Offset(0)));
        var read = 0;
        while (read < 3)
        {
            var batch = await consumer.ConsumeBatchAsync();
            read += batch.Count;
            foreach (var record in batch)
                Assert.InRange(record.Headers?.Count ?? 0, 0, 1);
        }

        cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task Acknowledged_records_whose_files_are_destroyed_are_found_lost()
    {
        await using var cluster = await StartAsync();
        await using var producer = cluster.CreateProducer<string, string>();
        for (var i = 0; i < 3; i++)
            await producer.ProduceAsync("orders", new() { Value = "precious" });
        cluster.History.ShouldBeClean();

        // Fire in all three buildings.
        await Task.WhenAll(cluster.Brokers.Select(b => b.KillAsync()));
        foreach (var broker in cluster.Brokers)
            cluster.Files.DeleteDirectory(Path.Combine(broker.LogDirs[0], "orders-0"));
        await Task.WhenAll(cluster.Brokers.Select(b => b.StartAsync()));
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0 && c.HighWatermarkOf("orders") >= 0);
        await producer.ProduceAsync("orders", new() { Value = "worthless" });

        var unclean = Assert.Throws<UncleanHistoryException>(cluster.History.ShouldBeClean);
        Assert.False(unclean.Report.IsClean);
        Assert.Contains($"seed {cluster.Seed}", unclean.Message, StringComparison.Ordinal);
        Assert.Contains("orders-0", unclean.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_retention_an_unclean_election_or_a_deletion_takes_is_excused()
    {
        await using var cluster = await ReplicationCluster.StartAsync();
        await cluster.CreateTopicAsync("risky", configs: new Dictionary<string, string>
        {
            ["unclean.leader.election.enable"] = "true",
            ["min.insync.replicas"] = "1",
        });
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("risky", new() { Value = "kept" });
        var leader = cluster.LeaderOf("risky");
        var others = cluster.Brokers.Where(b => b.Id != leader.Id).ToArray();
        await Task.WhenAll(others.Select(b => b.KillAsync()));
        await producer.ProduceAsync("risky", new() { Value = "lost" });
        await leader.KillAsync();
        await others[0].StartAsync();
        await cluster.EventuallyAsync(c => c.LeaderOf("risky") == others[0].Id && c.HighWatermarkOf("risky") == 1);
        await producer.ProduceAsync("risky", new() { Value = "in its place" });
        cluster.History.ShouldBeClean();
        Assert.True(cluster.History.Check().ExcusedCount > 0);

        await cluster.HealAsync();
        await cluster.DeleteTopicAsync("risky");
        await cluster.CreateTopicAsync("risky");
        await producer.ProduceAsync(new TopicPartition("risky", 0), new() { Value = "another topic" });
        await using var admin = cluster.CreateAdminClient();
        await admin.DeleteRecordsAsync([new TopicPartitionOffset("risky", 0, Offset.End)]);
        cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task Refused_and_abandoned_records_have_their_outcomes()
    {
        // Nobody takes the leader's place while its clients still wait.
        await using var cluster = await StartAsync(configure: o =>
        {
            o.Set("broker.session.timeout.ms", "60s");
            o.Set("replica.lag.time.max.ms", "60s");
        });
        await using var producer = cluster.CreateProducer<string, string>(o =>
        {
            o.DeliveryTimeoutMs = 3_000;
            o.RequestTimeoutMs = 1_000;
            o.MaxBlockMs = 1_000;
        });
        await producer.ProduceAsync("orders", new() { Value = "there" });
        await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("orders", new() { Value = new string('x', 2_000_000) }));
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync("nowhere", new() { Value = "x" }));
        await cluster.Network.IsolateAsync(cluster.LeaderOf("orders").Id);
        await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync("orders", new() { Value = "unknown" }));

        var operations = cluster.History.Snapshot();
        var sends = Enumerable.Range(0, operations.Count).Select(i => operations[i]).Where(o => o.Kind == OperationKind.Send).ToArray();
        Assert.Equal([Outcome.Ok, Outcome.Fail, Outcome.Fail, Outcome.Info], sends.OrderBy(o => o.InvokedNs).Select(o => o.Outcome));
        await cluster.HealAsync();
        cluster.History.ShouldBeClean();
    }

    [Fact]
    public async Task Records_of_others_do_not_disturb_and_a_saved_history_is_read_again()
    {
        await using var cluster = await StartAsync();
        await using var other = cluster.Embedded.CreateClient().CreateProducer<string, string>();
        await other.ProduceAsync("orders", new() { Value = "somebody else's" });
        await using var producer = cluster.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Value = "ours" });
        Assert.Equal(2, await ReadAsync(cluster, 2));
        cluster.History.ShouldBeClean();

        var path = Path.GetTempFileName();
        try
        {
            cluster.History.Save(path);
            using var file = File.OpenRead(path);
            Assert.Equal(cluster.History.Count, HistoryFile.Read(file).Count);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<TestCluster> StartAsync(int partitions = 1, Action<TestClusterOptions>? configure = null)
    {
        var cluster = await ReplicationCluster.StartAsync(configure: configure);
        await cluster.CreateTopicAsync("orders", partitions);
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        return cluster;
    }

    private static async Task<int> ReadAsync(TestCluster cluster, int count)
    {
        await using var consumer = cluster.CreateConsumer<string, string>();
        consumer.Assign(cluster.Now.Partitions.Select(p => new TopicPartitionOffset(p.Topic, p.Partition, Offset.Beginning)));
        using var patience = new CancellationTokenSource(cluster.Options.Patience);
        var read = 0;
        for (; read < count; read++)
            await consumer.ConsumeAsync(patience.Token);
        return read;
    }
}
