using System.Text.RegularExpressions;
using AkkaReplication.Tool.Commands;

namespace AkkaReplication.Tool.Tests.Commands;

/// <summary>Whole drills: real brokers, real files, real elections, told in plain lines.</summary>
[Collection(nameof(DrillTests))]
public sealed partial class DrillTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Leader_crash_loses_nothing_and_the_old_leader_cuts_its_tail()
    {
        var result = await RunTool.WithAsync("drill");

        var verdict = AssertHeld(result);
        Assert.Equal(0, verdict.Lost);
        Assert.True(verdict.Elections >= 1, result.Out);
        Assert.Matches(@"drill-0 on broker \d cut its log from offset \d+ to \d+ .*an unacknowledged tail", result.Out);
        AssertRemoved(result);
    }

    [Fact]
    public async Task Follower_lag_costs_availability_only_when_too_few_are_left()
    {
        var result = await RunTool.WithAsync("drill", "--scenario", "follower-lag");

        Assert.Equal(0, AssertHeld(result).Lost);
        Assert.Contains("is told NOT_ENOUGH_REPLICAS", result.Out);
        Assert.Contains("drill-0: in sync {1,2,3} -> {1,2}", result.Out);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Isr_exhausted_waits_for_one_that_has_everything(string seed)
    {
        var result = await RunTool.WithAsync("drill", "--scenario", "isr-exhausted", "--seed", seed);

        Assert.Equal(0, AssertHeld(result).Lost);
        Assert.Contains("is told LEADER_NOT_AVAILABLE", result.Out);
    }

    [Fact]
    public async Task Isr_exhausted_unclean_loses_exactly_what_was_predicted()
    {
        var result = await RunTool.WithAsync("drill", "--scenario", "isr-exhausted-unclean");

        var verdict = AssertHeld(result);
        Assert.True(verdict.Lost > 0, result.Out);
        Assert.Equal(verdict.Acknowledged, verdict.Readable + verdict.Lost);
        Assert.Contains(
            $"exactly the {verdict.Lost} acknowledged records that the stale replica never had are lost", result.Out);
        Assert.Matches(@"lost: partition \d, offsets \d+ to \d+", result.Out);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("5")]
    public async Task Cluster_restart_brings_everything_back_in_any_order(string seed)
    {
        var result = await RunTool.WithAsync("drill", "--scenario", "cluster-restart", "--seed", seed);

        Assert.Equal(0, AssertHeld(result).Lost);
        Assert.Matches(@"they return in this order: \d, \d, \d", result.Out);
    }

    [Fact]
    public async Task Own_input_from_standard_input_is_produced_line_by_line()
    {
        var result = await RunTool.WithInputAsync("only\none and two\n", "drill", "--input", "-");

        Assert.Equal(0, AssertHeld(result).Lost);
        Assert.Contains("input:    standard input, 2 lines", result.Out);
    }

    [Fact]
    public async Task Data_of_a_named_directory_stays_and_a_second_drill_will_not_touch_it()
    {
        var data = Path.Combine(_directory, "data");
        var config = Path.Combine(_directory, "drill.conf");
        await File.WriteAllTextAsync(config, "akka-replication.flush = fsync");
        var result = await RunTool.WithAsync("drill", "--data-dir", data, "--config", config);

        Assert.Equal(0, AssertHeld(result).Lost);
        Assert.Contains("flush=fsync", result.Out);
        for (var broker = 1; broker <= 3; broker++)
            Assert.NotEmpty(
                Directory.EnumerateFiles(Path.Combine(data, "leader-crash", $"broker-{broker}", "drill-0"), "*.log"));

        var again = await RunTool.WithAsync("drill", "--data-dir", data);
        Assert.Equal(ExitCode.BadInput, again.ExitCode);
        Assert.Contains("already holds data (leader-crash)", again.Error);
    }

    [Theory]
    [InlineData("leader-crash")]
    [InlineData("isr-exhausted-unclean")]
    public async Task The_history_of_a_drill_is_judged_again_from_its_file(string scenario)
    {
        var path = Path.Combine(_directory, "history.jsonl");
        var verdict = AssertHeld(await RunTool.WithAsync("drill", "--scenario", scenario, "--history", path));
        var check = await RunTool.WithAsync("check", path);

        Assert.True(check.ExitCode == ExitCode.Ok, check.Out + check.Error);
        Assert.Contains("final-read ok ", check.Out);
        Assert.Contains($" {verdict.Acknowledged} acknowledged", check.Out);
        Assert.Equal(verdict.Lost > 0, check.Out.Contains($"\nexcused losses: {verdict.Lost}\n"));
        Assert.DoesNotContain("not read to the end", check.Out);

        // The same history without one record of the final reads is no longer clean.
        var lines = await File.ReadAllLinesAsync(path);
        var read = Array.FindIndex(lines, line => line.Contains("\"final-read\""));
        lines[read] = FirstRecord().Replace(lines[read], "[", 1);
        await File.WriteAllLinesAsync(path, lines);
        var damaged = await RunTool.WithAsync("check", path);
        Assert.True(damaged.ExitCode == ExitCode.PromiseBroken, damaged.Out + damaged.Error);
        Assert.Contains("vanished: drill-", damaged.Out);
    }

    [Fact]
    public async Task A_drill_that_waits_in_vain_says_for_what_and_does_not_succeed()
    {
        var config = Path.Combine(_directory, "drill.conf");
        await File.WriteAllTextAsync(config, "akka-replication.replica.lag.time.max.ms = 1h");
        var result = await RunTool.WithAsync(
            "drill", "--scenario", "follower-lag", "--config", config, "--patience", "20");

        Assert.Equal(ExitCode.PromiseBroken, result.ExitCode);
        Assert.Contains(
            "gave up: waited 20 s for broker 3 to leave the in-sync sets; seen: drill-0: leader 1 at epoch 0",
            result.Out);
        Assert.Equal("verdict: undecided, follower-lag came to no end", result.LastLine);
        AssertRemoved(result);
    }

    [Fact]
    public async Task A_drill_that_is_stopped_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        var output = new WatchedWriter("killing broker", stop.Cancel);
        var error = new StringWriter();
        var io = new ToolIo(output, error, () => Stream.Null, IsTerminal: false);

        var exitCode = await CommandLineTool.RunAsync(["drill"], io, stop.Token).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(ExitCode.Interrupted, exitCode);
        Assert.Equal("stopped", error.ToString().Trim());
        AssertRemoved(new ToolResult(exitCode, output.ToString(), ""));
    }

    private static Numbers AssertHeld(ToolResult result)
    {
        Assert.True(result.ExitCode == ExitCode.Ok, result.Out + result.Error);
        Assert.Equal("", result.Error);
        Assert.DoesNotContain("BROKEN", result.Out);
        var match = VerdictLine().Match(result.LastLine);
        Assert.True(match.Success, result.LastLine);

        var numbers = match.Groups.Values.Skip(1).Select(group => long.Parse(group.Value)).ToArray();
        Assert.Equal(numbers[0], numbers[1] + numbers[2]);
        Assert.Equal(0, numbers[3]);
        return new Numbers(numbers[0], numbers[1], numbers[2], numbers[4]);
    }

    private static void AssertRemoved(ToolResult result)
    {
        var data = DataLine().Match(result.Out);
        Assert.True(data.Success, result.Out);
        Assert.False(Directory.Exists(data.Groups[1].Value), data.Value);
    }

    [GeneratedRegex(
        @"^verdict: acknowledged=(\d+) readable=(\d+) lost=(\d+) duplicated=(\d+) elections=(\d+) "
        + @"max_unavailable_ms=(\d+)$")]
    private static partial Regex VerdictLine();

    [GeneratedRegex(@"(?<=""records"":)\[\[[^]]*\],")]
    private static partial Regex FirstRecord();

    [GeneratedRegex(@"^data: +(/\S+) \(removed at the end\)\r?$", RegexOptions.Multiline)]
    private static partial Regex DataLine();

    private sealed record Numbers(long Acknowledged, long Readable, long Lost, long Elections);

    /// <summary>Does something when a text is written for the first time.</summary>
    private sealed class WatchedWriter(string text, Action action) : StringWriter
    {
        private int _done;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true && Interlocked.Exchange(ref _done, 1) == 0)
                action();
        }
    }
}
