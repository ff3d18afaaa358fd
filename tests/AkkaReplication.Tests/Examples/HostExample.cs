using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaReplication.Tests.Examples;

/// <summary>README, "in a generic host". What stands between the marks stands in README.md, word for word.</summary>
internal static class HostExample
{
    public static async Task MainAsync(string[] args, Action<IServiceCollection> more)
    {
        // README: host
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddReplicationCluster(o => { o.Brokers = 3; o.DataDirectory = "data"; });
        builder.Services.AddHealthChecks().AddReplicationCluster();      // live, ready, degraded
        builder.Services.AddHostedService<Greeter>();
        // README: end
        more(builder.Services);
        // README: host
        await builder.Build().RunAsync();
        // README: end
    }

    // README: host

    public sealed class Greeter(ReplicationClient client) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stop)
        {
            await using var admin = client.CreateAdminClient();
            if ((await admin.ListTopicsAsync(stop)).All(topic => topic.Name != "greetings"))
                await admin.CreateTopicsAsync([new() { Name = "greetings", NumPartitions = 6 }], ct: stop);
            await using var producer = client.CreateProducer<string, string>();
            await producer.ProduceAsync("greetings", new() { Key = "en", Value = "Hello" }, stop);
        }
    }
    // README: end
}
