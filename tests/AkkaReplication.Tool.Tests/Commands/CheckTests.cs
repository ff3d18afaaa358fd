using System.Text.Json;

namespace AkkaReplication.Tool.Tests.Commands;

/// <summary>Histories from files and pipes, clean and not.</summary>
public sealed class CheckTests : IDisposable
{
    private const string Clean =
        """
        {"op":"send","process":1,"outcome":"ok","invokedNs":100,"completedNs":250,"steps":[{"send":"orders-0","value":41,"offset":0}]}
        {"op":"send","process":1,"outcome":"ok","invokedNs":300,"completedNs":450,"steps":[{"send":"orders-0","value":42,"offset":1}]}
        {"op":"poll","process":2,"outcome":"ok","invokedNs":500,"completedNs":600,"steps":[{"poll":"orders-0","records":[[0,41],[1,42]],"highWatermark":2}]}

        """;

    private const string Lost =
        Clean + """{"op":"final-read","process":3,"outcome":"ok","invokedNs":700,"completedNs":800,"steps":[{"poll":"orders-0","records":[[0,41]],"end":1}]}""";

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_clean_history_ends_with_success()
    {
        await File.WriteAllTextAsync(_path, Clean);
        var result = await RunTool.WithAsync("check", _path);

        Assert.Equal((ExitCode.Ok, ""), (result.ExitCode, result.Error));
        Assert.Equal(
            """
            history: 3 operations of 2 processes on 1 keys
              send       ok 2, fail 0, info 0
              poll       ok 1, fail 0, info 0
            values: 2 sent, 2 acknowledged, 2 read
            worst realtime lag: 0.000000 s
            not read to the end: 1 keys (orders-0)
            anomalies: clean
            """,
            result.Out.TrimEnd());
    }

    [Fact]
    public async Task An_anomaly_is_named_with_its_operations_and_ends_with_another_code()
    {
        var result = await RunTool.WithInputAsync(Lost, "check", "-");

        Assert.Equal((ExitCode.PromiseBroken, ""), (result.ExitCode, result.Error));
        Assert.Contains(
            "vanished: orders-0: 42 stands at offset 1, and process 3 did not find it there when it read everything\n"
            + "    #2 process 1: send ok [0.000000 s to 0.000000 s] orders-0<-42@1\n"
            + "    #4 process 3: final-read ok ",
            result.Out);
        Assert.Equal("anomalies: vanished 1", result.LastLine);
    }

    [Theory]
    [InlineData("--excuse-from", "orders-0:1", ExitCode.Ok)]
    [InlineData("--excuse-from", "orders-0:2", ExitCode.PromiseBroken)]
    [InlineData("--excuse-below", "orders-0:2", ExitCode.Ok)]
    [InlineData("--excuse-below", "orders-0:1", ExitCode.PromiseBroken)]
    public async Task A_loss_can_be_excused_from_the_command_line(string option, string excuse, int expected)
    {
        var result = await RunTool.WithInputAsync(Lost, "check", "-", option, excuse);
        Assert.True(result.ExitCode == expected, result.Out + result.Error);
    }

    [Fact]
    public async Task A_report_for_programs()
    {
        var result = await RunTool.WithInputAsync(Lost, "check", "-", "--report", "json");

        Assert.Equal(ExitCode.PromiseBroken, result.ExitCode);
        using var report = JsonDocument.Parse(result.Out);
        var root = report.RootElement;
        Assert.False(root.GetProperty("clean").GetBoolean());
        Assert.Equal(1, root.GetProperty("anomalies").GetProperty("vanished").GetInt64());
        var example = root.GetProperty("examples")[0];
        Assert.Equal("vanished", example.GetProperty("class").GetString());
        Assert.Equal("orders-0", example.GetProperty("key").GetString());
        Assert.Equal("42", example.GetProperty("value").GetString());
        Assert.Equal(1, example.GetProperty("offset").GetInt64());
        Assert.Equal(2, example.GetProperty("operations")[0].GetProperty("number").GetInt64());
        Assert.Equal(2, root.GetProperty("metrics").GetProperty("operations").GetProperty("send").GetProperty("ok").GetInt64());
    }

    [Fact]
    public async Task Retries_and_other_writers_are_allowed_where_they_are_expected()
    {
        var twice = Clean
            + """{"op":"poll","process":3,"outcome":"ok","invokedNs":700,"completedNs":800,"steps":[{"poll":"orders-0","records":[[0,41],[1,42],[2,42],[3,"theirs"]]}]}""";
        Assert.Equal("anomalies: duplicate 1, unsent 1", (await RunTool.WithInputAsync(twice, "check", "-")).LastLine);
        Assert.Equal(
            "anomalies: clean",
            (await RunTool.WithInputAsync(twice, "check", "-", "--not-idempotent", "--others-write")).LastLine);
    }

    [Fact]
    public async Task Many_anomalies_are_counted_and_as_many_described_as_wanted()
    {
        var lines = string.Concat(Enumerable.Range(0, 30).Select(i =>
            $$"""{"op":"poll","process":{{i}},"outcome":"ok","invokedNs":1,"completedNs":2,"steps":[{"poll":"k-{{i}}","records":[[0,{{i}}]]}]}"""
            + "\n"));
        var result = await RunTool.WithInputAsync(lines, "check", "-", "--examples", "3");
        Assert.Equal(3, result.Out.Split('\n').Count(line => line.StartsWith("unsent: k-", StringComparison.Ordinal)));
        Assert.Contains("unsent: and 27 more", result.Out);
        Assert.Equal("anomalies: unsent 30", result.LastLine);
    }
}
