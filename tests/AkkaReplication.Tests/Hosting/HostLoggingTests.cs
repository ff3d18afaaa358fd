using Akka.Event;
using HostLevel = Microsoft.Extensions.Logging.LogLevel;

namespace AkkaReplication.Tests.Hosting;

public sealed class HostLoggingTests
{
    [Fact]
    public async Task What_actors_log_reaches_the_hosts_loggers_with_class_template_and_arguments()
    {
        await using var host = await TestHost.StartAsync(o => o.Brokers = 1);

        var opened = await host.Loggers.FirstAsync(e => e.Text.StartsWith("Broker 1 opened ", StringComparison.Ordinal));

        Assert.Equal("AkkaReplication.Brokers.BrokerActor", opened.Category);
        Assert.Equal(HostLevel.Information, opened.Level);
        Assert.EndsWith(": its first life begins", opened.Text, StringComparison.Ordinal);
        Assert.Equal("Broker {0} opened {1}: {2}", opened.State["{OriginalFormat}"]);
        Assert.Equal(new BrokerId(1), opened.State["0"]);
        Assert.Contains("broker-1", Assert.IsType<string>(opened.State["ActorPath"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Levels_exceptions_and_plain_messages_are_kept()
    {
        await using var host = await TestHost.StartAsync(o => o.Brokers = 1);
        var cause = new InvalidOperationException("broken");

        host.Cluster.System.Log.Error(cause, "about {1} and {0} and {{this}}", "zero", "one");
        host.Cluster.System.EventStream.Publish(new Warning("somewhere", typeof(HostLoggingTests), "plain"));
        host.Cluster.System.Log.Debug("not wanted");

        var error = await host.Loggers.FirstAsync(e => e.Text == "about one and zero and {this}");
        Assert.Equal(HostLevel.Error, error.Level);
        Assert.Same(cause, error.Exception);
        Assert.Equal(("zero", "one"), (error.State["0"], error.State["1"]));
        var warning = await host.Loggers.FirstAsync(e => e.Text == "plain");
        Assert.Equal((typeof(HostLoggingTests).FullName, HostLevel.Warning), (warning.Category, warning.Level));
        Assert.DoesNotContain(host.Loggers.Entries, e => e.Level < HostLevel.Information);
    }

    [Fact]
    public async Task Nothing_is_written_to_the_console()
    {
        var console = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(written));
        try
        {
            await using var host = await TestHost.StartAsync(o => o.Name = "quiet");
            await host.Cluster.KillBrokerAsync(new BrokerId(1));
            host.Cluster.System.Log.Error("loud-and-clear");
            await host.StopAsync();
        }
        finally
        {
            Console.SetOut(console);
        }

        // Other tests may write meanwhile; ours would carry the name of its system or its text.
        Assert.DoesNotContain("akkarepl-quiet", written.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("loud-and-clear", written.ToString(), StringComparison.Ordinal);
    }
}
