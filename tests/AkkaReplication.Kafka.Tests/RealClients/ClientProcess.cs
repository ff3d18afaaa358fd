using System.Diagnostics;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>A Kafka client that runs as a process of its own.</summary>
internal static class ClientProcess
{
    /// <summary>Where a program lies that is on the path, or null.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <summary>Begins a run.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end, with that as its input, and returns what it printed.</summary>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string? input, string? directory = null)
    {
        using var process = Start(program, arguments, directory);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return await EndAsync(process);
    }

    /// <summary>Waits for its end, which has to be a good one.</summary>
    public static async Task<string> EndAsync(Process process)
    {
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"It ended with {process.ExitCode}: {await errors}");
            return await output;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Whether it ends well; false also where it cannot be started or does not end in time.</summary>
    public static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Start(program, arguments);
            process.StandardInput.Close();
            if (process.WaitForExit(KafkaCluster.Patience))
                return process.ExitCode == 0;
            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
