using System.Diagnostics;
using System.Text.Json;
using AkkaReplication.Simulation.Gallery;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Gallery;

public sealed class HuntProcessTests
{
    private static readonly BugHuntOptions _options = new(10, 3, From: 0, "epochs", TimeSpan.FromMinutes(10));

    public static TheoryData<string> Programs => [Environment.ProcessPath!, BuiltProgram];

    /// <summary>Under the host, as tests and <c>dotnet exec</c> are, and as the program that <c>dotnet run</c> starts.</summary>
    [Theory]
    [MemberData(nameof(Programs))]
    public void A_search_in_a_process_of_its_own_comes_to_the_same_as_one_in_this(string program)
    {
        var result = HuntProcess.Run(Order(_options), program);

        Assert.Null(result.Failure);
        Assert.Equal([6, 1, 1], result.SeedsToFind);
        Assert.Equal(
            ("epoch-ends-one-late", 3, "epoch end", 5L, 8L),
            (result.Bug, result.Starts, result.Saw, result.FailingSeed, result.Seeds));
    }

    [Fact]
    public void A_process_that_dies_has_found_nothing_and_takes_nobody_along()
    {
        var result = HuntProcess.Run(Order(_options with { Profile = "dies", From = 7 }));

        Assert.False(result.IsFound);
        Assert.Equal("epoch-ends-one-late", result.Bug);
        Assert.Equal("its process ended with 7", result.Failure);
    }

    [Fact]
    public void A_search_does_not_outlive_who_wants_it()
    {
        var start = HuntProcess.StartInfo(Order(_options with { Profile = "loops", From = 1 }), Environment.ProcessPath!);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();

        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.Equal(1, process.ExitCode);
    }

    [Fact]
    public void What_is_handed_over_comes_back_whole()
    {
        var order = Order(_options with { Time = TimeSpan.FromSeconds(3) });

        Assert.Equal(order, JsonSerializer.Deserialize<HuntOrder>(JsonSerializer.Serialize(order)));
    }

    private static string BuiltProgram =>
        Path.ChangeExtension(typeof(HuntProcess).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null)!;

    private static HuntOrder Order(BugHuntOptions options) => new("epoch-ends-one-late", options, typeof(GalleryProbe).FullName!);
}
