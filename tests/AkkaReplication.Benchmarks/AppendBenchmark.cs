using System.Diagnostics;
using AkkaReplication.Records;
using AkkaReplication.Storage;

namespace AkkaReplication.Benchmarks;

/// <summary>How much of a file's speed is left when a log is written through <see cref="PartitionLog"/>.</summary>
internal sealed class AppendBenchmark : IBenchmark
{
    private const long RoundBytes = 64L * 1024 * 1024;
    private static readonly int[] BatchSizes = [16 * 1024, 1024 * 1024];

    public string Name => "append";

    public double Weight => 2;

    public async Task RunAsync(BenchmarkContext context) => await MeasureAsync(context).ConfigureAwait(false);

    /// <returns>What came of each batch size, 16 KiB first.</returns>
    public static async Task<IReadOnlyList<Comparison>> MeasureAsync(BenchmarkContext context)
    {
        var session = StorageSession.Open(new StorageSessionOptions
        {
            Directories = [context.Scratch["append"]],
            ClusterId = "bench",
            NodeId = new BrokerId(1),
        });
        session.RegistrationAccepted();
        var results = new List<Comparison>();
        try
        {
            using var plain = new PlainFiles(context.Scratch["append-plain"], 1, flushesEmptied: true);
            var log = session.GetOrCreateLog(
                new TopicIdPartition(new TopicId(Guid.NewGuid()), 0), "bench", LogSettings.Default);
            foreach (var size in BatchSizes)
            {
                var batch = BatchOf(size);
                var result = await AlternatingRounds.RunAsync(
                    context,
                    context.Budget / BatchSizes.Length,
                    RoundBytes,
                    () => Task.FromResult(Append(log, batch)),
                    () => Task.FromResult(plain.Write(batch, RoundBytes))).ConfigureAwait(false);
                results.Add(result);
                context.Report(
                    $"append {size / 1024} KiB",
                    result.ToString(),
                    $"PartitionLog.AppendAsLeader, batches of {size / 1024} KiB without producer id, to the page cache;"
                    + $" medians of {result.Rounds} rounds of {RoundBytes >> 20} MiB");
            }
        }
        finally
        {
            await session.KillAsync().ConfigureAwait(false);
        }

        return results;
    }

    private static TimeSpan Append(PartitionLog log, byte[] batch)
    {
        log.TruncateTo(0);
        if (!BatchHeader.TryRead(batch, out var header))
            throw new InvalidOperationException("The benchmark's own batch is malformed.");

        var begun = Stopwatch.GetTimestamp();
        for (long written = 0; written < RoundBytes; written += batch.Length)
            log.AppendAsLeader(batch, header, new LeaderEpoch(1), appendTimeMs: null);
        return Stopwatch.GetElapsedTime(begun);
    }

    /// <summary>A batch of exactly that size, of one record.</summary>
    private static byte[] BatchOf(int size)
    {
        var value = new byte[size];
        new Random(1).NextBytes(value);
        for (var length = size - BatchHeader.Size; ; length--)
        {
            var builder = new RecordBatchBuilder(size);
            if (builder.TryAppend(1000, default, true, value.AsSpan(0, length), false, null, size))
                return builder.Build();
        }
    }
}
