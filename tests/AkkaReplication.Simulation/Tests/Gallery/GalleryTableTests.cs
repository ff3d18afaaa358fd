using AkkaReplication.Simulation.Gallery;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

public sealed class GalleryTableTests
{
    [Fact]
    public void Every_bug_has_a_line_whatever_became_of_its_search()
    {
        var table = GalleryTable.Of(
        [
            (Bug("easy", "I1"), new BugHuntResult("easy", [3, 1, 2], 3, "I1, history", 4, 6, 2.5)),
            (Bug("hard", "I37") with { Late = true }, new BugHuntResult("hard", [4000, 1001, 900], 3, "I37", 7, 5901, 9)),
            (Bug("half", "I2") with { Course = "rare-plots" }, new BugHuntResult("half", [12], 3, "I2", 8, 20_012, 60) { Failure = "not found in 60 s" }),
            (Bug("dead", "F1"), new BugHuntResult("dead", [], 3, "", null, 0, 1) { Failure = "its process ended with 134" }),
        ]);

        Assert.Equal(
            """
            bug   rule  late  found  median     max  seen by
            easy  I1            3/3       2       3  I1, history
            hard  I37   late    3/3    1001    4000  I37
            half  I2            1/3      12      12  I2; not found in 60 s (in rare-plots)
            dead  F1            0/3       -       -  its process ended with 134
            bugs=4 found=2 median<=1000=1 failed=2

            """.ReplaceLineEndings(),
            table);
    }

    [Fact]
    public void Who_waits_is_told_of_each_search()
    {
        Assert.Equal(
            "easy: found after 3, 1, 2 seeds (seed 4 the first), 6 seeds in 2 s, by I1",
            GalleryTable.Describe(new BugHuntResult("easy", [3, 1, 2], 3, "I1", 4, 6, 2.4)));
        Assert.Equal(
            "dead: NOT found, 0 seeds in 1 s: its process ended with 134",
            GalleryTable.Describe(new BugHuntResult("dead", [], 3, "", null, 0, 1) { Failure = "its process ended with 134" }));
        Assert.Equal(
            "half: NOT found from every start (after 12), 20012 seeds in 60 s",
            GalleryTable.Describe(new BugHuntResult("half", [12], 3, "I2", 8, 20_012, 60)));
    }

    private static PlantedBug Bug(string name, string rule) => new(name, rule, "It is wrong.", "AkkaReplication.Core/A.cs", "a", "b");
}
