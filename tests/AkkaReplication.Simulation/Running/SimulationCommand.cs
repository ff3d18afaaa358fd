using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using AkkaReplication.Simulation.Faults;

namespace AkkaReplication.Simulation.Running;

/// <summary>Runs many seeds, or one with its trace.</summary>
internal static class SimulationCommand
{
    private const string Replay = "dotnet run -c Release --project tests/AkkaReplication.Simulation --";

    private static readonly Option<long?> Seed = new("--seed") { Description = "Run this seed alone." };
    private static readonly Option<bool> ShowTrace = new("--trace") { Description = "With --seed: print every step." };
    private static readonly Option<long?> Seeds = new("--seeds") { Description = "Run so many seeds." };
    private static readonly Option<double?> Seconds = new("--seconds") { Description = "Run seeds for so long." };
    private static readonly Option<long?> From = new("--from") { Description = "The first seed; fresh ones where it is missing." };
    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "Seeds at the same time.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<double> ShrinkSeconds = new("--shrink-seconds")
    {
        Description = "How long a failing seed is made smaller; 0 for not at all.",
        DefaultValueFactory = _ => 20,
    };

    private static readonly Option<bool> RarePlots = new("--rare-plots")
    {
        Description = "In every seed a plot for which the usual ones have no room. The same seed is another run then.",
    };

    private static readonly Option<string?> Without = new("--without") { Description = "With --seed: numbers of faults to be left out." };
    private static readonly Option<long?> FaultyMs = new("--faulty-ms") { Description = "With --seed: end the faults earlier." };
    private static readonly Option<int?> Producers = new("--producers") { Description = "With --seed: at most so many producers." };
    private static readonly Option<int?> Consumers = new("--consumers") { Description = "With --seed: at most so many consumers." };
    private static readonly Option<bool> CalmNetwork = new("--calm-network") { Description = "With --seed: the network does nothing by itself." };

    public static int Run(string[] args)
    {
        var command = new RootCommand("Runs whole clusters on virtual time, under faults, and checks every rule after every step.")
        {
            Seed, ShowTrace, Seeds, Seconds, From, Threads, ShrinkSeconds, RarePlots, Without, FaultyMs, Producers, Consumers, CalmNetwork,
        };
        command.SetAction(parsed => parsed.GetValue(Seed) is { } seed ? RunOne(seed, parsed) : RunMany(parsed));
        return command.Parse(args).Invoke();
    }

    private static int RunOne(long seed, ParseResult parsed)
    {
        var reduction = new Reduction
        {
            WithoutFaults = (parsed.GetValue(Without) ?? "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(number => int.Parse(number, CultureInfo.InvariantCulture))
                .ToHashSet(),
            FaultyMs = parsed.GetValue(FaultyMs),
            Producers = parsed.GetValue(Producers),
            Consumers = parsed.GetValue(Consumers),
            CalmNetwork = parsed.GetValue(CalmNetwork),
        };
        using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16);
        var clock = Stopwatch.StartNew();
        var course = CourseOf(parsed);
        var run = new SeedRun(seed, parsed.GetValue(ShowTrace) ? output : null, reduction, course);
        var violation = run.Run();
        output.Flush();
        var report = new RunReport(course);
        report.Add(new SeedResult(seed, violation, run.Tally));
        if (!parsed.GetValue(ShowTrace))
            Console.Write(report.ToText());
        if (violation is not null)
            Console.WriteLine($"VIOLATION {violation}");
        if (!parsed.GetValue(ShowTrace))
            Console.WriteLine(report.LastLine(clock.Elapsed));
        return violation is null ? 0 : 1;
    }

    private static int RunMany(ParseResult parsed)
    {
        var first = parsed.GetValue(From) ?? Stopwatch.GetTimestamp() % 1_000_000_000_000;
        var seconds = parsed.GetValue(Seconds);
        var count = parsed.GetValue(Seeds) ?? (seconds is null ? 1_000 : long.MaxValue);
        var threads = Math.Max(1, parsed.GetValue(Threads));
        Console.WriteLine($"seeds from {first} ({Replay} --seed N --trace replays one)");

        var course = CourseOf(parsed);
        var report = new RunReport(course);
        var clock = Stopwatch.StartNew();
        var next = first - 1;
        void Work()
        {
            while (clock.Elapsed.TotalSeconds < (seconds ?? double.MaxValue))
            {
                var seed = Interlocked.Increment(ref next);
                if (seed - first >= count)
                    return;
                var run = new SeedRun(seed, course: course);
                var violation = run.Run();
                lock (report)
                {
                    report.Add(new SeedResult(seed, violation, run.Tally));
                    if (violation is not null)
                        Console.WriteLine($"VIOLATION seed {seed}: {violation.Split('\n')[0]}");
                }
            }
        }

        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToArray();
        foreach (var worker in workers)
            worker.Start();
        foreach (var worker in workers)
            worker.Join();

        var elapsed = clock.Elapsed;
        Console.Write(report.ToText());
        foreach (var byRule in report.Violations.GroupBy(v => SeedResult.RuleOf(v.Violation!)))
            Explain(byRule.Key, [.. byRule], course, TimeSpan.FromSeconds(parsed.GetValue(ShrinkSeconds)));
        Console.WriteLine(report.LastLine(elapsed));
        return report.Violations.Count == 0 && report.Shortcomings().Count == 0 ? 0 : 1;
    }

    private static Course CourseOf(ParseResult parsed) => parsed.GetValue(RarePlots) ? Course.RarePlots : Course.Usual;

    /// <summary>One example of every broken rule, made smaller.</summary>
    private static void Explain(string rule, SeedResult[] seeds, Course course, TimeSpan budget)
    {
        var example = seeds.MinBy(s => s.Tally.Steps)!;
        Console.WriteLine();
        Console.WriteLine($"{rule} was broken by {seeds.Length} seeds: {string.Join(", ", seeds.Take(20).Select(s => s.Seed))}");
        Console.WriteLine(example.Violation);
        var options = course == Course.RarePlots ? " --rare-plots" : "";
        if (budget > TimeSpan.Zero)
        {
            var shrinker = Shrinker.Of(example.Seed, course, rule, budget);
            options += $" {shrinker.Shrink()}";
            Console.WriteLine($"made smaller by {shrinker.Attempts} runs:");
        }

        Console.WriteLine($"{Replay} --seed {example.Seed}{options.TrimEnd()} --trace");
    }
}
