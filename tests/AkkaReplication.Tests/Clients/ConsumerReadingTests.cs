using AkkaReplication.Clients;

namespace AkkaReplication.Tests.Clients;

/// <summary>Batches, records that cannot be read, and readers that get in each other's way.</summary>
public sealed class ConsumerReadingTests
{
    private static readonly TopicPartition Partition = new("orders", 0);

    [Fact]
    public async Task Example_of_the_first_page_works_as_it_is_written()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var client = cluster.Client;
        var (id, order, ct) = ("customer-1", new Order(7, "tea"), Soon());

        await using var producer = client.CreateProducer<string, Order>(o => { o.Acks = Acks.All; });
        DeliveryResult r = await producer.ProduceAsync("orders", new() { Key = id, Value = order }, ct);

        await using var consumer = client.CreateConsumer<string, Order>(o => o.AutoOffsetReset = AutoOffsetReset.Earliest);
        consumer.Assign([new("orders", 0, Offset.Beginning)]);
        await foreach (var record in consumer.ReadAsync(ct))
        {
            Assert.Equal((id, order, r.TopicPartitionOffset), (record.Message.Key, record.Message.Value, record.TopicPartitionOffset));
            break;
        }
    }

    [Fact]
    public async Task Types_without_a_serializer_travel_as_camel_case_json()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Guid?, Order>();
        await using var consumer = cluster.Client.CreateConsumer<Guid?, string>();
        var key = Guid.NewGuid();
        await producer.ProduceAsync("orders", new() { Key = key, Value = new Order(7, "tea") });
        await producer.ProduceAsync("orders", new() { Key = null, Value = null! });
        consumer.Assign([new(Partition, 0)]);
        var first = await consumer.ConsumeAsync(Soon());
        Assert.Equal((key, """{"number":7,"item":"tea"}"""), (first.Message.Key, first.Message.Value));
        var second = await consumer.ConsumeAsync(Soon());
        Assert.Null(second.Message.Key);
        Assert.Null(second.Message.Value);
    }

    [Fact]
    public Task Numbers_come_back() => Task.WhenAll(
        ComesBack((short)-3), ComesBack(1.5f), ComesBack(-2.25), ComesBack(true), ComesBack(false), ComesBack(long.MinValue),
        ComesBack(Guid.NewGuid()), ComesBack((int?)7), ComesBack((int?)null), ComesBack(new Order(1, "x")));

    [Fact]
    public async Task Batches_bring_every_record_once_each_partition_in_order()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 3);
        await Fill(cluster, 3_000, partitions: 3);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(o => o.MaxPartitionFetchBytes = 2_000);
        consumer.Assign(Enumerable.Range(0, 3).Select(i => new TopicPartitionOffset("orders", i, 0)));
        var next = new long[3];
        var read = 0;
        await foreach (var batch in consumer.ReadBatchesAsync(maxRecords: 40, Soon()))
        {
            Assert.InRange(batch.Count, 1, 40);
            foreach (var record in batch)
            {
                Assert.Equal(next[batch.Partition]++, record.Offset.Value);
                Assert.Equal(3 * record.Offset.Value + batch.Partition, record.Value);
                read++;
            }

            Assert.Equal(next[batch.Partition], consumer.Position(batch.TopicPartition).Value);
            Assert.Equal(1_000 - next[batch.Partition], consumer.Lag(batch.TopicPartition));
            if (read == 3_000)
                break;
        }
    }

    [Fact]
    public async Task Batch_reads_allocate_nothing_per_record()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await Fill(cluster, 20_000);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>(o => o.MaxPartitionFetchBytes = 10_000_000);
        consumer.Assign([new(Partition, 0)]);
        var first = await consumer.ConsumeBatchAsync(1_000, Soon());
        Assert.Equal(1_000, first.Count);

        // What is fetched is taken without waiting, on this thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = 0;
        while (read < 10_000)
        {
            var batch = await consumer.ConsumeBatchAsync(1_000);
            foreach (var record in batch)
                read += record.Value >= 0 ? 1 : 0;
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)read, 0, 8);
    }

    [Fact]
    public async Task Record_that_cannot_be_deserialized_stops_its_partition_until_a_seek()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 2);
        await using (var producer = cluster.Client.CreateProducer<string, string>())
        {
            foreach (var value in new[] { "four", "fore", "not 4 bytes", "last" })
                await producer.ProduceAsync(Partition, new() { Key = "k", Value = value });
        }

        await using var consumer = cluster.Client.CreateConsumer<string, int>();
        consumer.Assign([new(Partition, 0), new("orders", 1, 0)]);
        Assert.Equal(2, (await consumer.ConsumeBatchAsync(ct: Soon())).Count);
        var error = await Assert.ThrowsAsync<RecordDeserializationException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        Assert.Equal((ErrorCode.InvalidRecord, false), (error.Error, error.IsRetriable));
        Assert.Equal(new TopicPartitionOffset(Partition, 2), error.Position);
        Assert.Equal(MessageComponentType.Value, error.Origin);
        Assert.Equal("not 4 bytes"u8.ToArray(), error.ValueBytes!.Value.ToArray());
        Assert.Equal("k"u8.ToArray(), error.KeyBytes!.Value.ToArray());
        Assert.IsType<FormatException>(error.InnerException);
        Assert.Contains("orders-0@2", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, consumer.Position(Partition));

        // The other partition goes on.
        await using (var producer = cluster.Client.CreateProducer<string, string>())
            await producer.ProduceAsync(new TopicPartition("orders", 1), new() { Key = "k", Value = "more" });
        Assert.Equal(1, (await consumer.ConsumeAsync(Soon())).Partition);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        consumer.Seek(new(Partition, error.Position.Offset + 1));
        Assert.Equal(3, (await consumer.ConsumeAsync(Soon())).Offset);
    }

    [Fact]
    public async Task Stuck_record_that_was_left_by_a_seek_is_not_told()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using (var producer = cluster.Client.CreateProducer<Null, string>())
        {
            foreach (var value in new[] { "four", "not 4 bytes", "last" })
                await producer.ProduceAsync(Partition, new() { Value = value });
        }

        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new(Partition, 0)]);
        Assert.Equal(1, (await consumer.ConsumeBatchAsync(ct: Soon())).Count);
        consumer.Seek(new(Partition, 2));
        Assert.Equal(2, (await consumer.ConsumeAsync(Soon())).Offset);
    }

    [Fact]
    public async Task Second_reader_is_turned_away_and_the_first_goes_on()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new(Partition, 0)]);
        var next = consumer.ConsumeBatchAsync(ct: Soon()).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.ConsumeBatchAsync(ct: Soon()).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => consumer.ConsumeAsync(TimeSpan.FromSeconds(1)).AsTask());
        await Fill(cluster, 5);
        Assert.InRange((await next).Count, 1, 5);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => consumer.ConsumeBatchAsync(0).AsTask());
    }

    [Fact]
    public async Task Cancelled_read_loses_no_record()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new(Partition, 0)]);
        var filling = Fill(cluster, 300);
        for (long next = 0; next < 300;)
        {
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(1));
            try
            {
                Assert.Equal(next, (await consumer.ConsumeAsync(soon.Token)).Offset.Value);
                next++;
            }
            catch (OperationCanceledException)
            {
                // Tried again.
            }
        }

        await filling;
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consumer.EndOffsetsAsync([Partition], cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => consumer.ConsumeAsync(TimeSpan.FromSeconds(1), cancelled.Token).AsTask());
    }

    [Fact]
    public async Task Seeks_to_ends_and_to_a_time()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, int>();
        for (var i = 0; i < 10; i++)
            await producer.ProduceAsync(Partition, new() { Value = i, Timestamp = Time(100 * i) });

        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        consumer.Assign([new(Partition, 5)]);
        consumer.SeekToBeginning([Partition]);
        Assert.Equal(0, (await consumer.ConsumeAsync(Soon())).Offset);
        await consumer.SeekToTimeAsync([new(Partition, Time(650))], Soon());
        Assert.Equal(7, (await consumer.ConsumeAsync(Soon())).Offset);
        await consumer.SeekToTimeAsync([new(Partition, Time(5_000))], Soon());
        while (consumer.Position(Partition) != 10)
            Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(10)));
        await producer.ProduceAsync(Partition, new() { Value = 10 });
        Assert.Equal(10, (await consumer.ConsumeAsync(Soon())).Offset);
        consumer.SeekToEnd([Partition]);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(50)));
        Assert.Throws<InvalidOperationException>(() => consumer.SeekToEnd([new("orders", 9)]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.SeekToTimeAsync([new(new("orders", 9), Time(0))]));
    }

    [Fact]
    public async Task Assignment_is_checked_before_it_changes_anything()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 3);
        await using var consumer = cluster.Client.CreateConsumer<Null, int>();
        var other = new TopicPartition("orders", 1);
        consumer.Assign([new(Partition, 0)]);
        consumer.IncrementalAssign([new(other, 0)]);
        Assert.Throws<InvalidOperationException>(() => consumer.IncrementalAssign([new("orders", 2, 0), new(other, 0)]));
        Assert.Equal([Partition, other], consumer.Assignment);
        consumer.Pause([other]);
        Assert.Equal([other], consumer.Paused);
        Assert.Throws<InvalidOperationException>(() => consumer.IncrementalUnassign([other, new("orders", 2)]));
        Assert.Equal([Partition, other], consumer.Assignment);
        consumer.IncrementalUnassign([other]);
        Assert.Equal([Partition], consumer.Assignment);
        Assert.Throws<ArgumentOutOfRangeException>(() => consumer.Assign([new("orders", -1, 0)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => consumer.Seek(new(Partition, -7)));
        Assert.Throws<InvalidOperationException>(() => consumer.Lag(other));
        consumer.Unassign();
        Assert.Empty(consumer.Assignment);
        await consumer.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => consumer.Assign([]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => consumer.ConsumeAsync().AsTask());
    }

    private static async Task ComesBack<T>(T value)
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using (var producer = cluster.Client.CreateProducer<T, T>())
            await producer.ProduceAsync("orders", new() { Key = value, Value = value });
        await using var consumer = cluster.Client.CreateConsumer<T, T>();
        consumer.Assign([new(Partition, 0)]);
        var read = await consumer.ConsumeAsync(Soon());
        Assert.Equal((value, value), (read.Message.Key, read.Message.Value));
    }

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(1_000_000 + ms);

    /// <summary>A token for what must happen, but not before long on a busy machine.</summary>
    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    private static async Task Fill(FakeCluster cluster, int records, int partitions = 1)
    {
        await using var producer = cluster.Client.CreateProducer<Null, int>(o => o.BatchSize = 300);
        for (var i = 0; i < records; i++)
            producer.Produce(new TopicPartition("orders", i % partitions), new() { Value = i });
        await producer.FlushAsync();
    }

    private sealed record Order(int Number, string Item);
}
