using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using AkkaReplication.Simulation.Running;
using Xunit;

namespace AkkaReplication.Simulation.Tests;

/// <summary>A seed that fails must fail again, in every process and on every machine.</summary>
public sealed class ReplayTests
{
    // One with logs in memory, one with the real storage.
    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public void The_same_seed_gives_the_same_trace_ten_times_of_ten(long seed)
    {
        var reduction = new Reduction { FaultyMs = 15_000 };
        var first = TraceOf(seed, reduction);
        Assert.Contains("fault 3:", first, StringComparison.Ordinal);
        var expected = Hash(first);
        for (var i = 0; i < 6; i++)
            Assert.Equal(expected, Hash(TraceOf(seed, reduction)));
        for (var i = 0; i < 3; i++)
            Assert.Equal(expected, Hash(TraceOfAnotherProcess(seed, reduction)));
    }

    [Fact]
    public void Different_seeds_give_different_traces()
    {
        var reduction = new Reduction { FaultyMs = 1_000 };
        Assert.NotEqual(Hash(TraceOf(1, reduction)), Hash(TraceOf(2, reduction)));
    }

    private static string TraceOf(long seed, Reduction reduction)
    {
        using var output = new StringWriter();
        Assert.Null(new SeedRun(seed, output, reduction).Run());
        return output.ToString();
    }

    private static string TraceOfAnotherProcess(long seed, Reduction reduction)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in (string[])["exec", typeof(ReplayTests).Assembly.Location, "--seed", $"{seed}", "--trace", .. $"{reduction}".Split(' ')])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var trace = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return trace;
    }

    private static string Hash(string trace) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(trace)));
}
