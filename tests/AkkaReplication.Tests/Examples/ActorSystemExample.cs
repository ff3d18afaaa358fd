using Akka.Actor;

namespace AkkaReplication.Tests.Examples;

/// <summary>README, "in an actor system". What stands between the marks stands in README.md, word for word.</summary>
internal static class ActorSystemExample
{
    public static async Task MainAsync(ActorSystem system, string path, Func<ReplicationClient, Task> use)
    {
        // README: system
        var options = new EmbeddedClusterOptions { Name = "orders", Brokers = 3, DataDirectory = path };
        options.Set("replica.lag.time.max.ms", "10s");                   // Kafka's names; or HOCON, see below

        var cluster = await ReplicationCluster.Get(system).StartAsync(options);
        using var watching = cluster.Observe(Console.WriteLine);         // elections, changes of the in-sync sets, ...
        var client = cluster.CreateClient();
        // README: end
        await use(client);
        // README: system

        await system.Terminate();                                        // leaderships move first, then the brokers stop
        // README: end
    }
}
