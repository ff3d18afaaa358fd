using System.Diagnostics;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Runs scripts that use kafka-python.</summary>
internal static class KafkaPython
{
    private static readonly Lazy<string?> Found = new(() =>
        ((string[])["python3", "/usr/bin/python3"]).FirstOrDefault(python => ClientProcess.Succeeds(python, "-c", "import kafka")));

    /// <summary>A Python that has the library, or null. Debian's has it, which is not always the first one on the path.</summary>
    public static string? Interpreter => Found.Value;

    /// <summary>Begins to run a script, which finds the brokers, and then the others, in <c>sys.argv</c>.</summary>
    public static Process Start(string script, string bootstrapServers, params string[] arguments) =>
        ClientProcess.Start(Interpreter!, ["-u", "-c", script, bootstrapServers, .. arguments]);

    /// <summary>Runs a script, which finds the brokers in <c>servers</c>; returns what it printed.</summary>
    public static Task<string> RunAsync(string bootstrapServers, string script) => ClientProcess.RunAsync(
        Interpreter!, ["-"], $"servers = '{bootstrapServers}'.split(',')\n{script}");
}
