using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using AkkaReplication.Kafka;

namespace AkkaReplication.Tool.Commands;

/// <summary>The verb <c>cluster</c>: brokers in this process that Kafka clients can use, until it is told to stop.</summary>
internal static class ClusterCommand
{
    private const int MostBrokers = 1_000;

    public static Command Create(ToolIo io)
    {
        var brokers = new Option<int>("--brokers")
        {
            Description = $"how many brokers, 1 to {MostBrokers}",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        var port = new Option<int>("--kafka-port")
        {
            Description = "the port of the first broker, the others have the next ones; 0 for ports that are free",
            HelpName = "PORT",
            DefaultValueFactory = _ => 9092,
        };
        var dataDirectory = new Option<string?>("--data-dir")
        {
            Description = "where the brokers' data is kept from run to run (default: a temporary directory)",
            HelpName = "DIR",
        };
        var config = new Option<string?>("--config")
        {
            Description = "settings (HOCON, see hocon/reference.conf)",
            HelpName = "FILE",
        };
        var command = new Command("cluster", "Runs brokers in this process that Kafka clients can use, until Ctrl-C.")
        {
            brokers, port, dataDirectory, config,
        };
        command.SetAction((parsed, ct) => RunAsync(
            parsed.GetValue(brokers), parsed.GetValue(port), parsed.GetValue(dataDirectory), parsed.GetValue(config), io, ct));
        return command;
    }

    private static async Task<int> RunAsync(
        int brokers, int port, string? dataDirectory, string? config, ToolIo io, CancellationToken ct)
    {
        if (brokers is < 1 or > MostBrokers)
            throw new ToolException($"--brokers takes 1 to {MostBrokers}, not {brokers}");
        if (port < 0 || port > IPEndPoint.MaxPort - brokers + 1)
        {
            throw new ToolException(
                $"--kafka-port takes 0, or 1 to {IPEndPoint.MaxPort - brokers + 1} for {brokers} brokers, not {port}");
        }

        using var temporary = dataDirectory is null ? TemporaryDirectory.Make("cluster") : null;
        var options = new EmbeddedClusterOptions
        {
            Name = "cluster",
            Brokers = brokers,
            DataDirectory = dataDirectory ?? temporary!.FullPath,
            HoconFile = config,

            // The lines on standard output are for whoever reads where the brokers are.
            Hocon = config is null ? "akka.loglevel = WARNING" : null,
        };
        options.UseKafka(kafka => kafka.Port = port);

        var started = Stopwatch.StartNew();
        await using var cluster = await EmbeddedCluster.StartAsync(options, ct).ConfigureAwait(false);
        await io.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{brokers} brokers serve after {started.ElapsedMilliseconds} ms; their data is in {options.DataDirectory}"))
            .ConfigureAwait(false);
        await io.Out.WriteLineAsync($"bootstrap.servers={cluster.BootstrapServers()}").ConfigureAwait(false);
        await io.Out.FlushAsync(ct).ConfigureAwait(false);

        await Task.Delay(Timeout.InfiniteTimeSpan, ct)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)
            .ConfigureAwait(false);
        await io.Out.WriteLineAsync("stopping in order").ConfigureAwait(false);
        await cluster.StopAsync(CancellationToken.None).ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
