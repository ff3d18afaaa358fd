using System.Net.Sockets;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>What clients see of brokers that die, stop and come back.</summary>
public sealed class BrokerLivesTests
{
    [Fact]
    public async Task A_killed_broker_ends_its_connections_and_comes_back_at_the_same_port()
    {
        await using var cluster = await KafkaCluster.StartAsync();
        var port = cluster.PortOf(2);
        using var client = await cluster.ConnectAsync(2);
        await client.AskAsync(new MetadataRequest(), 12);

        await cluster.Cluster.KillBrokerAsync(new BrokerId(2));

        await client.ExpectClosedAsync();
        await Assert.ThrowsAsync<SocketException>(() => KafkaTestClient.ConnectAsync(port));
        await cluster.Cluster.StartBrokerAsync(new BrokerId(2));
        Assert.Equal(port, cluster.PortOf(2));
        using var again = await cluster.ConnectAsync(2);
        await KafkaCluster.EventuallyAsync(
            async () => (await again.AskAsync(new MetadataRequest(), 12)).Brokers.Length == 3 ? true : (bool?)null);
    }

    [Fact]
    public async Task When_its_leader_dies_a_client_finds_the_next_one_and_everything_it_was_promised()
    {
        await using var cluster = await KafkaCluster.StartAsync();
        var first = await cluster.CreateTopicAsync("t");
        using (var client = await cluster.ConnectAsync(first))
        {
            var produced = await client.AskAsync(Requests.Produce("t", Batches.Of("a")), 9);
            Assert.Equal(ErrorCode.None, produced.Topics[0].Partitions[0].ErrorCode);
        }

        await cluster.Cluster.KillBrokerAsync(new BrokerId(first));
        using var other = await cluster.ConnectAsync(first % 3 + 1);
        var next = await KafkaCluster.EventuallyAsync(async () =>
        {
            var topic = (await other.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, 12)).Topics[0];
            var leader = topic.Partitions[0].LeaderId;
            return leader >= 0 && leader != first ? leader : (int?)null;
        });

        using var heir = await cluster.ConnectAsync(next);
        await KafkaCluster.EventuallyAsync(async () =>
        {
            var fetched = (await heir.AskAsync(Requests.Fetch("t", 0), 12)).Topics[0].Partitions[0];
            return fetched is { ErrorCode: ErrorCode.None, HighWatermark: 1, Records.Length: > 0 } ? true : (bool?)null;
        });
    }

    [Fact]
    public async Task A_broker_that_stops_answers_what_was_asked_and_lets_its_clients_go()
    {
        await using var cluster = await KafkaCluster.StartAsync();
        await cluster.CreateTopicAsync("t");
        using var client = await cluster.ConnectAsync(1);
        await client.AskAsync(new MetadataRequest(), 12);

        await cluster.Cluster.StopBrokerAsync(new BrokerId(1));

        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        var refused = await Assert.ThrowsAsync<ReplicationException>(
            () => KafkaCluster.StartAsync(kafka => kafka.Port = port, brokers: 1));

        Assert.Contains($"127.0.0.1:{port}", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65_534)]
    public void Ports_that_do_not_exist_are_refused_with_what_is_accepted(int port)
    {
        var options = new EmbeddedClusterOptions { Brokers = 3 };

        var refused = Assert.Throws<ReplicationException>(() => options.UseKafka(kafka => kafka.Port = port));

        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Contains($"Port is '{port}'", refused.Message, StringComparison.Ordinal);
    }
}
