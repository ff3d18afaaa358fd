using AkkaReplication.Kafka;
using AkkaReplication.Kafka.Tests.RealClients;
using AkkaReplication.Testing;
using AkkaReplication.Tests.Examples;
using Confluent.Kafka;

namespace ConfluentClients;

/// <summary>README.md's example for those whose service uses Confluent.Kafka, run.</summary>
public sealed class ConfluentExample
{
    [ConfluentFact]
    // README: confluent
    public async Task An_order_stands_once_though_the_leader_dies_in_mid_request()
    {
        await using var cluster = await TestCluster.StartAsync(3, o => o.Configure = c => c.UseKafka());
        await cluster.CreateTopicAsync("orders");
        using var desk = new OrderDesk(cluster.BootstrapServers());     // your service, as it is, with Confluent.Kafka
        var leader = cluster.LeaderOf("orders");

        await cluster.Network.IsolateAsync(leader.Id);                  // takes the order, and can tell nobody
        var accepted = desk.AcceptAsync("tea");
        await cluster.EventuallyAsync(c => c.Partition("orders").ReplicaOn(leader.Id)?.LogEndOffset == 1);
        await leader.KillAsync();                                       // no goodbye

        Assert.Equal("orders [[0]] @0", await accepted);                // another leader has it, ...
        await cluster.HealAsync();
        await cluster.EventuallyAsync(c => c.UnderReplicatedPartitions == 0);
        Assert.Equal(1, cluster.HighWatermarkOf("orders"));             // ... and nobody has it twice
    }
    // README: end

    [Fact]
    public void It_stands_in_the_readme() => Assert.Equal(
        ReadmeExamples.InSource("confluent", "../../AkkaReplication.Kafka.Tests/Examples/ConfluentExample.cs"),
        ReadmeExamples.InReadme("confluent"));
}

/// <summary>A service that uses Kafka by Confluent.Kafka.</summary>
internal sealed class OrderDesk(string servers) : IDisposable
{
    private readonly IProducer<Null, string> _producer = new ProducerBuilder<Null, string>(
        new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true }).Build();

    public async Task<string> AcceptAsync(string item) =>
        (await _producer.ProduceAsync("orders", new Message<Null, string> { Value = item })).TopicPartitionOffset.ToString();

    public void Dispose() => _producer.Dispose();
}
