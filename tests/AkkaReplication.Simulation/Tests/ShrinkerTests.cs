using AkkaReplication.Simulation.Running;
using Xunit;

namespace AkkaReplication.Simulation.Tests;

public sealed class ShrinkerTests
{
    [Fact]
    public void What_does_not_matter_is_left_out_and_what_does_is_kept()
    {
        // Breaks where faults 7 and 23 meet, before 30 s, with a producer and a network that misbehaves.
        var shrinker = new Shrinker(
            reduction => (
                !reduction.WithoutFaults.Contains(7)
                && !reduction.WithoutFaults.Contains(23)
                && (reduction.FaultyMs ?? 60_000) >= 30_000
                && reduction.Producers != 0
                && !reduction.CalmNetwork,
                31_000,
                40),
            TimeSpan.FromMinutes(1));

        var smallest = shrinker.Shrink();

        Assert.Equal([7, 23], Enumerable.Range(0, 40).Where(fault => !smallest.WithoutFaults.Contains(fault)));
        Assert.Equal((31_001L, 1, 0, false), (smallest.FaultyMs, smallest.Producers, smallest.Consumers, smallest.CalmNetwork));
    }

    [Fact]
    public void A_run_that_breaks_nothing_stays_as_it_is()
    {
        var shrinker = new Shrinker(_ => (false, 0, 10), TimeSpan.FromMinutes(1));
        Assert.Equal(Reduction.None, shrinker.Shrink());
        Assert.Equal(1, shrinker.Attempts);
    }

    [Fact]
    public void A_reduction_is_said_as_options()
    {
        var reduction = new Reduction
        {
            FaultyMs = 20_000,
            Producers = 1,
            Consumers = 0,
            CalmNetwork = true,
            WithoutFaults = new HashSet<int> { 9, 3 },
        };
        Assert.Equal("--faulty-ms 20000 --producers 1 --consumers 0 --calm-network --without 3,9", reduction.ToString());
        Assert.Equal("", Reduction.None.ToString());
    }
}
