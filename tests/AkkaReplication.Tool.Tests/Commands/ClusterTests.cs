namespace AkkaReplication.Tool.Tests.Commands;

/// <summary>The verb <c>cluster</c>, from its start to Ctrl-C.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task It_says_where_clients_connect_and_stops_in_order()
    {
        var result = await RunTool.UntilAsync("bootstrap.servers=", "cluster", "--brokers", "2", "--kafka-port", "0");

        Assert.Equal("", result.Error);
        Assert.Matches(
            @"^2 brokers serve after \d+ ms; their data is in .*akkarepl-cluster-\w+\n"
            + @"bootstrap\.servers=localhost:[1-9]\d*,localhost:[1-9]\d*\nstopping in order\n$",
            result.Out.ReplaceLineEndings("\n"));
        Assert.Equal(ExitCode.Ok, result.ExitCode);
        var directory = result.Out.Split('\n')[0].TrimEnd().Split(" is in ")[1];
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Its_data_is_kept_where_a_directory_is_named_and_found_by_the_next_run()
    {
        foreach (var _ in (int[])[1, 2])
        {
            var result = await RunTool.UntilAsync(
                "bootstrap.servers=", "cluster", "--brokers", "1", "--kafka-port", "0", "--data-dir", _directory);
            Assert.Equal((ExitCode.Ok, ""), (result.ExitCode, result.Error));
        }

        Assert.NotEmpty(Directory.EnumerateFileSystemEntries(_directory));
    }
}
