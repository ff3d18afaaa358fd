using System.Text.RegularExpressions;
using AkkaReplication.Simulation.Gallery;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

/// <summary>The gallery keeps step with the product: whoever changes a planted line hears of it here.</summary>
public sealed class PlantedBugsTests
{
    public static TheoryData<string> Names => [.. PlantedBugs.All.Select(bug => bug.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_bug_can_be_planted_and_compiles(string name)
    {
        var bug = SharedGallery.Find(name);

        Assert.Empty(SharedGallery.Instance.SourcesOf(bug.Project).ErrorsOf(bug));
    }

    [Fact]
    public void What_does_not_compile_is_noticed()
    {
        var bug = SharedGallery.Find("hw-goes-back") with { Replacement = "return nothing;" };

        Assert.Contains("nothing", Assert.Single(SharedGallery.Instance.SourcesOf(bug.Project).ErrorsOf(bug)), StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_enough_of_them_and_each_has_a_name_of_its_own_and_says_what_it_breaks()
    {
        var bugs = PlantedBugs.All;

        Assert.True(bugs.Length >= 40);
        Assert.Equal(bugs.Length, bugs.Select(b => b.Name).Distinct().Count());
        Assert.All(bugs, bug =>
        {
            Assert.Matches(new Regex("^[a-z][a-z0-9-]+$"), bug.Name);
            Assert.NotEmpty(bug.Rule);
            Assert.EndsWith(".", bug.Description, StringComparison.Ordinal);
            Assert.StartsWith("AkkaReplication.", bug.File, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void No_two_bugs_are_the_same_change()
    {
        var twice = PlantedBugs.All
            .GroupBy(bug => (bug.File, bug.PlantIn(SharedGallery.Instance.SourcesOf(bug.Project).TextOf(bug.File))))
            .Where(same => same.Count() > 1)
            .Select(same => string.Join(" = ", same));

        Assert.Empty(twice);
    }
}
