using System.Text;
using AkkaReplication.Clients;

namespace AkkaReplication.Tests.Clients;

public sealed class ProducerTests
{
    [Fact]
    public async Task ProduceAsync_tells_the_place_of_each_record()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 2);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        for (var i = 0; i < 5; i++)
        {
            var result = await producer.ProduceAsync(new TopicPartition("orders", 1), Record("k", $"v{i}"));
            Assert.Equal(new TopicPartitionOffset("orders", 1, i), result.TopicPartitionOffset);
            Assert.Equal(PersistenceStatus.Persisted, result.Status);
        }
    }

    [Fact]
    public async Task Key_decides_the_partition()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 7);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        var result = await producer.ProduceAsync("orders", Record("foobar", "v"));
        Assert.Equal(Murmur2.PartitionOf(Encoding.UTF8.GetBytes("foobar"), 7), result.Partition);
    }

    [Fact]
    public async Task Handlers_are_called_in_the_order_of_records_even_if_one_throws()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, int>();
        var offsets = new List<long>();
        for (var i = 0; i < 1_000; i++)
        {
            var throws = i == 500;
            producer.Produce("orders", new Message<Null, int> { Value = i }, report =>
            {
                if (throws)
                    throw new InvalidOperationException("A handler that throws.");
                offsets.Add(report.Offset);
            });
        }

        await producer.FlushAsync();
        Assert.Equal(Enumerable.Range(0, 1_000).Where(i => i != 500).Select(i => (long)i), offsets);
    }

    [Fact]
    public async Task Records_arrive_once_and_in_order_when_their_leader_dies()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, int>();
        var tasks = new List<Task<DeliveryResult>>();
        for (var i = 0; i < 3_000; i++)
        {
            tasks.Add(producer.ProduceAsync("orders", new Message<Null, int> { Value = i }));
            if (i == 1_000)
                await cluster.Kill(new BrokerId(0));
            if (i == 2_000)
                await cluster.Kill(new BrokerId(1));
        }

        var results = await Task.WhenAll(tasks).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Range(0, 3_000).Select(i => (long)i), results.Select(r => r.Offset.Value));
        Assert.Equal(3_000, cluster.Partition("orders", 0).EndOffset);
    }

    [Fact]
    public async Task Refused_record_tells_why_and_whether_it_may_be_there()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>(o => o.MaxRequestSize = 1_000);
        var refused = await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("orders", new Message<Null, byte[]> { Value = new byte[2_000] }));
        Assert.Equal(ErrorCode.MessageTooLarge, refused.Error);
        Assert.Equal(PersistenceStatus.NotPersisted, refused.DeliveryReport.Status);
        Assert.Contains("max.request.size", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ProduceException>(
            () => producer.Produce("orders", new Message<Null, byte[]> { Value = new byte[2_000] }));
    }

    [Fact]
    public async Task Unknown_topic_is_an_error_after_max_block()
    {
        await using var cluster = new FakeCluster();
        await using var producer = cluster.Client.CreateProducer<Null, string>(o => o.MaxBlockMs = 200);
        var refused = await Assert.ThrowsAsync<ProduceException>(
            () => producer.ProduceAsync("nowhere", new Message<Null, string> { Value = "v" }));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, refused.Error);
    }

    [Fact]
    public async Task Cancellation_ends_the_waiting_not_the_delivery()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, int>(o => o.LingerMs = 300);
        using var cancellation = new CancellationTokenSource();
        var produced = producer.ProduceAsync("orders", new Message<Null, int> { Value = 1 }, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => produced);
        await producer.FlushAsync();
        Assert.Equal(1, cluster.Partition("orders", 0).EndOffset);
    }

    [Fact]
    public async Task Disposing_waits_for_what_was_produced_and_refuses_more()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        var producer = cluster.Client.CreateProducer<Null, int>(o => o.LingerMs = 10_000);
        var produced = producer.ProduceAsync("orders", new Message<Null, int> { Value = 1 });
        await producer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(8));
        Assert.Equal(0, (await produced).Offset);
        Assert.Throws<ObjectDisposedException>(() => producer.Produce("orders", new Message<Null, int> { Value = 1 }));
        await producer.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_waits_for_ever_when_the_actor_system_ends()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        cluster.OnRequest = static (_, request) => request is not ProduceRequest;
        var producer = cluster.Client.CreateProducer<Null, int>();
        var produced = producer.ProduceAsync("orders", new Message<Null, int> { Value = 1 });
        var flushed = producer.FlushAsync();
        await cluster.System.Terminate();
        await Assert.ThrowsAsync<ProduceException>(() => produced.WaitAsync(TimeSpan.FromSeconds(10)));
        await flushed.WaitAsync(TimeSpan.FromSeconds(10));
        await producer.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Memory_bounds_what_is_handed_over_without_waiting_and_delays_what_waits()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<Null, byte[]>(o =>
        {
            o.BufferMemory = 20_000;
            o.MaxRequestSize = 5_000;
        });
        var answering = true;
        cluster.OnRequest = (_, request) => answering || request is not ProduceRequest;
        answering = false;
        var record = new Message<Null, byte[]> { Value = new byte[1_000] };
        var refused = Assert.Throws<ProduceException>(() =>
        {
            for (var i = 0; i < 100; i++)
                producer.Produce("orders", record);
        });
        Assert.Contains("buffer.memory", refused.Message, StringComparison.Ordinal);
        var waiting = Enumerable.Range(0, 50).Select(_ => producer.ProduceAsync("orders", record)).ToArray();
        answering = true;
        // The swallowed request's session must end before its batch goes again.
        await cluster.Kill(cluster.Partition("orders", 0).Leader);
        await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Raw_producer_reports_every_record_once_with_its_state()
    {
        await using var cluster = await FakeCluster.WithTopic("orders", partitions: 3);
        var states = new HashSet<object?>();
        await using var producer = cluster.Client.CreateRawProducer(report =>
        {
            Assert.Equal(ErrorCode.None, report.Error);
            foreach (var state in report.Completions)
                Assert.True(states.Add(state));
        });
        for (var i = 0; i < 500; i++)
            Assert.True(producer.TryProduce("orders", i % 3, default, BitConverter.GetBytes(i), state: i));
        await producer.FlushAsync();
        Assert.Equal(500, states.Count);
        Assert.Equal(500, Enumerable.Range(0, 3).Sum(i => cluster.Partition("orders", i).EndOffset));
    }

    private static Message<string, string> Record(string key, string value) => new() { Key = key, Value = value };
}
