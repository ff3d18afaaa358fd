using System.Globalization;
using System.Text;
using AkkaReplication.Simulation.Faults;

namespace AkkaReplication.Simulation.Running;

/// <summary>
/// Adds up many seeds, says what they were worth, and where they fell short: a run in which something never happened proves
/// nothing about it.
/// </summary>
internal sealed class RunReport(Course course = Course.Usual)
{
    /// <summary>Fewer seeds are too few to miss anything.</summary>
    public const int JudgedFrom = 1_000;

    private const double LeastShare = 0.001;

    private readonly List<SeedResult> _violations = [];
    private readonly List<Tally> _tallies = [];
    private readonly long[] _tried = new long[Enum.GetValues<FaultKind>().Length];
    private readonly long[] _effective = new long[Enum.GetValues<FaultKind>().Length];
    private readonly long[] _seedsWith = new long[Enum.GetValues<Sometimes>().Length];

    public int Seeds => _tallies.Count;

    public IReadOnlyList<SeedResult> Violations => _violations;

    public long Steps { get; private set; }

    public long Faults { get; private set; }

    public void Add(SeedResult result)
    {
        var tally = result.Tally;
        _tallies.Add(tally);
        if (result.Violation is not null)
            _violations.Add(result);
        Steps += tally.Steps;
        for (var i = 0; i < _tried.Length; i++)
        {
            _tried[i] += tally.FaultsTried[i];
            _effective[i] += tally.FaultsEffective[i];
            Faults += tally.FaultsEffective[i];
        }

        for (var i = 0; i < _seedsWith.Length; i++)
            _seedsWith[i] += tally.Sometimes[i] > 0 ? 1 : 0;
    }

    /// <summary>Why the run proves less than it should; empty where nothing is amiss, or where there were too few seeds to tell.</summary>
    public IReadOnlyList<string> Shortcomings()
    {
        var shortcomings = new List<string>();
        if (Seeds < JudgedFrom)
            return shortcomings;

        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            if (_effective[(int)kind] == 0 && Profile.Has(course, kind))
                shortcomings.Add($"the fault {kind} was never effective ({_tried[(int)kind]} times tried)");
        }

        // In a short run a state that is just frequent enough may be missing by chance; that it never happened may not.
        foreach (var state in Enum.GetValues<Sometimes>())
        {
            var seeds = _seedsWith[(int)state];
            if (seeds == 0 || (Seeds >= 10 * JudgedFrom && seeds < LeastShare * Seeds))
                shortcomings.Add($"the state {state} was reached in {seeds} of {Seeds} seeds");
        }

        Require(shortcomings, "acknowledged records", t => t.Acknowledged, 300);
        Require(shortcomings, "leader changes", t => t.LeaderChanges, 5);
        Require(shortcomings, "ISR shrinks", t => t.Shrinks, 2);
        Require(shortcomings, "ISR expands", t => t.Expands, 2);
        Require(shortcomings, "truncations", t => t.Truncations, 1);
        Require(shortcomings, "virtual ms", t => t.VirtualMs, 60_000);
        Require(shortcomings, "effective faults", t => t.EffectiveFaults, 100);
        var idle = _tallies.Count(t => t.Acknowledged == 0);
        if (idle > 0.02 * Seeds)
            shortcomings.Add($"{idle} of {Seeds} seeds acknowledged nothing");
        return shortcomings;
    }

    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine("faults (effective of tried; the network's own are counted when they happen)");
        Table(text, Enum.GetValues<FaultKind>().Select(k => (k.ToString(), $"{_effective[(int)k]} of {Math.Max(_tried[(int)k], _effective[(int)k])}")));
        text.AppendLine("states reached (seeds)");
        Table(text, Enum.GetValues<Sometimes>().Select(s => (s.ToString(), Invariant($"{_seedsWith[(int)s]} ({100.0 * _seedsWith[(int)s] / Math.Max(1, Seeds):0.0} %)"))));
        text.AppendLine(Invariant(
            $"operations: acknowledged {Sum(t => t.Acknowledged)}, refused {Sum(t => t.Refused)}, unknown {Sum(t => t.Unknown)}, records polled {Sum(t => t.Polled)}"));
        text.AppendLine(Invariant(
            $"leader changes {Sum(t => t.LeaderChanges)}, ISR shrinks {Sum(t => t.Shrinks)}, expands {Sum(t => t.Expands)}, truncations {Sum(t => t.Truncations)}"));
        text.AppendLine(Invariant(
            $"a seed's median: acknowledged {Median(t => t.Acknowledged)}, leader changes {Median(t => t.LeaderChanges)}, shrinks {Median(t => t.Shrinks)}, expands {Median(t => t.Expands)}, truncations {Median(t => t.Truncations)}, virtual {Median(t => t.VirtualMs) / 1000} s, steps {Median(t => t.Steps)}, effective faults {Median(t => t.EffectiveFaults)} (at most 20 of a kind)"));
        foreach (var shortcoming in Shortcomings())
            text.AppendLine($"SHORT: {shortcoming}");
        return text.ToString();
    }

    public string LastLine(TimeSpan elapsed) => Invariant(
        $"seeds={Seeds} steps={Steps} faults={Faults} violations={_violations.Count} seeds_per_hour={(long)(Seeds / Math.Max(0.001, elapsed.TotalHours))}");

    private void Require(List<string> shortcomings, string what, Func<Tally, long> of, long least)
    {
        if (Median(of) < least)
            shortcomings.Add($"the median of {what} is {Median(of)}, less than {least}");
    }

    private long Sum(Func<Tally, long> of) => _tallies.Sum(of);

    private long Median(Func<Tally, long> of)
    {
        if (_tallies.Count == 0)
            return 0;
        var sorted = _tallies.Select(of).Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static void Table(StringBuilder text, IEnumerable<(string Name, string Value)> rows)
    {
        var column = 0;
        foreach (var (name, value) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {name,-40} {value,-20}");
            if (++column % 2 == 0)
                text.AppendLine();
        }

        if (column % 2 != 0)
            text.AppendLine();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
