using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>The figures that must not get worse: one line each, and whether all of them hold.</summary>
internal static class Gates
{
    private const double LeastAppend = 0.8;
    private const double LeastAcksAll = 0.4;

    /// <returns>Whether every gate is passed.</returns>
    public static async Task<bool> RunAsync(BenchmarkContext context)
    {
        var appends = await AppendBenchmark.MeasureAsync(context with { Budget = context.Budget / 3 }).ConfigureAwait(false);
        var acksAll = await AcksAllBenchmark.MeasureAsync(context with { Budget = context.Budget * 2 / 3 }, batchSize: null)
            .ConfigureAwait(false);
        return Report(context, "append", appends.Min(result => result.Ratio), LeastAppend)
            & Report(context, "acks-all", acksAll.Ratio, LeastAcksAll);
    }

    private static bool Report(BenchmarkContext context, string name, double ratio, double min)
    {
        context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gate {name} ratio={ratio:F2} min={min:F2}"));
        return ratio >= min;
    }
}
