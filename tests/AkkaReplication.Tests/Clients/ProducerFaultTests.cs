using System.Buffers;
using AkkaReplication.Clients;

namespace AkkaReplication.Tests.Clients;

/// <summary>What is wrong with one record, one handler or one caller concerns nobody else.</summary>
public sealed class ProducerFaultTests
{
    [Fact]
    public async Task Serializer_that_throws_fails_its_record_alone()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<string, int>(
            o => o.LingerMs = 50, valueSerializer: new Picky(), keySerializer: Serializers.Utf8);
        var first = producer.ProduceAsync("orders", new() { Key = "k", Value = 1 });
        var failed = producer.ProduceAsync("orders", new() { Key = "k", Value = -1 });
        Assert.Throws<ProduceException>(() => producer.Produce("orders", new() { Key = "k", Value = -1 }));
        var last = producer.ProduceAsync("orders", new() { Key = "k", Value = 2 });

        var error = await Assert.ThrowsAsync<ProduceException>(() => failed);
        Assert.Equal((ErrorCode.InvalidRecord, false), (error.Error, error.IsRetriable));
        Assert.Equal(PersistenceStatus.NotPersisted, error.DeliveryReport.Status);
        Assert.IsType<FormatException>(error.InnerException);
        Assert.Contains("value.serializer Picky", error.Message, StringComparison.Ordinal);
        Assert.Equal((0L, 1L), ((await first).Offset.Value, (await last).Offset.Value));
    }

    [Fact]
    public async Task Partitioner_that_throws_fails_its_record_alone()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 3);
        await using var producer = cluster.Client.CreateProducer<string, string>(o => o.Partitioner = Partitioners.From(
            (in PartitionRequest r) => r.Key[0] == 'x' ? throw new FormatException("no x") : 2));
        Assert.Equal(2, (await producer.ProduceAsync("orders", new() { Key = "a", Value = "v" })).Partition);
        var error = await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("orders", new() { Key = "x", Value = "v" }));
        Assert.Equal((ErrorCode.InvalidRequest, false), (error.Error, error.IsRetriable));
        Assert.IsType<FormatException>(error.InnerException);
        Assert.Equal(1, (await producer.ProduceAsync("orders", new() { Key = "b", Value = "v" })).Offset);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    [InlineData(253_402_300_799_999, true)]
    [InlineData(253_402_300_800_000, false)]
    public async Task Timestamps_are_those_of_a_calendar(long timestampMs, bool accepted)
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, string>();
        var message = new Message<Null, string>
        {
            Value = "v",
            Timestamp = new Timestamp(timestampMs, Records.TimestampType.CreateTime),
        };
        if (accepted)
        {
            Assert.Equal(timestampMs, (await producer.ProduceAsync("orders", message)).Timestamp.UnixTimestampMs);
            return;
        }

        var error = await Assert.ThrowsAsync<ProduceException>(() => producer.ProduceAsync("orders", message));
        Assert.Equal(ErrorCode.InvalidTimestamp, error.Error);
        Assert.Contains($"timestamp = {timestampMs}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_can_be_given_as_it_is()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, string>();
        var time = new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2));
        var result = await producer.ProduceAsync("orders", new() { Value = "v", Timestamp = time });
        Assert.Equal(time.ToUniversalTime(), result.Timestamp.ToDateTimeOffset());
    }

    [Fact]
    public async Task Handler_that_blocks_holds_up_its_own_producer_only()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 2);
        await using var stuck = cluster.Client.CreateProducer<Null, byte[]>(o =>
        {
            o.BufferMemory = 20_000;
            o.MaxRequestSize = 5_000;
        });
        using var gate = new ManualResetEventSlim();
        var handled = 0;
        var record = new Message<Null, byte[]> { Value = new byte[1_000] };
        var refused = await Assert.ThrowsAsync<ProduceException>(async () =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                stuck.Produce(new TopicPartition("orders", 0), record, _ =>
                {
                    gate.Wait();
                    handled++;
                });

                // Without waiting it would be the cluster that is behind, not the handler.
                await AllAcknowledged(cluster, i + 1);
            }
        });
        Assert.True(refused.IsRetriable);
        Assert.Contains("handlers have not returned", refused.Message, StringComparison.Ordinal);
        var accepted = cluster.Partition("orders", 0).EndOffset;
        Assert.InRange(accepted, 15, 20);

        // The very producer can still be awaited, and others do not notice.
        await stuck.ProduceAsync(new TopicPartition("orders", 1), record).WaitAsync(TimeSpan.FromSeconds(20));
        await using (var other = cluster.Client.CreateProducer<Null, byte[]>())
        {
            var delivered = 0;
            for (var i = 0; i < 500; i++)
                other.Produce(new TopicPartition("orders", 1), record, _ => Interlocked.Increment(ref delivered));
            await other.FlushAsync().WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal(500, delivered);
        }

        var flushed = stuck.FlushAsync();
        using (var soon = new CancellationTokenSource(100))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck.FlushAsync(soon.Token));
        Assert.False(flushed.IsCompleted);
        gate.Set();
        await flushed.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(accepted, handled);
        stuck.Produce(new TopicPartition("orders", 0), record, static _ => { });
    }

    [Fact]
    public async Task Handler_that_never_returns_does_not_hold_up_a_disposal_for_ever()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var producer = cluster.Client.CreateProducer<Null, int>(o =>
        {
            o.RequestTimeoutMs = 100;
            o.DeliveryTimeoutMs = 200;
        });
        using var gate = new ManualResetEventSlim();
        producer.Produce("orders", new() { Value = 1 }, _ => gate.Wait());
        await producer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        gate.Set();
    }

    [Fact]
    public async Task Handler_may_produce_and_gets_its_state_back()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, int>();
        var chain = new Chain(producer);
        producer.Produce("orders", new() { Value = 0 }, chain, state: "first");
        await chain.Done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["first", "second", "third"], chain.States);
        Assert.Equal([0L, 1, 2], chain.Offsets);
    }

    [Fact]
    public async Task Report_handler_of_a_raw_producer_may_throw()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var reported = 0;
        await using var producer = cluster.Client.CreateRawProducer(_ =>
        {
            reported++;
            throw new InvalidOperationException("A handler that throws.");
        });
        Assert.True(producer.TryProduce("orders", 0, default, "a"u8));
        await producer.FlushAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(producer.TryProduce("orders", 0, default, "b"u8));
        await producer.FlushAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(2, reported);
    }

    [Fact]
    public async Task Cancellation_in_mid_batch_leaves_the_batch_alone()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, int>(o => o.LingerMs = 200);
        using var cancellation = new CancellationTokenSource();
        var tasks = Enumerable.Range(0, 9)
            .Select(i => producer.ProduceAsync("orders", new() { Value = i }, i % 3 == 1 ? cancellation.Token : default))
            .ToArray();
        await cancellation.CancelAsync();
        for (var i = 0; i < tasks.Length; i++)
        {
            if (i % 3 == 1)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tasks[i]);
            else
                Assert.Equal(i, (await tasks[i]).Offset);
        }

        Assert.Equal(9, cluster.Partition("orders", 0).EndOffset);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => producer.ProduceAsync("orders", new() { Value = 1 }, cancellation.Token));
        await producer.FlushAsync();
        Assert.Equal(9, cluster.Partition("orders", 0).EndOffset);
    }

    [Fact]
    public async Task Disposed_producer_says_so_whatever_is_asked_of_it()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var producer = cluster.Client.CreateProducer<Null, int>();
        await producer.DisposeAsync();
        var record = new Message<Null, int> { Value = 1 };
        await Assert.ThrowsAsync<ObjectDisposedException>(() => producer.ProduceAsync("orders", record));
        Assert.Throws<ObjectDisposedException>(() => producer.Produce("orders", record));
        Assert.Throws<ObjectDisposedException>(() => producer.Produce("orders", record, static _ => { }));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => producer.FlushAsync());
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_while_no_broker_lives_ends_within_the_delivery_timeout()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var producer = cluster.Client.CreateProducer<Null, int>(o =>
        {
            o.RequestTimeoutMs = 300;
            o.DeliveryTimeoutMs = 700;
            o.MaxBlockMs = 500;
        });
        await producer.ProduceAsync("orders", new() { Value = 1 });
        foreach (var broker in cluster.Bootstrap)
            await cluster.Kill(broker, moveLeaders: false);
        var known = producer.ProduceAsync("orders", new() { Value = 2 });
        var unknown = producer.ProduceAsync("elsewhere", new() { Value = 3 });

        await producer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

        var timedOut = await Assert.ThrowsAsync<ProduceException>(() => known);
        Assert.Equal((ErrorCode.RequestTimedOut, true), (timedOut.Error, timedOut.IsRetriable));
        Assert.Equal(
            ErrorCode.UnknownTopicOrPartition, (await Assert.ThrowsAsync<ProduceException>(() => unknown)).Error);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Largest_record_is_that_of_max_request_size(int beyond, bool accepted)
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>(o => o.MaxRequestSize = 1_000);
        // A batch's header and the most that a record takes beside its value.
        var record = new Message<Null, byte[]> { Value = new byte[1_000 - 61 - 32 + beyond] };
        var produced = producer.ProduceAsync("orders", record);
        if (accepted)
        {
            await produced;
            return;
        }

        var error = await Assert.ThrowsAsync<ProduceException>(() => produced);
        Assert.Equal((ErrorCode.MessageTooLarge, false), (error.Error, error.IsRetriable));
        Assert.Contains("1001 bytes", error.Message, StringComparison.Ordinal);
    }

    private static async Task AllAcknowledged(FakeCluster cluster, long records)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (cluster.Partition("orders", 0).EndOffset < records && DateTime.UtcNow < deadline)
            await Task.Delay(1);
    }

    private sealed class Picky : ISerializer<int>
    {
        public void Serialize(int data, IBufferWriter<byte> output, SerializationContext context)
        {
            output.Write("abc"u8);
            if (data < 0)
                throw new FormatException("negative");
        }
    }

    private sealed class Chain(IProducer<Null, int> producer) : IDeliveryHandler
    {
        public List<object?> States { get; } = [];

        public List<long> Offsets { get; } = [];

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void OnDelivery(in DeliveryReport report, object? state)
        {
            States.Add(state);
            Offsets.Add(report.Offset);
            if (States.Count < 3)
                producer.Produce("orders", new() { Value = States.Count }, this, States.Count == 1 ? "second" : "third");
            else
                Done.SetResult();
        }
    }
}
