using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>
/// Compares what is measured with a yardstick that does the least possible for the same bytes. Both run in turn within
/// one run, so that whatever else the machine is doing meets both.
/// </summary>
internal static class AlternatingRounds
{
    private const int FewestRounds = 3;

    /// <param name="bytes">What each side handles in a round.</param>
    /// <param name="subject">Does one round and says how long its measured part took.</param>
    /// <param name="yardstick">The same.</param>
    public static async Task<Comparison> RunAsync(
        BenchmarkContext context,
        TimeSpan budget,
        long bytes,
        Func<Task<TimeSpan>> subject,
        Func<Task<TimeSpan>> yardstick)
    {
        // Without counting first: code is compiled and compiled again as it gets hot, and pages that a virtual machine never
        // touched become pages to reuse.
        var warmingUp = Stopwatch.GetTimestamp();
        do
        {
            context.Stop.ThrowIfCancellationRequested();
            await subject().ConfigureAwait(false);
            await yardstick().ConfigureAwait(false);
        }
        while (Stopwatch.GetElapsedTime(warmingUp) < budget / 4);

        var subjects = new List<double>();
        var yardsticks = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (subjects.Count < FewestRounds || Stopwatch.GetElapsedTime(begun) < budget * 3 / 4)
        {
            context.Stop.ThrowIfCancellationRequested();
            var subjectFirst = subjects.Count % 2 == 0;
            if (subjectFirst)
                subjects.Add((await subject().ConfigureAwait(false)).TotalSeconds);
            yardsticks.Add((await yardstick().ConfigureAwait(false)).TotalSeconds);
            if (!subjectFirst)
                subjects.Add((await subject().ConfigureAwait(false)).TotalSeconds);
        }

        return new Comparison(
            bytes / Median.Of(subjects),
            bytes / Median.Of(yardsticks),
            Median.Of(yardsticks.Zip(subjects, (yardstick, subject) => yardstick / subject)),
            subjects.Count);
    }
}

/// <summary>What came of it.</summary>
/// <param name="BytesPerSecond">Median over the rounds, as is <paramref name="PlainBytesPerSecond"/>.</param>
/// <param name="Ratio">Median of the ratios of neighbouring rounds: 1 is as fast as the yardstick.</param>
internal sealed record Comparison(double BytesPerSecond, double PlainBytesPerSecond, double Ratio, int Rounds)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{BytesPerSecond / 1e6:F0} MB/s, plain loop {PlainBytesPerSecond / 1e6:F0} MB/s, ratio {Ratio:F2}");
}

internal static class Median
{
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
