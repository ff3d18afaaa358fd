using System.Collections.Immutable;
using System.Globalization;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>The verb <c>gallery</c>: looks for every planted bug and prints which were found, and after how many seeds.</summary>
internal static class GalleryCommand
{
    private const string Usage =
        """
        gallery [--bug NAME]... [--seeds N] [--repeat N] [--from SEED] [--time SECONDS] [--threads N] [--patience SECONDS]
                [--list]

          --bug       only this one; may be given several times
          --seeds     how many seeds a bug has from each starting point (20000)
          --repeat    starting points (5)
          --from      the first of them (1)
          --time      how long a bug is looked for, in seconds, all starting points together (as long as it takes)
          --threads   bugs that are looked for at the same time, each by a process of its own (the number of processors)
          --patience  how much processor time one seed may take, in seconds (60)
          --list      names the bugs and their rules and ends
        """;

    /// <returns>0 if all were found, 1 if one was not, 2 for arguments that make no sense.</returns>
    internal static int Run(string[] args)
    {
        var bugs = PlantedBugs.All;
        var options = new BugHuntOptions(20_000, 5, 1, "", TimeSpan.FromSeconds(60));
        var threads = Environment.ProcessorCount;
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
                case "--threads" when TryReadCount(value, out var n):
                    threads = n;
                    break;
                case "--time" when TryReadCount(value, out var n):
                    options = options with { Time = TimeSpan.FromSeconds(n) };
                    break;
                case "--patience" when TryReadCount(value, out var n):
                    options = options with { Patience = TimeSpan.FromSeconds(n) };
                    break;
                case "--from" when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n):
                    options = options with { From = n };
                    break;
                default:
                    return Refuse($"{args[i - 1]} {value} makes no sense.");
            }
        }

        return Run(named.Count == 0 ? bugs : [.. bugs.Where(b => named.Contains(b.Name))], options, threads);
    }

    private static int Run(ImmutableArray<PlantedBug> bugs, BugHuntOptions options, int threads)
    {
        var results = new BugHuntResult[bugs.Length];
        Parallel.For(0, bugs.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            results[i] = HuntProcess.Run(
                new HuntOrder(bugs[i].Name, options with { Profile = bugs[i].Course }, typeof(Simulator).FullName!));
            Console.Error.WriteLine(GalleryTable.Describe(results[i]));
        });
        Console.Write(GalleryTable.Of([.. bugs.Zip(results)]));
        return results.All(r => r.IsFound) ? 0 : 1;
    }

    private static void List(ImmutableArray<PlantedBug> bugs)
    {
        foreach (var bug in bugs)
            Console.WriteLine($"{bug.Name} ({bug.Rule}{(bug.Late ? ", late" : "")}{(bug.Course.Length > 0 ? $", in {bug.Course}" : "")}): {bug.Description}");
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
