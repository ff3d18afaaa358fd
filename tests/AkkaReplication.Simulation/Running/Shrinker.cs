using System.Diagnostics;
using AkkaReplication.Simulation.Faults;

namespace AkkaReplication.Simulation.Running;

/// <summary>
/// Makes the run of a failing seed smaller: tries to leave out faults, time, clients and the network's own faults, and keeps
/// what still breaks the same rule. Leaving something out changes all chance after it, so this is a search, not a proof.
/// </summary>
/// <param name="run">Runs what is left: whether it breaks the rule still, when it ended, and how many faults there were.</param>
/// <param name="budget">How long.</param>
internal sealed class Shrinker(Func<Reduction, (bool Fails, long EndedMs, int Faults)> run, TimeSpan budget)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Makes the run of a seed smaller that breaks a rule.</summary>
    public static Shrinker Of(long seed, Course course, string rule, TimeSpan budget) => new(
        reduction =>
        {
            var run = new SeedRun(seed, reduction: reduction, course: course);
            var result = run.Run();
            return (result is not null && SeedResult.RuleOf(result) == rule, run.Tally.VirtualMs, run.Faults);
        },
        budget);

    /// <summary>Runs that it took.</summary>
    public int Attempts { get; private set; }

    public Reduction Shrink()
    {
        var best = Reduction.None;
        var (fails, endedMs, faults) = Try(best);
        if (!fails)
            return best;

        best = First(best, best with { FaultyMs = endedMs + 1 }) ?? best;
        foreach (var change in (Func<Reduction, Reduction>[])
            [r => r with { CalmNetwork = true }, r => r with { Consumers = 0 }, r => r with { Producers = 1 }])
        {
            best = First(best, change(best)) ?? best;
        }

        return LeaveOutFaults(best, faults);
    }

    /// <summary>By halves, quarters and so on (Zeller's ddmin).</summary>
    private Reduction LeaveOutFaults(Reduction best, int faults)
    {
        for (var size = Math.Max(1, faults / 2); size >= 1 && _clock.Elapsed < budget; size /= 2)
        {
            for (var from = 0; from < faults && _clock.Elapsed < budget; from += size)
            {
                var without = best.WithoutFaults.Concat(Enumerable.Range(from, Math.Min(size, faults - from))).ToHashSet();
                if (without.Count > best.WithoutFaults.Count)
                    best = First(best, best with { WithoutFaults = without }) ?? best;
            }
        }

        return best;
    }

    private Reduction? First(Reduction best, Reduction candidate)
    {
        if (candidate == best || _clock.Elapsed >= budget)
            return null;
        var (fails, endedMs, _) = Try(candidate);
        return !fails ? null
            : candidate.FaultyMs is { } ms && endedMs < ms ? candidate with { FaultyMs = endedMs + 1 }
            : candidate;
    }

    private (bool Fails, long EndedMs, int Faults) Try(Reduction reduction)
    {
        Attempts++;
        return run(reduction);
    }
}
