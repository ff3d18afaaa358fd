using System.Text;
using AkkaReplication.Clients;
using AkkaReplication.Records;

namespace AkkaReplication.Tests.Clients;

public sealed class ConsumerTests
{
    private static readonly TopicPartition Partition = new("orders", 0);

    [Fact]
    public async Task Records_come_back_as_they_were_produced()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<string, Order>(
            valueSerializer: Serializers.Json<Order>());
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        await producer.ProduceAsync("orders", new Message<string, Order>
        {
            Key = "customer ü",
            Value = new Order(7, "tea"),
            Timestamp = new Timestamp(time),
            Headers = new Headers().Add("trace", "abc"u8.ToArray()).Add("empty", (byte[]?)null),
        });

        await using var consumer = cluster.Client.CreateConsumer<string, Order>(
            valueDeserializer: Deserializers.Json<Order>());
        consumer.Assign([new TopicPartitionOffset(Partition, Offset.Beginning)]);
        var result = await consumer.ConsumeAsync(Soon());
        Assert.Equal(new TopicPartitionOffset(Partition, 0), result.TopicPartitionOffset);
        Assert.Equal(("customer ü", new Order(7, "tea")), (result.Message.Key, result.Message.Value));
        Assert.Equal(new Timestamp(time.ToUnixTimeMilliseconds(), TimestampType.CreateTime), result.Message.Timestamp);
        Assert.Equal(["trace", "empty"], result.Message.Headers!.Select(h => h.Key));
        Assert.True(result.Message.Headers!.TryGetLast("trace", out var trace));
        Assert.Equal("abc", Encoding.UTF8.GetString(trace!.Value.Span));
        Assert.True(result.Message.Headers!.TryGetLast("empty", out var empty));
        Assert.Null(empty);
        Assert.Equal(1, consumer.Position(Partition));
    }

    [Fact]
    public async Task Null_keys_and_values_stay_null_and_empty_ones_empty()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using (var producer = cluster.Client.CreateProducer<byte[], byte[]>())
        {
            await producer.ProduceAsync(Partition, new Message<byte[], byte[]> { Key = null!, Value = [] });
            await producer.ProduceAsync(Partition, new Message<byte[], byte[]> { Key = [], Value = null! });
        }

        await using var consumer = cluster.Client.CreateConsumer<byte[], byte[]>();
        consumer.Assign([new TopicPartitionOffset(Partition, 0)]);
        var first = await consumer.ConsumeAsync(Soon());
        Assert.Null(first.Message.Key);
        Assert.Empty(first.Message.Value);
        var second = await consumer.ConsumeAsync(Soon());
        Assert.Empty(second.Message.Key);
        Assert.Null(second.Message.Value);
    }

    [Fact]
    public async Task All_partitions_are_read_to_their_ends_each_in_order()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 5);
        await Fill(cluster, 5_000, partitions: 5);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(o => o.MaxPartitionFetchBytes = 2_000);
        var partitions = Enumerable.Range(0, 5).Select(i => new TopicPartition("orders", i)).ToArray();
        consumer.Assign(partitions.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
        var ends = await consumer.EndOffsetsAsync(partitions);
        Assert.Equal(partitions, ends.Select(e => e.TopicPartition));

        var read = new Dictionary<TopicPartition, List<int>>();
        var left = ends.Sum(e => e.Offset.Value);
        await foreach (var result in consumer.ReadAsync(Soon()))
        {
            if (!read.TryGetValue(result.TopicPartition, out var values))
                read.Add(result.TopicPartition, values = []);
            Assert.Equal(values.Count, result.Offset.Value);
            values.Add(result.Message.Value);
            if (--left == 0)
                break;
        }

        Assert.Equal(Enumerable.Range(0, 5_000), read.Values.SelectMany(v => v).Order());
        Assert.All(read.Values, values => Assert.Equal(values.Order(), values));
    }

    [Fact]
    public async Task Reading_goes_on_when_the_leader_dies()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await Fill(cluster, 1_000);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(o => o.MaxPartitionFetchBytes = 500);
        consumer.Assign([new TopicPartitionOffset(Partition, 0)]);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(i, (await consumer.ConsumeAsync(Soon())).Message.Value);
            if (i is 100 or 500)
                await cluster.Kill(cluster.Partition("orders", 0).Leader);
        }
    }

    [Fact]
    public async Task Record_that_comes_later_is_read_at_once()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new TopicPartitionOffset(Partition, Offset.Beginning)]);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        var next = consumer.ConsumeAsync(Soon()).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        await Fill(cluster, 1);
        Assert.Equal(0, (await next).Offset);
        using var cancelled = new CancellationTokenSource(20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consumer.ConsumeAsync(cancelled.Token).AsTask());
    }

    [Fact]
    public async Task Seek_moves_the_position_and_drops_what_was_fetched()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await Fill(cluster, 100);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new TopicPartitionOffset(Partition, 0)]);
        Assert.Equal(0, (await consumer.ConsumeAsync(Soon())).Offset);
        consumer.Seek(new TopicPartitionOffset(Partition, 90));
        Assert.Equal(90, consumer.Position(Partition));
        Assert.Equal(90, (await consumer.ConsumeAsync(Soon())).Offset);
        consumer.Seek(new TopicPartitionOffset(Partition, Offset.Beginning));
        Assert.Equal(0, (await consumer.ConsumeAsync(Soon())).Offset);
        Assert.Throws<InvalidOperationException>(() => consumer.Seek(new TopicPartitionOffset("orders", 4, 0)));
    }

    [Fact]
    public async Task Paused_partition_keeps_its_position_while_others_are_read()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 2);
        await Fill(cluster, 200, partitions: 2);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        var other = new TopicPartition("orders", 1);
        consumer.Assign([new TopicPartitionOffset(Partition, 0), new TopicPartitionOffset(other, 0)]);
        consumer.Pause([Partition]);
        for (var i = 0; i < 100; i++)
            Assert.Equal(other, (await consumer.ConsumeAsync(Soon())).TopicPartition);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(0, consumer.Position(Partition));
        consumer.Resume([Partition]);
        Assert.Equal(
            new TopicPartitionOffset(Partition, 0), (await consumer.ConsumeAsync(Soon())).TopicPartitionOffset);
    }

    [Fact]
    public async Task Offsets_are_found_at_the_ends_and_by_time()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using (var producer = cluster.Client.CreateProducer<Null, int>())
        {
            for (var i = 0; i < 10; i++)
            {
                var time = DateTimeOffset.FromUnixTimeMilliseconds(1_000_000 + 100 * i);
                await producer.ProduceAsync(
                    Partition, new Message<Null, int> { Value = i, Timestamp = new Timestamp(time) });
            }
        }

        cluster.Change(() => cluster.Partition("orders", 0).StartOffset = 2);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        Assert.Equal([new TopicPartitionOffset(Partition, 2)], await consumer.BeginningOffsetsAsync([Partition]));
        Assert.Equal([new TopicPartitionOffset(Partition, 10)], await consumer.EndOffsetsAsync([Partition]));
        var moments = new[] { 1_000_450L, 2_000_000L }
            .Select(ms => new TopicPartitionTimestamp(Partition, DateTimeOffset.FromUnixTimeMilliseconds(ms)));
        Assert.Equal(
            [new TopicPartitionOffset(Partition, 5), new TopicPartitionOffset(Partition, Offset.End)],
            await consumer.OffsetsForTimesAsync(moments));
        Assert.Empty(await consumer.EndOffsetsAsync([]));
    }

    [Theory]
    [InlineData(AutoOffsetReset.Earliest, 20)]
    [InlineData(AutoOffsetReset.Latest, 50)]
    public async Task Position_that_is_not_in_the_log_is_reset_as_told(AutoOffsetReset policy, long expected)
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await Fill(cluster, 50);
        cluster.Change(() => cluster.Partition("orders", 0).StartOffset = 20);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(o => o.AutoOffsetReset = policy);
        consumer.Assign([new TopicPartitionOffset(Partition, 3)]);
        if (policy == AutoOffsetReset.Latest)
        {
            // At the end nothing comes before something new is written.
            while (consumer.Position(Partition) != expected)
                Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20)));
            await Fill(cluster, 1);
        }

        Assert.Equal(expected, (await consumer.ConsumeAsync(Soon())).Offset.Value);
    }

    [Fact]
    public async Task Position_that_is_not_in_the_log_is_an_error_where_nothing_else_was_told()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await Fill(cluster, 50);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(
            o => o.AutoOffsetReset = AutoOffsetReset.None);
        consumer.Assign([new TopicPartitionOffset(Partition, 60)]);
        var error = await Assert.ThrowsAsync<ConsumeException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        Assert.Equal(ErrorCode.OffsetOutOfRange, error.Error);
        Assert.Equal(new TopicPartitionOffset(Partition, 60), error.Position);
        consumer.Seek(new TopicPartitionOffset(Partition, 49));
        Assert.Equal(49, (await consumer.ConsumeAsync(Soon())).Offset);
    }

    [Fact]
    public async Task Truncation_below_what_was_read_is_told_where_nothing_else_was_told()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await Fill(cluster, 50);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(
            o => o.AutoOffsetReset = AutoOffsetReset.None);
        consumer.Assign([new TopicPartitionOffset(Partition, 0)]);
        for (var i = 0; i < 50; i++)
            await consumer.ConsumeAsync(Soon());
        cluster.Change(() => cluster.Partition("orders", 0).DivergesAt = 30);
        var error = await Assert.ThrowsAsync<LogTruncationException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        Assert.Equal(30, error.DivergedAt.Value);
        Assert.Equal(50, error.Position.Offset.Value);
    }

    [Fact]
    public async Task Reader_of_a_disposed_consumer_does_not_wait_for_ever()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new TopicPartitionOffset(Partition, 0)]);
        var next = consumer.ConsumeAsync(Soon()).AsTask();
        await consumer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => next.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    /// <summary>A token for what must happen, but not before long on a busy machine.</summary>
    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    private static async Task Fill(FakeCluster cluster, int records, int partitions = 1)
    {
        await using var producer = cluster.Client.CreateProducer<Null, int>(o => o.BatchSize = 300);
        for (var i = 0; i < records; i++)
            producer.Produce(new TopicPartition("orders", i % partitions), new Message<Null, int> { Value = i });
        await producer.FlushAsync();
    }

    private sealed record Order(int Number, string Item);
}
