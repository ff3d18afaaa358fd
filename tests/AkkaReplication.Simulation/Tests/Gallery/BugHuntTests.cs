using AkkaReplication.Simulation.Gallery;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

public sealed class BugHuntTests
{
    private static readonly BugHuntOptions _options = new(10, 3, From: 0, "epochs", TimeSpan.FromMinutes(10));

    [Fact]
    public void A_bug_is_found_by_the_first_seed_that_fails_with_it_and_passes_without()
    {
        var result = Hunt("epoch-ends-one-late", _options);

        // From 0 the first is 5, though 3 fails in any case; the other starting points lie far beyond.
        Assert.Equal([6, 1, 1], result.SeedsToFind);
        Assert.True(result.IsFound);
        Assert.Equal(1, result.MedianSeeds);
        Assert.Equal(6, result.MostSeeds);
        Assert.Equal(5, result.FailingSeed);
        Assert.Equal("epoch end", result.Saw);
        Assert.Equal(8, result.Seeds);
    }

    [Theory]
    [InlineData("truncation-keeps-flushed-end", 10)]
    [InlineData("epoch-ends-one-late", 5)]
    public void What_does_not_show_in_time_is_not_found(string bug, int seeds)
    {
        var result = Hunt(bug, _options with { Seeds = seeds });

        Assert.False(result.IsFound);
        Assert.Empty(result.SeedsToFind);
        Assert.Equal(seeds, result.Seeds);
    }

    [Fact]
    public void A_search_that_has_no_more_time_says_so()
    {
        var result = Hunt("epoch-ends-one-late", _options with { Time = TimeSpan.Zero });

        Assert.False(result.IsFound);
        Assert.Equal(0, result.Seeds);
        Assert.Equal("not found in 0 s", result.Failure);
    }

    [Fact]
    public void The_real_simulator_sees_what_is_acknowledged_and_not_replicated()
    {
        var options = _options with { Seeds = 20, Repeat = 1, From = 1, Profile = "" };
        var hunt = new BugHunt(
            options, bug => SharedGallery.Instance.Plant(bug), seed => Simulator.FindViolation(seed, options.Profile));
        var result = hunt.Hunt(SharedGallery.Find("acknowledged-unreplicated"));

        Assert.True(result.IsFound);
        Assert.Null(result.Failure);
    }

    private static BugHuntResult Hunt(string name, BugHuntOptions options) => new BugHunt(
        options,
        SharedGallery.PlantProbe,
        seed => GalleryProbe.FindViolation(seed, options.Profile)).Hunt(SharedGallery.Find(name));
}
