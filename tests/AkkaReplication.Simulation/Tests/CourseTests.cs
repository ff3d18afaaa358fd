using AkkaReplication.Simulation.Faults;
using AkkaReplication.Simulation.Running;
using Xunit;

namespace AkkaReplication.Simulation.Tests;

public sealed class CourseTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("rare-plots", 1)]
    public void A_course_is_known_by_its_name(string name, int course) => Assert.Equal((Course)course, Courses.Parse(name));

    [Fact]
    public void There_are_no_other_courses()
    {
        var refusal = Assert.Throws<ArgumentException>(() => Simulator.FindViolation(1, "calm"));

        Assert.Contains("'calm'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'rare-plots'", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Both plots come to something, the product bears them, and they are the same every time.</summary>
    [Theory]
    [InlineData((int)FaultKind.HistoriesDrivenApart, (int)FaultKind.RequestsHeldBack)]
    [InlineData((int)FaultKind.RequestsHeldBack, (int)FaultKind.HistoriesDrivenApart)]
    public void A_seed_of_the_rare_plots_has_one_of_them(int plot, int other)
    {
        var seed = Enumerable.Range(1, 100).First(seed => Run(seed, faultyMs: 1).Profile.Plots is [var only] && only == (FaultKind)plot);
        var run = Run(seed, faultyMs: 30_000);

        Assert.True(run.Tally.FaultsEffective[plot] > 0);
        Assert.Equal(0, run.Tally.FaultsTried[other]);
        Assert.Equal(run.Tally.Steps, Run(seed, faultyMs: 30_000).Tally.Steps);
    }

    private static SeedRun Run(long seed, long faultyMs)
    {
        var run = new SeedRun(seed, reduction: new Reduction { FaultyMs = faultyMs }, course: Course.RarePlots);
        if (faultyMs > 1)
            Assert.Null(run.Run());
        return run;
    }
}
