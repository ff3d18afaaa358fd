using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>Repeats a number of operations of the actor runtime until the budget is spent.</summary>
internal static class RuntimeRounds
{
    private const int FewestRounds = 3;

    /// <param name="round">Does all operations of one round.</param>
    public static async Task ReportAsync(
        BenchmarkContext context, string name, int operations, string conditions, Func<Task> round)
    {
        var rates = new List<double>();
        await round().ConfigureAwait(false);
        var begun = Stopwatch.GetTimestamp();
        while (rates.Count < FewestRounds || Stopwatch.GetElapsedTime(begun) < context.Budget)
        {
            context.Stop.ThrowIfCancellationRequested();
            var roundBegun = Stopwatch.GetTimestamp();
            await round().ConfigureAwait(false);
            rates.Add(operations / Stopwatch.GetElapsedTime(roundBegun).TotalSeconds);
        }

        context.Report(
            name,
            string.Create(CultureInfo.InvariantCulture, $"{Median.Of(rates):N0}/s"),
            $"{conditions}; median of {rates.Count} rounds of {operations}");
    }
}
