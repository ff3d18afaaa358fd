using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>What the garbage collector is given per record and per batch, by producer and three brokers together.</summary>
internal sealed class AllocationBenchmark : IBenchmark
{
    private const int RoundRecords = 64 * 1024;
    private const int FewestRounds = 3;

    public string Name => "allocation";

    public double Weight => 1;

    public async Task RunAsync(BenchmarkContext context)
    {
        var producing = await EmbeddedProducing.StartAsync(
            context.Scratch["allocation"], batchSize: null, context.Stop).ConfigureAwait(false);
        await using var ending = producing.ConfigureAwait(false);
        await producing.ProduceAsync(RoundRecords).ConfigureAwait(false);

        var perBatch = new List<double>();
        var perRecord = new List<double>();
        var spent = TimeSpan.Zero;
        while (perBatch.Count < FewestRounds || spent < context.Budget)
        {
            context.Stop.ThrowIfCancellationRequested();
            var round = await producing.ProduceAsync(RoundRecords).ConfigureAwait(false);
            spent += round.Elapsed;
            perBatch.Add(round.AllocatedBytes / (double)round.Batches);
            perRecord.Add(round.AllocatedBytes / (double)RoundRecords);
        }

        context.Report(
            Name,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Median.Of(perRecord):F0} bytes per record, {Median.Of(perBatch):F0} per batch"),
            "allocated by producer and three brokers together, 1 KiB records, RF 3, acks=all, batch.size=16384;"
            + $" medians of {perBatch.Count} rounds of {RoundRecords} records");
    }
}
