using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

public sealed class PlantedSimulatorTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData("epoch-ends-one-late", "epochs", "epoch end: 11, not 10\nand more")]
    [InlineData("truncation-keeps-flushed-end", "storage", "flushed end: 4 of 2")]
    public void What_is_planted_shows_in_the_copy_and_nowhere_else(string bug, string profile, string violation)
    {
        var planted = SharedGallery.PlantProbe(SharedGallery.Find(bug));
        var sound = SharedGallery.PlantProbe(null);

        Assert.Equal(violation, planted.FindViolation(5, profile, _patience));
        Assert.Null(sound.FindViolation(5, profile, _patience));
        Assert.Null(GalleryProbe.FindViolation(5, profile));
    }

    [Fact]
    public void Two_copies_share_no_state()
    {
        var (one, other) = (SharedGallery.PlantProbe(null), SharedGallery.PlantProbe(null));

        Assert.Equal("runs: 1", one.FindViolation(1, "runs", _patience));
        Assert.Equal("runs: 2", one.FindViolation(1, "runs", _patience));
        Assert.Equal("runs: 1", other.FindViolation(1, "runs", _patience));
    }

    [Fact]
    public void What_is_thrown_is_a_violation() =>
        Assert.Equal("InvalidOperationException: seed 7", SharedGallery.PlantProbe(null).FindViolation(7, "throws", _patience));

    [Fact]
    public void A_run_that_does_not_end_is_ended()
    {
        var simulator = SharedGallery.PlantProbe(null);

        Assert.Equal("no end: the seed has taken 1 s of the processor", simulator.FindViolation(1, "loops", TimeSpan.FromSeconds(1)));
        Assert.Null(simulator.FindViolation(0, "loops", _patience));
    }
}
