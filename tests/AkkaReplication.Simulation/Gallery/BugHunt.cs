using System.Diagnostics;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>What the search for one bug came to.</summary>
/// <param name="Bug">Its name.</param>
/// <param name="SeedsToFind">Of each starting point from which it was found, how many seeds that took.</param>
/// <param name="Starts">Starting points there were to be.</param>
/// <param name="Saw">What was violated, the most frequent first; empty where nothing was.</param>
/// <param name="FailingSeed">The first seed that showed it.</param>
/// <param name="Seeds">Seeds that were run.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record BugHuntResult(
    string Bug, IReadOnlyList<int> SeedsToFind, int Starts, string Saw, long? FailingSeed, long Seeds, double Seconds)
{
    /// <summary>Why the search ended early, or told nothing; null where it came to its end.</summary>
    public string? Failure { get; init; }

    /// <summary>From every starting point.</summary>
    public bool IsFound => SeedsToFind.Count == Starts;

    /// <summary>0 where it was not found at all.</summary>
    public int MedianSeeds => SeedsToFind.Order().ElementAtOrDefault(SeedsToFind.Count / 2);

    /// <summary>0 where it was not found at all.</summary>
    public int MostSeeds => SeedsToFind.DefaultIfEmpty().Max();
}

/// <param name="Seeds">How many seeds a bug has from each starting point.</param>
/// <param name="Repeat">Starting points; they are far from each other.</param>
/// <param name="From">The first of them.</param>
/// <param name="Profile">Of the simulator.</param>
/// <param name="Patience">How much processor time may pass while one seed runs.</param>
internal sealed record BugHuntOptions(int Seeds, int Repeat, long From, string Profile, TimeSpan Patience)
{
    /// <summary>No seed is begun when so much time has passed; null for as long as it takes.</summary>
    public TimeSpan? Time { get; init; }
}

/// <summary>
/// Looks for the first seeds that show a planted bug. A seed counts only if the product without the bug passes it: the bug is
/// seen, not something else.
/// </summary>
internal sealed class BugHunt(BugHuntOptions options, Func<PlantedBug, PlantedSimulator> plant, Func<long, string?> findWithoutBug)
{
    private const long Apart = 1_000_000_000;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<int> _toFind = [];
    private readonly List<string> _saw = [];
    private long? _failing;
    private long _ran;

    /// <summary>Ends with the first starting point from which the bug is not found.</summary>
    public BugHuntResult Hunt(PlantedBug bug)
    {
        var simulator = plant(bug);
        var start = 0;
        while (start < options.Repeat && FindFrom(options.From + (start * Apart), simulator))
            start++;
        return new BugHuntResult(
            bug.Name, _toFind, options.Repeat, MostFrequentFirst(_saw), _failing, _ran, Math.Round(_clock.Elapsed.TotalSeconds, 1))
        {
            Failure = start < options.Repeat && IsLate ? $"not found in {options.Time!.Value.TotalSeconds:0} s" : null,
        };
    }

    private bool IsLate => _clock.Elapsed >= options.Time;

    private bool FindFrom(long first, PlantedSimulator simulator)
    {
        for (var i = 0; i < options.Seeds && !IsLate; i++)
        {
            var seed = first + i;
            _ran++;
            if (simulator.FindViolation(seed, options.Profile, options.Patience) is not { } violation || IsNotTheBugs(seed))
                continue;

            _failing ??= seed;
            _saw.Add(FirstLine(violation));
            _toFind.Add(i + 1);
            return true;
        }

        return false;
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
