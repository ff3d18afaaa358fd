using System.Diagnostics;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Runs kcat.</summary>
internal static class Kcat
{
    public static bool IsInstalled { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, "kcat")));

    /// <summary>Begins a run.</summary>
    public static Process Start(string bootstrapServers, params string[] arguments)
    {
        var start = new ProcessStartInfo("kcat")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-b", bootstrapServers, .. arguments])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end, with that as its input, and returns what it printed.</summary>
    public static async Task<string> RunAsync(string bootstrapServers, string? input, params string[] arguments)
    {
        using var kcat = Start(bootstrapServers, arguments);
        if (input is not null)
            await kcat.StandardInput.WriteAsync(input);
        kcat.StandardInput.Close();
        return await EndAsync(kcat);
    }

    /// <summary>Waits for its end, which has to be a good one.</summary>
    public static async Task<string> EndAsync(Process kcat)
    {
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        try
        {
            var output = kcat.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = kcat.StandardError.ReadToEndAsync(patience.Token);
            await kcat.WaitForExitAsync(patience.Token);
            Assert.True(kcat.ExitCode == 0, $"kcat ended with {kcat.ExitCode}: {await errors}");
            return await output;
        }
        finally
        {
            kcat.Kill();
        }
    }
}
