namespace AkkaReplication.Simulation.Gallery;

/// <summary>What the search for one bug came to.</summary>
/// <param name="SeedsToFind">Of each starting point from which it was found, how many seeds that took.</param>
/// <param name="IsFound">From every starting point.</param>
/// <param name="Saw">What was violated, the most frequent first; empty where nothing was.</param>
/// <param name="FailingSeed">The first seed that showed it.</param>
/// <param name="Seeds">Seeds that were run.</param>
internal sealed record BugHuntResult(
    PlantedBug Bug, IReadOnlyList<int> SeedsToFind, bool IsFound, string Saw, long? FailingSeed, long Seeds, TimeSpan Took)
{
    public int MedianSeeds => SeedsToFind.Order().ElementAt(SeedsToFind.Count / 2);
}

/// <param name="Seeds">How many seeds a bug has from each starting point.</param>
/// <param name="Repeat">Starting points; they are far from each other.</param>
/// <param name="From">The first of them.</param>
/// <param name="Profile">Of the simulator.</param>
/// <param name="Patience">How much processor time may pass while one seed runs.</param>
internal sealed record BugHuntOptions(int Seeds, int Repeat, long From, string Profile, TimeSpan Patience);

/// <summary>
/// Looks for the first seeds that show a planted bug. A seed counts only if the product without the bug passes it: the bug is
/// seen, not something else.
/// </summary>
internal sealed class BugHunt(BugHuntOptions options, Func<PlantedBug, PlantedSimulator> plant, Func<long, string?> findWithoutBug)
{
    private const long Apart = 1_000_000_000;

    public BugHuntResult Hunt(PlantedBug bug)
    {
        var started = System.Diagnostics.Stopwatch.StartNew();
        var simulator = plant(bug);
        var toFind = new List<int>();
        var saw = new List<string>();
        long? failing = null;
        var ran = 0L;
        for (var start = 0; start < options.Repeat && toFind.Count == start; start++)
        {
            for (var i = 0; i < options.Seeds; i++)
            {
                var seed = options.From + (start * Apart) + i;
                ran++;
                if (simulator.FindViolation(seed, options.Profile, options.Patience) is not { } violation || IsNotTheBugs(seed))
                    continue;

                failing ??= seed;
                saw.Add(FirstLine(violation));
                toFind.Add(i + 1);
                break;
            }
        }

        simulator.Unload();
        return new BugHuntResult(
            bug, toFind, toFind.Count == options.Repeat, MostFrequentFirst(saw), failing, ran, started.Elapsed);
    }

    private bool IsNotTheBugs(long seed)
    {
        if (findWithoutBug(seed) is not { } violation)
            return false;

        Console.Error.WriteLine($"Seed {seed} fails without any bug planted: {FirstLine(violation)}");
        return true;
    }

    private static string FirstLine(string text) => text.AsSpan().EnumerateLines() is var lines && lines.MoveNext()
        ? lines.Current.ToString()
        : text;

    /// <summary>What was violated, without what differs from seed to seed.</summary>
    private static string MostFrequentFirst(List<string> saw) => string.Join(", ", saw
        .Select(s => s.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? s[..colon] : s)
        .GroupBy(s => s)
        .OrderByDescending(g => g.Count())
        .ThenBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => g.Key));
}
