using System.Globalization;
using AkkaReplication.Protocol.Messages;
using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Kafka clients and the TestKit's faults on one cluster.</summary>
public sealed class TestClusterTests
{
    [Fact]
    public async Task A_test_cluster_listens_for_kafka_clients()
    {
        await using var cluster = await TestCluster.StartAsync(
            brokers: 1, options => options.Configure = embedded => embedded.UseKafka());
        var port = cluster.BootstrapServers().Split(':')[1];
        using (var client = await KafkaTestClient.ConnectAsync(int.Parse(port, CultureInfo.InvariantCulture)))
        {
            Assert.Single((await client.AskAsync(new MetadataRequest { Topics = [] }, 12)).Brokers);
            await cluster.Broker(1).KillAsync();
            await client.ExpectClosedAsync();
        }

        await cluster.HealAsync();
        using var again = await KafkaTestClient.ConnectAsync(int.Parse(port, CultureInfo.InvariantCulture));
        await KafkaCluster.EventuallyAsync(
            async () => (await again.AskAsync(new MetadataRequest { Topics = [] }, 12)).Brokers.Length == 1 ? true : (bool?)null);
    }

    [Fact]
    public async Task A_test_cluster_has_no_bootstrap_servers_unless_it_listens()
    {
        await using var cluster = await TestCluster.StartAsync(brokers: 1);

        Assert.Equal("", cluster.BootstrapServers());
    }
}
