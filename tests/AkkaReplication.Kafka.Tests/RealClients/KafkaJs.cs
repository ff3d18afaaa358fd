using System.Diagnostics;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Runs scripts that use kafkajs.</summary>
internal static class KafkaJs
{
    private static readonly Lazy<bool> Found = new(() => ClientProcess.Succeeds("node", "-e", "require('kafkajs')"));

    public static bool IsInstalled => Found.Value;

    /// <summary>Runs the body of an async function of <c>kafka</c> and <c>lib</c>; returns what it printed.</summary>
    public static Task<string> RunAsync(string bootstrapServers, string body) =>
        ClientProcess.RunAsync("node", ["-"], Script(bootstrapServers, body));

    /// <summary>Begins to run such a body, which finds the arguments in <c>process.argv</c>, from 1 on.</summary>
    public static Process Start(string bootstrapServers, string body, params string[] arguments) =>
        ClientProcess.Start("node", ["-e", Script(bootstrapServers, body), .. arguments]);

    private static string Script(string bootstrapServers, string body) =>
        $$"""
        const lib = require('kafkajs')
        const kafka = new lib.Kafka({ brokers: '{{bootstrapServers}}'.split(','), logLevel: lib.logLevel.NOTHING })
        const run = async () => {
        {{body}}
        }
        run().catch(error => { console.error(error); process.exit(1) })
        """;
}
