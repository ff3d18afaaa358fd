using AkkaReplication.Clients;
using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Tests.Hosting;

/// <summary>Producers and consumers against real brokers: what the fake ones cannot show.</summary>
public sealed class ClientsTests
{
    private static readonly TopicPartition Partition = new("orders", 0);

    [Fact]
    public async Task Consumer_goes_on_where_an_unclean_election_has_cut_the_log()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var consumer = cluster.Client.CreateConsumer<string, string>();
        var lost = await LoseTheTail(cluster, consumer);

        await using var producer = cluster.Client.CreateProducer<string, string>();
        for (var i = 0; i < 4; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = $"new {i}" });
        var read = new List<(long, string)>();
        while (read.Count < 4)
        {
            var record = await consumer.ConsumeAsync(Soon());
            read.Add((record.Offset, record.Message.Value));
        }

        Assert.Equal(Enumerable.Range(0, 4).Select(i => (lost.From + i, $"new {i}")), read);
    }

    [Fact]
    public async Task Consumer_without_a_reset_policy_is_told_where_the_log_was_cut()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var consumer = cluster.Client.CreateConsumer<string, string>(o => o.AutoOffsetReset = AutoOffsetReset.None);
        var lost = await LoseTheTail(cluster, consumer);

        var error = await Assert.ThrowsAsync<LogTruncationException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        Assert.Equal((lost.From, lost.Epoch), (error.DivergedAt.Value, error.DivergedEpoch));
        Assert.Equal(new TopicPartitionOffset(Partition, lost.To), error.Position);
        Assert.Equal((ErrorCode.OffsetOutOfRange, false), (error.Error, error.IsRetriable));
        Assert.Contains($"offset {lost.From}", error.Message, StringComparison.Ordinal);
        consumer.Seek(new(Partition, error.DivergedAt));
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await producer.ProduceAsync("orders", new() { Key = "k", Value = "new" });
        Assert.Equal("new", (await consumer.ConsumeAsync(Soon())).Message.Value);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    public async Task Compressed_batches_are_replicated_as_they_are_and_read_back(CompressionType compression)
    {
        var system = Akka.Actor.ActorSystem.Create(
            "strict", Akka.Configuration.ConfigurationFactory.ParseString("akka.actor.serialize-messages = on"));
        await using (var cluster = await TestCluster.StartAsync(system: system))
        {
            await cluster.CreateTopicAsync("orders", partitions: 1);
            await using var producer = cluster.Client.CreateProducer<string, string>(o =>
            {
                o.CompressionType = compression;
                o.LingerMs = 20;
            });
            var values = Enumerable.Range(0, 300).Select(i => $"{i} {new string('v', i)}").ToArray();
            var sent = await Task.WhenAll(values.Select(value => producer.ProduceAsync(
                "orders", new() { Key = "k", Value = value, Headers = new Headers().Add("h", "x"u8.ToArray()) })));
            Assert.Equal(300, sent.Length);

            await using var consumer = cluster.Client.CreateConsumer<string, string>();
            consumer.Assign([new(Partition, 0)]);
            var read = new List<string>();
            await foreach (var batch in consumer.ReadBatchesAsync(ct: Soon()))
            {
                foreach (var record in batch)
                {
                    Assert.Equal("h", Assert.Single(record.Headers!).Key);
                    read.Add(record.Value);
                }

                if (read.Count == 300)
                    break;
            }

            Assert.Equal(values, read);
            var stored = cluster.StoredBytes("orders-0");
            Assert.InRange(stored, 1_000, compression == CompressionType.None ? long.MaxValue : 30_000);
        }

        await system.Terminate();
    }

    [Fact]
    public async Task Largest_batch_is_that_of_max_message_bytes()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        await cluster.CreateTopicAsync("orders", partitions: 1, configs: new() { ["max.message.bytes"] = "1000" });
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>(
            o => o.BatchSize = Transport.TellsTopicSettings ? o.BatchSize : 0);
        var fits = BatchSizeWith(900) == 1_000 ? 900 : 900 + 1_000 - BatchSizeWith(900);
        Assert.Equal(1_000, BatchSizeWith(fits));

        var large = producer.ProduceAsync("orders", new() { Value = new byte[fits] });
        var tooLarge = producer.ProduceAsync("orders", new() { Value = new byte[fits + 1] });
        var empty = producer.ProduceAsync("orders", new() { Value = [] });
        var nothing = producer.ProduceAsync("orders", new() { Value = null! });

        await large;
        var error = await Assert.ThrowsAsync<ProduceException>(() => tooLarge);
        Assert.Equal((ErrorCode.MessageTooLarge, false), (error.Error, error.IsRetriable));
        if (Transport.TellsTopicSettings)
            Assert.Contains("max.message.bytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(PersistenceStatus.NotPersisted, error.DeliveryReport.Status);
        await empty;
        await nothing;
        await using var consumer = cluster.Client.CreateConsumer<Null, byte[]>();
        consumer.Assign([new(Partition, 0)]);
        var lengths = new List<int?>();
        while (lengths.Count < 3)
            lengths.Add((await consumer.ConsumeAsync(Soon())).Message.Value?.Length);
        Assert.Equal([fits, 0, null], lengths);
    }

    [Fact]
    public async Task Batches_stay_below_the_topics_limit_whatever_batch_size_says()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>(o =>
        {
            o.BatchSize = 8 * 1024 * 1024;
            o.LingerMs = 200;
        });
        var record = new Message<Null, byte[]> { Value = new byte[10_000] };
        var results = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => producer.ProduceAsync("orders", record)));
        Assert.Equal(399, results.Max(r => r.Offset.Value));
    }

    [Fact]
    public async Task Slow_consumer_holds_nothing_in_the_brokers()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 3);
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>();
        var record = new Message<Null, byte[]> { Value = new byte[10_000] };
        await Task.WhenAll(Enumerable.Range(0, 900).Select(i =>
            producer.ProduceAsync(new TopicPartition("orders", i % 3), record)));

        await using var consumer = cluster.Client.CreateConsumer<Null, byte[]>(o =>
        {
            o.FetchMaxBytes = 500_000;
            o.MaxPartitionFetchBytes = 200_000;
        });
        consumer.Assign(Enumerable.Range(0, 3).Select(i => new TopicPartitionOffset("orders", i, 0)));
        await consumer.ConsumeAsync(Soon());

        // It stops reading here: what it fetched ahead is its own, the brokers are as if it were not there.
        await cluster.EventuallyAsync("no bytes are taken for anybody", _ => cluster.Cluster.State.Living.Values.All(
            b => b.ConsumerFetchBudget.TakenBytes == 0 && b.ProduceBudget.TakenBytes == 0));
        for (var i = 1; i < 900; i++)
            await consumer.ConsumeAsync(Soon());
        Assert.Equal(0, Enumerable.Range(0, 3).Sum(i => consumer.Lag(new("orders", i))));
    }

    [Theory]
    [InlineData(AutoOffsetReset.Earliest)]
    [InlineData(AutoOffsetReset.None)]
    public async Task Topic_that_is_created_again_is_another_log(AutoOffsetReset policy)
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = $"old {i}" });
        await using var consumer = cluster.Client.CreateConsumer<string, string>(o => o.AutoOffsetReset = policy);
        consumer.Assign([new(Partition, 0)]);
        for (var i = 0; i < 5; i++)
            await consumer.ConsumeAsync(Soon());

        await using (var admin = cluster.Client.CreateAdminClient())
            await admin.DeleteTopicsAsync(["orders"]);
        await cluster.CreateTopicAsync("orders", partitions: 1);
        for (var i = 0; i < 7; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = $"new {i}" });

        if (policy == AutoOffsetReset.None)
        {
            var error = await Assert.ThrowsAsync<ConsumeException>(() => consumer.ConsumeAsync(Soon()).AsTask());
            Assert.Equal(ErrorCode.OffsetOutOfRange, error.Error);
            Assert.Contains("created again", error.Message, StringComparison.Ordinal);
            return;
        }

        for (var i = 0; i < 7; i++)
            Assert.Equal($"new {i}", (await consumer.ConsumeAsync(Soon())).Message.Value);
    }

    [Fact]
    public async Task Blocked_handlers_of_many_producers_do_not_stop_the_cluster()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", partitions: 1);
        using var gate = new ManualResetEventSlim();
        var stuck = Enumerable.Range(0, 20).Select(_ => cluster.Client.CreateProducer<Null, int>()).ToArray();
        foreach (var producer in stuck)
            producer.Produce("orders", new() { Value = 1 }, _ => gate.Wait());

        await using var other = cluster.Client.CreateProducer<Null, int>();
        for (var i = 0; i < 100; i++)
            await other.ProduceAsync("orders", new() { Value = i }).WaitAsync(TimeSpan.FromSeconds(30));
        gate.Set();
        foreach (var producer in stuck)
            await producer.DisposeAsync();
    }

    [Fact]
    public async Task Producer_that_is_faster_than_the_disk_waits_for_memory()
    {
        await using var cluster = await TestCluster.StartAsync(
            settings: TestCluster.FastSettings with { Flush = FlushPolicy.Fsync });
        await cluster.CreateTopicAsync("orders", partitions: 1);
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>(o =>
        {
            o.BufferMemory = 1_048_576;
            o.MaxBlockMs = 20_000;
        });
        var record = new Message<Null, byte[]> { Value = new byte[10_000] };

        // Whoever does not wait is refused before memory is exceeded; whoever awaits is served in turn.
        var refused = Assert.Throws<ProduceException>(() =>
        {
            for (var i = 0; i < 100_000; i++)
                producer.Produce("orders", record);
        });
        Assert.True(refused.IsRetriable);
        Assert.Contains("buffer.memory", refused.Message, StringComparison.Ordinal);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => producer.ProduceAsync("orders", record)));
    }

    private static int BatchSizeWith(int value)
    {
        var builder = new RecordBatchBuilder();
        Assert.True(builder.TryAppend(0, default, true, new byte[value], false, null, int.MaxValue));
        return builder.EstimatedSize;
    }

    /// <summary>
    /// The consumer reads what a lone leader has committed; then that leader dies, and one that lacks the last records
    /// takes over. Returns which were lost, and the epoch before which they were written.
    /// </summary>
    private static async Task<(long From, long To, LeaderEpoch Epoch)> LoseTheTail(
        TestCluster cluster, IConsumer<string, string> consumer)
    {
        await cluster.CreateTopicAsync(
            "orders",
            partitions: 1,
            configs: new() { ["unclean.leader.election.enable"] = "true", ["min.insync.replicas"] = "1" });
        await using var producer = cluster.Client.CreateProducer<string, string>();
        consumer.Assign([new(Partition, 0)]);
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = $"kept {i}" });
        await cluster.EventuallyAsync(
            "orders", 0, "all replicas have it", p => p.LivingReplicas.All(r => r.LogEndOffset == 5));
        var leader = cluster.Partition("orders").Leader;
        var epoch = cluster.Partition("orders").LeaderEpoch;
        foreach (var other in cluster.Cluster.BrokerIds.Where(b => b != leader))
            cluster.Cluster.Network.BlockAll(other);
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = $"lost {i}" });
        for (var i = 0; i < 10; i++)
            Assert.Equal($"{(i < 5 ? "kept" : "lost")} {i % 5}", (await consumer.ConsumeAsync(Soon())).Message.Value);
        await cluster.EventuallyAsync("orders", 0, "the leader is alone", p => p.Isr.Length == 1);

        await cluster.Cluster.KillBrokerAsync(leader);
        cluster.Cluster.Network.HealAll();
        await cluster.EventuallyAsync("orders", 0, "another one leads", p =>
            p.Leader != leader && p.LivingReplicas.Any(r => r.Role == ReplicaRole.Leader && r.Broker == p.Leader));
        return (5, 10, epoch);
    }

    /// <summary>A token for what must happen, but not before long on a busy machine.</summary>
    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
}
