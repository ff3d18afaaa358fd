using System.Collections.Immutable;
using System.Globalization;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>The verb <c>gallery</c>: looks for every planted bug and prints which were found, and after how many seeds.</summary>
internal static class GalleryCommand
{
    private const int GoodMedian = 1000;

    private const string Usage =
        """
        gallery [--bug NAME]... [--seeds N] [--repeat N] [--from SEED] [--profile NAME] [--workers N] [--patience SECONDS] [--list]

          --bug       only this one; may be given several times
          --seeds     how many seeds a bug has from each starting point (20000)
          --repeat    starting points (5)
          --from      the first of them (1)
          --profile   the simulator's profile (none)
          --workers   bugs that are looked for at the same time (the number of processors)
          --patience  how much processor time may pass while one seed runs, in seconds (60 for each worker)
          --list      names the bugs and their rules and ends
        """;

    /// <returns>0 if all were found, 1 if one was not, 2 for arguments that make no sense.</returns>
    internal static int Run(string[] args)
    {
        var bugs = PlantedBugs.All;
        var options = new BugHuntOptions(20_000, 5, 1, "", TimeSpan.Zero);
        var workers = Environment.ProcessorCount;
        var named = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--list")
            {
                List(bugs);
                return 0;
            }

            if (i + 1 == args.Length)
                return Refuse($"{args[i]} is unknown, or lacks its value.");
            var value = args[++i];
            switch (args[i - 1])
            {
                case "--bug" when bugs.Any(b => b.Name == value):
                    named.Add(value);
                    break;
                case "--bug":
                    return Refuse($"No bug is called '{value}'; --list names them.");
                case "--seeds" when TryReadCount(value, out var n):
                    options = options with { Seeds = n };
                    break;
                case "--repeat" when TryReadCount(value, out var n):
                    options = options with { Repeat = n };
                    break;
                case "--workers" when TryReadCount(value, out var n):
                    workers = n;
                    break;
                case "--patience" when TryReadCount(value, out var n):
                    options = options with { Patience = TimeSpan.FromSeconds(n) };
                    break;
                case "--from" when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n):
                    options = options with { From = n };
                    break;
                case "--profile":
                    options = options with { Profile = value };
                    break;
                default:
                    return Refuse($"{args[i - 1]} {value} makes no sense.");
            }
        }

        if (options.Patience == TimeSpan.Zero)
            options = options with { Patience = workers * TimeSpan.FromSeconds(60) };
        return Run(named.Count == 0 ? bugs : [.. bugs.Where(b => named.Contains(b.Name))], options, workers);
    }

    private static int Run(ImmutableArray<PlantedBug> bugs, BugHuntOptions options, int workers)
    {
        var gallery = new BugGallery();
        using var withoutBug = new SoundProduct(gallery, options);
        var hunt = new BugHunt(options, bug => gallery.Plant(bug), withoutBug.FindViolation);
        var results = new BugHuntResult[bugs.Length];
        Parallel.For(0, bugs.Length, new ParallelOptions { MaxDegreeOfParallelism = workers }, i =>
        {
            results[i] = hunt.Hunt(bugs[i]);
            Console.Error.WriteLine(Describe(results[i]));
        });
        Print(results);
        return results.All(r => r.IsFound) ? 0 : 1;
    }

    private static void Print(BugHuntResult[] results)
    {
        var width = results.Max(r => r.Bug.Name.Length);
        var rules = results.Max(r => r.Bug.Rule.Length);
        Console.WriteLine($"{"bug".PadRight(width)}  {"rule".PadRight(rules)}  late  found   seeds  seen by");
        foreach (var result in results)
        {
            var seeds = result.IsFound ? result.MedianSeeds.ToString(CultureInfo.InvariantCulture) : "-";
            Console.WriteLine(
                $"{result.Bug.Name.PadRight(width)}  {result.Bug.Rule.PadRight(rules)}  {(result.Bug.Late ? "late" : "    ")}"
                + $"  {(result.IsFound ? "yes" : "NO"),-5}  {seeds,6}  {result.Saw}");
        }

        var found = results.Where(r => r.IsFound).ToList();
        Console.WriteLine(
            $"bugs={results.Length} found={found.Count} median<={GoodMedian}={found.Count(r => r.MedianSeeds <= GoodMedian)}");
    }

    private static string Describe(BugHuntResult result) => result.IsFound
        ? $"{result.Bug.Name}: found after {string.Join(", ", result.SeedsToFind)} seeds (seed {result.FailingSeed}) by {result.Saw},"
            + $" {result.Took.TotalSeconds:0} s"
        : $"{result.Bug.Name}: NOT found in {result.Seeds} seeds, {result.Took.TotalSeconds:0} s";

    private static void List(ImmutableArray<PlantedBug> bugs)
    {
        foreach (var bug in bugs)
            Console.WriteLine($"{bug.Name} ({bug.Rule}{(bug.Late ? ", late" : "")}): {bug.Description}");
        Console.WriteLine($"bugs={bugs.Length} late={bugs.Count(b => b.Late)}");
    }

    private static bool TryReadCount(string value, out int count) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        Console.Error.WriteLine(Usage);
        return 2;
    }
}
