namespace AkkaReplication.Benchmarks;

/// <summary>How much of three files' speed is left when they are the replicas of an embedded cluster.</summary>
internal sealed class AcksAllBenchmark : IBenchmark
{
    private const int PieceBytes = 16 * 1024;
    private const int RoundBytes = 64 * 1024 * 1024;
    private const int Records = RoundBytes / EmbeddedProducing.RecordBytes;
    private static readonly int?[] BatchSizes = [null, 256 * 1024];

    public string Name => "acks-all";

    public double Weight => 4;

    public async Task RunAsync(BenchmarkContext context)
    {
        foreach (var batchSize in BatchSizes)
        {
            await MeasureAsync(context with { Budget = context.Budget / BatchSizes.Length }, batchSize)
                .ConfigureAwait(false);
        }
    }

    /// <param name="batchSize">batch.size in bytes, null for Kafka's default.</param>
    public static async Task<Comparison> MeasureAsync(BenchmarkContext context, int? batchSize)
    {
        var piece = new byte[PieceBytes];
        new Random(2).NextBytes(piece);
        var name = batchSize is { } bytes ? $"batch.size={bytes}" : "batch.size=16384, the default";
        var directory = $"acks-all-{batchSize ?? 0}";
        using var plain = new PlainFiles(context.Scratch[$"{directory}-plain"], 3, flushesEmptied: false);
        var producing = await EmbeddedProducing.StartAsync(context.Scratch[directory], batchSize, context.Stop)
            .ConfigureAwait(false);
        await using var ending = producing.ConfigureAwait(false);
        var result = await AlternatingRounds.RunAsync(
            context,
            context.Budget,
            RoundBytes,
            async () => (await producing.ProduceAsync(Records).ConfigureAwait(false)).Elapsed,
            () => Task.FromResult(plain.Write(piece, RoundBytes))).ConfigureAwait(false);
        context.Report(
            $"acks-all {(batchSize ?? 16 * 1024) / 1024} KiB",
            result.ToString(),
            $"3 brokers and a producer in one process, 1 KiB records, RF 3, 3 partitions, idempotent, {name};"
            + $" plain loop writes 16 KiB to each of three files; medians of {result.Rounds} rounds of"
            + $" {RoundBytes >> 20} MiB");
        return result;
    }
}
