using AkkaReplication.Simulation.Faults;
using AkkaReplication.Simulation.Running;
using Xunit;

namespace AkkaReplication.Simulation.Tests;

public sealed class ReportTests
{
    [Fact]
    public void A_fault_or_a_state_that_never_happened_is_a_shortcoming_of_a_long_run()
    {
        var report = new RunReport();
        for (var seed = 0; seed < RunReport.JudgedFrom; seed++)
            report.Add(new SeedResult(seed, null, Worthy(except: seed == 3 ? null : Sometimes.ElectedFromElr)));
        Assert.Empty(report.Shortcomings());

        report = new RunReport();
        for (var seed = 0; seed < RunReport.JudgedFrom; seed++)
            report.Add(new SeedResult(seed, null, Worthy(except: Sometimes.ElectedFromElr, without: FaultKind.SlowDisk)));
        Assert.Equal(
            ["the fault SlowDisk was never effective (10000 times tried)", "the state ElectedFromElr was reached in 0 of 1000 seeds"],
            report.Shortcomings());
        Assert.Contains("SHORT: the fault SlowDisk", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Seeds_that_are_worth_little_are_a_shortcoming()
    {
        var report = new RunReport();
        for (var seed = 0; seed < RunReport.JudgedFrom; seed++)
        {
            var tally = Worthy();
            tally.Acknowledged = seed % 2 == 0 ? 0 : 299;
            report.Add(new SeedResult(seed, null, tally));
        }

        Assert.Equal(
            ["the median of acknowledged records is 299, less than 300", "500 of 1000 seeds acknowledged nothing"],
            report.Shortcomings());
    }

    [Fact]
    public void What_another_course_has_is_not_missed_in_this_one()
    {
        Assert.Equal(
            ["the fault TailDamaged was never effective (10000 times tried)"], ShortcomingsWithout(Course.Usual, FaultKind.TailDamaged));
        Assert.Empty(ShortcomingsWithout(Course.Usual, FaultKind.RequestsHeldBack));
        Assert.Empty(ShortcomingsWithout(Course.RarePlots, FaultKind.TailDamaged));
        Assert.Equal(
            ["the fault RequestsHeldBack was never effective (10000 times tried)"],
            ShortcomingsWithout(Course.RarePlots, FaultKind.RequestsHeldBack));
    }

    [Fact]
    public void The_last_line_is_for_machines()
    {
        var report = new RunReport();
        report.Add(new SeedResult(1, "I17: broken", Worthy()));
        Assert.Matches("^seeds=1 steps=10 faults=[0-9]+ violations=1 seeds_per_hour=[0-9]+$", report.LastLine(TimeSpan.FromSeconds(1)));
    }

    private static IReadOnlyList<string> ShortcomingsWithout(Course course, FaultKind kind)
    {
        var report = new RunReport(course);
        for (var seed = 0; seed < RunReport.JudgedFrom; seed++)
            report.Add(new SeedResult(seed, null, Worthy(without: kind)));
        return report.Shortcomings();
    }

    private static Tally Worthy(Sometimes? except = null, FaultKind? without = null)
    {
        var tally = new Tally
        {
            Acknowledged = 300,
            LeaderChanges = 5,
            Shrinks = 2,
            Expands = 2,
            Truncations = 1,
            VirtualMs = 60_000,
            Steps = 10,
        };
        foreach (var kind in Enum.GetValues<FaultKind>())
        {
            for (var i = 0; i < 10; i++)
            {
                tally.Tried(kind);
                if (kind != without)
                    tally.Effective(kind);
            }
        }

        foreach (var state in Enum.GetValues<Sometimes>())
        {
            if (state != except)
                tally.Seen(state);
        }

        return tally;
    }
}
