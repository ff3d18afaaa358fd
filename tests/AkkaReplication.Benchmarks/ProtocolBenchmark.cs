using System.Diagnostics;
using System.Globalization;
using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Benchmarks;

/// <summary>What it costs to read and write the two requests that carry records, and what it leaves to the collector.</summary>
internal sealed class ProtocolBenchmark : IBenchmark
{
    private const int Partitions = 6;
    private const int BatchSize = 16 * 1024;
    private const int RoundFrames = 20_000;
    private const int FewestRounds = 5;
    private const int Figures = 4;
    private const short ProduceVersion = 9;
    private const short FetchVersion = 12;

    public string Name => "protocol";

    public double Weight => 1;

    public Task RunAsync(BenchmarkContext context)
    {
        var batch = new byte[BatchSize];
        new Random(1).NextBytes(batch);
        using var buffer = new FrameBuffer();
        var strings = new StringCache();
        var produce = Produce(batch);
        var fetch = Fetch(batch);
        KafkaFrames.WriteRequest(buffer, ProduceVersion, 1, "bench", produce);
        var produceFrame = buffer.ToArray().AsMemory(KafkaFrames.SizeLength);
        buffer.Clear();
        KafkaFrames.WriteResponse(buffer, FetchVersion, 1, fetch);
        var fetchFrame = buffer.ToArray().AsMemory(KafkaFrames.SizeLength);

        Measure(context, "produce request read", () =>
        {
            var reader = new KafkaReader(produceFrame, strings);
            var header = RequestHeader.Read(ref reader);
            return ((ProduceRequest)KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion)).Topics.Length;
        });
        Measure(context, "produce request written", () =>
        {
            buffer.Clear();
            KafkaFrames.WriteRequest(buffer, ProduceVersion, 1, "bench", produce);
            return buffer.SegmentCount;
        });
        Measure(context, "fetch response read", () =>
        {
            var reader = new KafkaReader(fetchFrame, strings);
            ResponseHeader.Read(ref reader, ApiKey.Fetch, FetchVersion);
            return FetchResponse.Read(ref reader, FetchVersion).Topics.Length;
        });
        Measure(context, "fetch response written", () =>
        {
            buffer.Clear();
            KafkaFrames.WriteResponse(buffer, FetchVersion, 1, fetch);
            return buffer.SegmentCount;
        });
        return Task.CompletedTask;
    }

    private static void Measure(BenchmarkContext context, string name, Func<int> frame)
    {
        var nanoseconds = new List<double>();
        var allocated = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        Round(frame);
        while (nanoseconds.Count < FewestRounds || Stopwatch.GetElapsedTime(begun) < context.Budget / Figures)
        {
            context.Stop.ThrowIfCancellationRequested();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var elapsed = Round(frame);
            nanoseconds.Add(elapsed.TotalNanoseconds / RoundFrames);
            allocated.Add((GC.GetAllocatedBytesForCurrentThread() - before) / (double)RoundFrames);
        }

        context.Report(
            name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Median.Of(nanoseconds):F0} ns, {Median.Of(allocated):F0} bytes allocated"),
            $"a frame of one topic, {Partitions} partitions, a batch of {BatchSize / 1024} KiB each;"
            + $" medians of {nanoseconds.Count} rounds of {RoundFrames} frames");
    }

    private static TimeSpan Round(Func<int> frame)
    {
        var begun = Stopwatch.GetTimestamp();
        var sum = 0;
        for (var i = 0; i < RoundFrames; i++)
            sum += frame();
        var elapsed = Stopwatch.GetElapsedTime(begun);
        return sum > 0 ? elapsed : throw new InvalidOperationException("The frames were empty.");
    }

    private static ProduceRequest Produce(byte[] batch) => new()
    {
        Acks = -1,
        TimeoutMs = 30_000,
        Topics =
        [
            new()
            {
                Name = "orders",
                Partitions = [.. Enumerable.Range(0, Partitions).Select(i => new ProduceRequest.Partition { Index = i, Records = batch })],
            },
        ],
    };

    private static FetchResponse Fetch(byte[] batch) => new()
    {
        Topics =
        [
            new()
            {
                Topic = "orders",
                Partitions =
                [
                    .. Enumerable.Range(0, Partitions).Select(i => new FetchResponse.FetchPartition
                    {
                        PartitionIndex = i,
                        HighWatermark = 1000,
                        Records = batch,
                    }),
                ],
            },
        ],
    };
}
