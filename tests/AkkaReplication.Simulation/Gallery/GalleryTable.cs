using System.Globalization;
using System.Text;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>What a run of the gallery has come to, a line for each bug.</summary>
internal static class GalleryTable
{
    /// <summary>A bug that takes more seeds than that in the median is hard to see.</summary>
    public const int GoodMedian = 1000;

    public static string Of(IReadOnlyList<(PlantedBug Bug, BugHuntResult Result)> rows)
    {
        var text = new StringBuilder();
        var width = Math.Max("bug".Length, rows.Max(r => r.Bug.Name.Length));
        var rules = Math.Max("rule".Length, rows.Max(r => r.Bug.Rule.Length));
        text.AppendLine($"{"bug".PadRight(width)}  {"rule".PadRight(rules)}  late  found  median     max  seen by");
        foreach (var (bug, result) in rows)
        {
            text.AppendLine(
                $"{bug.Name.PadRight(width)}  {bug.Rule.PadRight(rules)}  {(bug.Late ? "late" : "    ")}"
                + $"  {$"{result.SeedsToFind.Count}/{result.Starts}",5}  {Seeds(result, result.MedianSeeds),6}  {Seeds(result, result.MostSeeds),6}"
                + $"  {Seen(result)}{(bug.Course.Length > 0 ? $" (in {bug.Course})" : "")}");
        }

        var found = rows.Select(r => r.Result).Where(r => r.IsFound).ToList();
        text.AppendLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bugs={rows.Count} found={found.Count} median<={GoodMedian}={found.Count(r => r.MedianSeeds <= GoodMedian)}"
            + $" failed={rows.Count(r => r.Result.Failure is not null)}"));
        return text.ToString();
    }

    /// <summary>A line for whoever waits.</summary>
    public static string Describe(BugHuntResult result)
    {
        var found = string.Join(", ", result.SeedsToFind);
        var fate = result.IsFound ? $"found after {found} seeds (seed {result.FailingSeed} the first)"
            : found.Length > 0 ? $"NOT found from every start (after {found})"
            : "NOT found";
        var why = result.IsFound ? $", by {result.Saw}" : result.Failure is { } failure ? $": {failure}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{result.Bug}: {fate}, {result.Seeds} seeds in {result.Seconds:0} s{why}");
    }

    private static string Seeds(BugHuntResult result, int seeds) =>
        result.SeedsToFind.Count == 0 ? "-" : seeds.ToString(CultureInfo.InvariantCulture);

    private static string Seen(BugHuntResult result) => result.Failure is { } failure
        ? string.Join("; ", new[] { result.Saw, failure }.Where(s => s.Length > 0))
        : result.Saw;
}
