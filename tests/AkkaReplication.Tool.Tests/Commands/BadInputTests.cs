namespace AkkaReplication.Tool.Tests.Commands;

/// <summary>
/// Whatever is wrong with a request is said in one line on standard error, with exit code 2, and nothing is done.
/// </summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public Task Unknown_verb() => AssertRefusedAsync("error: unknown verb 'dril'; known are drill, cluster, dump-log, check", "dril");

    [Fact]
    public Task No_verb() => AssertRefusedAsync("error: which verb? known are drill, cluster, dump-log, check");

    [Fact]
    public Task Unknown_option() => AssertRefusedAsync(
        "error: '--senario' is not understood here; drill knows --input, --scenario, --data-dir, --config, --seed, "
        + "--patience, --history, --plain",
        "drill", "--senario", "all");

    [Fact]
    public Task Option_without_its_value() => AssertRefusedAsync(
        "error: Required argument missing for option: '--scenario'", "drill", "--scenario");

    [Fact]
    public Task Seed_that_is_no_number() => AssertRefusedAsync(
        "error: --seed takes a whole number, not 'x'",
        "drill", "--seed", "x");

    [Fact]
    public Task Patience_out_of_range() => AssertRefusedAsync(
        "error: --patience takes 1 to 3600 seconds, not 0", "drill", "--patience", "0");

    [Theory]
    [InlineData("0")]
    [InlineData("1001")]
    public Task Brokers_out_of_range(string brokers) => AssertRefusedAsync(
        $"error: --brokers takes 1 to 1000, not {brokers}", "cluster", "--brokers", brokers);

    [Theory]
    [InlineData("-1")]
    [InlineData("65534")]
    [InlineData("2147483647")]
    public Task Port_out_of_range(string port) => AssertRefusedAsync(
        $"error: --kafka-port takes 0, or 1 to 65533 for 3 brokers, not {port}", "cluster", "--kafka-port", port);

    [Fact]
    public Task Unknown_scenario() => AssertRefusedAsync(
        "error: unknown scenario 'leader-crashed'; known are leader-crash, follower-lag, isr-exhausted, "
        + "isr-exhausted-unclean, cluster-restart and all",
        "drill", "--scenario", "leader-crashed");

    [Fact]
    public Task Empty_input()
    {
        var path = FileOf("empty.txt", "");
        return AssertRefusedAsync($"error: there is nothing to produce: {path} is empty", "drill", "--input", path);
    }

    [Fact]
    public Task Empty_standard_input() =>
        AssertRefusedAsync("error: there is nothing to produce: standard input is empty", "drill", "--input", "-");

    [Fact]
    public Task Input_that_is_a_directory() => AssertRefusedAsync(
        $"error: cannot read --input {_directory}: it is a directory", "drill", "--input", _directory);

    [Fact]
    public Task Record_larger_than_max_message_bytes()
    {
        var path = FileOf("long.txt", "fine\n" + new string('x', 1_048_589));
        return AssertRefusedAsync(
            $"error: MESSAGE_TOO_LARGE: line 2 of {path} is longer than the 1048000 bytes that fit into a record "
            + "(max.message.bytes)",
            "drill", "--input", path);
    }

    [Fact]
    public Task Data_directory_with_somebodys_data()
    {
        FileOf("precious.txt", "data");
        return AssertRefusedAsync(
            $"error: cannot use --data-dir {_directory}: it already holds data (precious.txt); name a new or empty "
            + "directory",
            "drill", "--data-dir", _directory);
    }

    [Fact]
    public Task Unknown_setting()
    {
        var path = FileOf("drill.conf", "akka-replication {\n  replica.lag.time.max.msec = 5s\n}\n");
        return AssertRefusedAsync(
            $"error: INVALID_CONFIG: {path}:2: akka-replication.replica.lag.time.max.msec = 5s: unknown key; "
            + "did you mean 'replica.lag.time.max.ms'?",
            "drill", "--config", path);
    }

    [Fact]
    public Task Setting_that_does_not_fit_the_drills_own()
    {
        var path = FileOf("drill.conf", "akka-replication.broker.heartbeat.interval.ms = 1s");
        return AssertRefusedAsync(
            $"error: INVALID_CONFIG: {path}:1: akka-replication.broker.session.timeout.ms = 1000ms; accepted is "
            + "more than broker.heartbeat.interval.ms (1000ms): otherwise a living broker would be fenced between two "
            + "heartbeats",
            "drill", "--config", path);
    }

    [Fact]
    public Task History_file_that_is_there_already()
    {
        var path = FileOf("history.jsonl", "precious");
        return AssertRefusedAsync(
            $"error: cannot write --history {path}: it is there already; name a new file", "drill", "--history", path);
    }

    [Fact]
    public Task History_that_is_not_there()
    {
        var path = Path.Combine(_directory, "missing.jsonl");
        return AssertRefusedAsync($"error: cannot read {path}: Could not find file '{path}'.", "check", path);
    }

    [Fact]
    public Task Empty_history() =>
        AssertRefusedAsync("error: there is nothing to check: standard input is empty", "check", "-");

    [Fact]
    public Task History_with_a_line_that_is_no_operation()
    {
        var path = FileOf(
            "history.jsonl",
            """
            {"op":"crash","process":1,"outcome":"ok","invokedNs":1,"completedNs":2}
            {"op":"crash","process":1,"outcome":"okay","invokedNs":3,"completedNs":4}
            """);
        return AssertRefusedAsync(
            $"error: {path}: line 2: \"outcome\" is \"okay\"; accepted are ok, fail, info", "check", path);
    }

    [Fact]
    public Task History_in_which_a_value_is_sent_twice()
    {
        var line = """{"op":"send","process":1,"outcome":"info","invokedNs":1,"steps":[{"send":"k-0","value":7}]}""";
        var path = FileOf("history.jsonl", $"{line}\n{line}\n");
        return AssertRefusedAsync(
            $"error: {path}: operations 1 and 2 both send the value 7; every value is sent once in a history",
            "check", path);
    }

    [Fact]
    public Task Unknown_form_of_a_report() => AssertRefusedAsync(
        "error: unknown report 'xml'; known are text, json", "check", "-", "--report", "xml");

    [Fact]
    public Task Excuse_without_an_offset() => AssertRefusedAsync(
        "error: an excuse is KEY:OFFSET, such as orders-0:120, not 'orders-0'",
        "check", "-", "--excuse-from", "orders-0");

    [Fact]
    public async Task Config_file_that_is_not_there()
    {
        var result = await RunTool.WithAsync("drill", "--config", Path.Combine(_directory, "missing.conf"));
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.StartsWith("error: cannot read --config ", result.Error);
    }

    private static async Task AssertRefusedAsync(string expected, params string[] arguments)
    {
        var result = await RunTool.WithAsync(arguments);
        Assert.Equal(expected + Environment.NewLine, result.Error);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.Equal("", result.Out);
    }

    private string FileOf(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
