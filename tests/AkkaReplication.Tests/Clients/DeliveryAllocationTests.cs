using AkkaReplication.Clients;

namespace AkkaReplication.Tests.Clients;

/// <summary>What a record that is produced with a handler costs in allocations.</summary>
public sealed class DeliveryAllocationTests
{
    private const int Records = 2_000;
    private const int RecordBytes = 130;

    [Fact]
    public async Task Record_with_a_handler_allocates_nothing_of_its_own()
    {
        await using var cluster = await FakeCluster.WithTopic("orders");
        await using var producer = cluster.Client.CreateProducer<string, string>(o => o.BatchSize = 64 * 1024);
        var handler = new Counting();
        var message = new Message<string, string> { Key = "customer-17", Value = new string('v', 100) };
        await Round();
        long caller = 0;
        long lane = 0;
        for (var round = 0; round < 20; round++)
        {
            caller += await Round();
            lane += handler.AllocatedBytes;
        }

        // The batch itself, which is sent as it was filled, and a list of what its records carry, which grows with them: 8
        // bytes a record, and as much again while it doubles.
        Assert.InRange(caller / (20.0 * Records), 0, RecordBytes + 40);
        Assert.True(lane < 20 * Records, $"{lane} bytes were allocated where handlers are called.");
        Assert.Equal(21 * Records, handler.Count);

        async Task<long> Round()
        {
            handler.Begin();
            var allocated = await Task.Run(Produce);
            await producer.FlushAsync();
            return allocated;
        }

        long Produce()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Records; i++)
            {
                message.Timestamp = new Timestamp(1_000_000 + i, AkkaReplication.Records.TimestampType.CreateTime);
                producer.Produce("orders", message, handler, handler);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task Lane_uses_again_what_it_has()
    {
        var lane = new DeliveryLane("lane", memoryBytes: 1 << 20, Akka.Event.NoLogger.Instance);
        var handler = new Counting();
        for (var round = 0; round < 3; round++)
        {
            handler.Begin();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var completions = new object?[1_000];
            for (var i = 0; i < completions.Length; i++)
                completions[i] = lane.TryBegin(handler, null, 1_000, 40);
            lane.Report(Reported(completions));
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            await Flushed(lane);
            if (round == 2)
                Assert.InRange(allocated, 0, 12_000);
        }

        Assert.Equal((3_000, 0L), (handler.Count, lane.HeldBytes));
        Assert.True(handler.AllocatedBytes < 1_000);
    }

    [Fact]
    public async Task Lane_counts_memory_until_the_handler_has_returned()
    {
        var lane = new DeliveryLane("lane", memoryBytes: 100, Akka.Event.NoLogger.Instance);
        var handler = new Counting();
        var first = lane.TryBegin(handler, null, 0, 60);
        Assert.Null(lane.TryBegin(handler, null, 0, 60));
        lane.Drop(first!);
        Assert.Equal(0, lane.HeldBytes);
        var oversize = lane.TryBegin(handler, null, 0, 300);
        Assert.NotNull(oversize);
        lane.Report(Reported([oversize]));
        await Flushed(lane);
        Assert.Equal((1, 0L), (handler.Count, lane.HeldBytes));
    }

    private static RecordsReported Reported(IReadOnlyList<object?> completions) => new(
        new TopicPartition("orders", 0), completions, ErrorCode.None, null, 0, -1, PersistenceStatus.Persisted);

    private static Task Flushed(DeliveryLane lane)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lane.Flush(flushed);
        return flushed.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private sealed class Counting : IDeliveryHandler
    {
        private long _allocatedAtStart = -1;

        public int Count { get; private set; }

        /// <summary>By the thread that calls handlers, since the first call of the round.</summary>
        public long AllocatedBytes { get; private set; }

        public void Begin() => _allocatedAtStart = -1;

        public void OnDelivery(in DeliveryReport report, object? state)
        {
            Count++;
            var now = GC.GetAllocatedBytesForCurrentThread();
            if (_allocatedAtStart < 0)
                _allocatedAtStart = now;
            AllocatedBytes = now - _allocatedAtStart;
        }
    }
}
