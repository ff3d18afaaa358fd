using System.Diagnostics;

namespace AkkaReplication.Simulation.Running;

internal static class SimulationCommand
{
    public static int Run(string[] args)
    {
        long from = 1, count = 1;
        var trace = false;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--seed") { from = long.Parse(args[++i]); count = 1; }
            if (args[i] == "--from") from = long.Parse(args[++i]);
            if (args[i] == "--seeds") count = long.Parse(args[++i]);
            if (args[i] == "--trace") trace = true;
        }
        var clock = Stopwatch.StartNew();
        var violations = 0;
        for (var seed = from; seed < from + count; seed++)
        {
            var run = new SeedRun(seed, trace ? Console.Out : null);
            var t0 = clock.ElapsedMilliseconds;
            var result = run.Run();
            var t = run.Tally;
            Console.WriteLine($"seed {seed} {(run.Profile.RealStorage ? "storage" : "memory ")} {clock.ElapsedMilliseconds - t0} ms steps {t.Steps} virtual {t.VirtualMs} acked {t.Acknowledged} unknown {t.Unknown} refused {t.Refused} polled {t.Polled} leaders {t.LeaderChanges} shrinks {t.Shrinks} expands {t.Expands} truncations {t.Truncations} faults {t.EffectiveFaults}");
            if (result is not null)
            {
                violations++;
                Console.WriteLine("VIOLATION " + (count == 1 ? result : string.Join("\n", result.Split('\n').Take(6))));
            }
        }
        Console.WriteLine($"{violations} violations, {clock.Elapsed.TotalSeconds:0.0} s");
        return 0;
    }
}
