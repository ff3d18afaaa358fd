using AkkaReplication.Simulation.Time;
using Xunit;

namespace AkkaReplication.Simulation.Tests;

public sealed class ChanceTests
{
    [Fact]
    public void The_same_seed_gives_the_published_numbers()
    {
        // The first numbers of SplitMix64 for seed 1234567.
        var chance = new Chance(1234567);
        ulong[] numbers = [chance.Next64(), chance.Next64(), chance.Next64()];
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], numbers);
    }

    [Fact]
    public void Ranges_hold_their_ends()
    {
        var chance = new Chance(1);
        var seen = new HashSet<int>();
        for (var i = 0; i < 1000; i++)
            seen.Add(chance.Between(3, 5));
        Assert.Equal([3, 4, 5], seen.Order());
        Assert.Equal(0, chance.Next(0));
    }

    [Fact]
    public void Events_happen_in_the_order_of_their_time_and_then_of_the_asking()
    {
        var time = new VirtualTime();
        var seen = new List<string>();
        time.After(20, () => seen.Add("late"));
        time.After(10, () =>
        {
            seen.Add("first");
            time.After(0, () => seen.Add("third"));
        });
        time.After(10, () => seen.Add("second"));
        while (time.Step(15))
        {
        }

        Assert.Equal(["first", "second", "third"], seen);
        Assert.Equal(15, time.NowUs);
        Assert.True(time.Step(30));
        Assert.Equal(20, time.NowUs);
    }
}
