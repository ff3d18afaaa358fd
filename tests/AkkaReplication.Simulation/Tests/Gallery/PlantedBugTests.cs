using AkkaReplication.Simulation.Gallery;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

public sealed class PlantedBugTests
{
    private static readonly PlantedBug _bug = new(
        "wrong", "R1", "It is wrong.", "AkkaReplication.Core/A.cs", "a < b && (c)", "a <= b");

    [Fact]
    public void The_original_is_found_whatever_white_space_it_has()
    {
        Assert.Equal("if (a <= b) return;", _bug.PlantIn("if (a <\n    b\t&& (c)) return;"));
        Assert.Equal("AkkaReplication.Core", _bug.Project);
    }

    [Theory]
    [InlineData("if (a < b && (d)) return;")]
    [InlineData("a < b && (c); a < b && (c)")]
    public void It_stands_there_once_or_cannot_be_planted(string text)
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => _bug.PlantIn(text));

        Assert.Contains("'wrong'", refusal.Message, StringComparison.Ordinal);
    }
}
