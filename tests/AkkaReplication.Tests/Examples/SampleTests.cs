using System.Diagnostics;
using System.Text;

namespace AkkaReplication.Tests.Examples;

/// <summary>The sample app, in a process of its own.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_sample_reads_back_what_it_has_written_and_ends_by_itself()
    {
        var (exitCode, output, errors) = await RunAsync("--data", _directory, "--orders", "100");

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.Contains("written 100 orders, read 100, missing 0, turnover 149.50", output, StringComparison.Ordinal);
        Assert.All([1, 2, 3], broker =>
            Assert.True(File.Exists(Path.Combine(_directory, $"broker-{broker}", ".kafka_cleanshutdown"))));
    }

    [Fact]
    public async Task A_data_directory_that_another_process_uses_is_refused_with_its_number()
    {
        await using var cluster = await EmbeddedCluster.StartAsync(
            new() { Name = "mine", Brokers = 1, DataDirectory = _directory, StartBrokers = false });

        var (exitCode, _, errors) = await RunAsync("--data", _directory);

        Assert.Equal(2, exitCode);
        Assert.StartsWith($"error: KAFKA_STORAGE_ERROR: The data directory {_directory} cannot be used: ", errors, StringComparison.Ordinal);
        Assert.Contains(
            $"is held by the controller of cluster 'mine', process {Environment.ProcessId}.", errors, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "AkkaReplication.Sample.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(patience.Token);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output, await errors);
    }
}
