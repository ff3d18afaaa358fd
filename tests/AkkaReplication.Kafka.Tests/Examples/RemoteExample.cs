using AkkaReplication.Testing;
using AkkaReplication.Tests.Examples;

namespace AkkaReplication.Kafka.Tests.Examples;

/// <summary>README.md's example of a client in another process, run.</summary>
public sealed class RemoteExample
{
    [Fact]
    public async Task A_client_elsewhere_has_the_same_api()
    {
        await using var cluster = await ReplicationCluster.StartAsync(3, o => o.Configure = c => c.UseKafka());
        await cluster.CreateTopicAsync("orders");
        var servers = cluster.BootstrapServers();
        // README: remote
        await using var client = await KafkaClient.ConnectAsync(new() { BootstrapServers = servers });    // ours, or Kafka itself
        await using var producer = client.CreateProducer<string, string>();
        await using var consumer = client.CreateConsumer<string, string>();
        var written = await producer.ProduceAsync("orders", new() { Key = "k", Value = "v" });            // acks=all, idempotent
        consumer.Assign([new("orders", written.Partition, written.Offset)]);
        var read = await consumer.ConsumeAsync(TimeSpan.FromSeconds(30));
        // README: end
        Assert.Equal("v", read?.Message.Value);
    }

    [Fact]
    public void It_stands_in_the_readme() => Assert.Equal(
        ReadmeExamples.InSource("remote", "../../AkkaReplication.Kafka.Tests/Examples/RemoteExample.cs"),
        ReadmeExamples.InReadme("remote"));
}
