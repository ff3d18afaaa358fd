using AkkaReplication.Simulation.Gallery;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

public sealed class GalleryCommandTests
{
    [Theory]
    [InlineData("--bug", "no-such-bug")]
    [InlineData("--bug")]
    [InlineData("--seeds", "0")]
    [InlineData("--seeds", "-3")]
    [InlineData("--from", "here")]
    [InlineData("--time", "0")]
    [InlineData("--threads", "none")]
    [InlineData("--why", "not")]
    public void Arguments_that_make_no_sense_are_refused(params string[] args) => Assert.Equal(2, GalleryCommand.Run(args));
}
