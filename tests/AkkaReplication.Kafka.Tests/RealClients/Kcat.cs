using System.Diagnostics;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Runs kcat.</summary>
internal static class Kcat
{
    public static bool IsInstalled { get; } = ClientProcess.Find("kcat") is not null;

    /// <summary>Begins a run.</summary>
    public static Process Start(string bootstrapServers, params string[] arguments) =>
        ClientProcess.Start("kcat", ["-b", bootstrapServers, .. arguments]);

    /// <summary>Runs it to its end, with that as its input, and returns what it printed.</summary>
    public static Task<string> RunAsync(string bootstrapServers, string? input, params string[] arguments) =>
        ClientProcess.RunAsync("kcat", ["-b", bootstrapServers, .. arguments], input);
}
