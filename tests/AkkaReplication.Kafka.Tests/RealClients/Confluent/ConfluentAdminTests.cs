using AkkaReplication.Kafka.Tests;
using AkkaReplication.Kafka.Tests.RealClients;
using AkkaReplication.Testing;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ConfluentClients;

/// <summary>Confluent.Kafka's administrative client as it is, against three brokers.</summary>
public sealed class ConfluentAdminTests : IAsyncLifetime
{
    private static readonly ConfigResource Orders = new() { Type = ResourceType.Topic, Name = "orders" };

    private TestCluster _cluster = null!;
    private IAdminClient _admin = null!;

    public async Task InitializeAsync()
    {
        _cluster = await ClientCluster.StartAsync();
        if (Librdkafka.IsInstalled)
        {
            _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _cluster.BootstrapServers() }).Build();
        }
    }

    public async Task DisposeAsync()
    {
        _admin?.Dispose();
        await _cluster.DisposeAsync();
    }

    [ConfluentFact(Feature.Describe, Feature.Topics)]
    public async Task Topics_are_made_described_widened_and_deleted()
    {
        await _admin.CreateTopicsAsync([new() { Name = "orders", NumPartitions = 2, ReplicationFactor = 3 }]);
        await EventuallyAsync(() => Described()?.Partitions.Count == 2);
        Assert.Equal([1, 2, 3], (await _admin.DescribeClusterAsync()).Nodes.Select(broker => broker.Id).Order());
        var topic = (await _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["orders"]))).TopicDescriptions.Single();
        Assert.All(topic.Partitions, partition => Assert.Equal((3, 3), (partition.Replicas.Count, partition.ISR.Count)));

        await _admin.CreatePartitionsAsync([new() { Topic = "orders", IncreaseTo = 5 }]);
        await EventuallyAsync(() => Described()?.Partitions.Count == 5);

        var again = await Assert.ThrowsAsync<CreateTopicsException>(
            () => _admin.CreateTopicsAsync([new() { Name = "orders", NumPartitions = 1 }]));
        Assert.Equal(ErrorCode.TopicAlreadyExists, Assert.Single(again.Results).Error.Code);

        await _admin.DeleteTopicsAsync(["orders"]);
        await EventuallyAsync(() => Described() is null);
    }

    [ConfluentFact(Feature.Configs)]
    public async Task Settings_are_described_and_changed()
    {
        await _admin.CreateTopicsAsync(
            [new() { Name = "orders", NumPartitions = 1, ReplicationFactor = 3, Configs = new() { ["retention.ms"] = "60000" } }]);
        await _cluster.EventuallyAsync(c => c.Topics.Contains("orders"));
        await EventuallyAsync(async () => await SettingAsync("retention.ms") == "60000");

        await _admin.AlterConfigsAsync(new() { [Orders] = [new() { Name = "segment.ms", Value = "1000" }] });

        // Whoever alters settings this way resets all others.
        await EventuallyAsync(async () => await SettingAsync("segment.ms") == "1000");
        Assert.Equal("604800000", await SettingAsync("retention.ms"));

        await _admin.IncrementalAlterConfigsAsync(new()
        {
            [Orders] = [new() { Name = "retention.ms", Value = "7000", IncrementalOperation = AlterConfigOpType.Set }],
        });
        await EventuallyAsync(async () => await SettingAsync("retention.ms") == "7000");
        Assert.Equal("1000", await SettingAsync("segment.ms"));
        await Assert.ThrowsAsync<AlterConfigsException>(
            () => _admin.AlterConfigsAsync(new() { [Orders] = [new() { Name = "segment.ms", Value = "soon" }] }));
    }

    [ConfluentFact(Feature.DeleteRecords)]
    public async Task Records_are_deleted_below_an_offset()
    {
        await _cluster.CreateTopicAsync("orders");
        var partition = new TopicPartition("orders", 0);
        using (var producer = new ProducerBuilder<Null, string>(
            new ProducerConfig { BootstrapServers = _cluster.BootstrapServers() }).Build())
        {
            for (var n = 0; n < 3; n++)
                await producer.ProduceAsync(partition, new Message<Null, string> { Value = "tea" });
        }

        var deleted = await _admin.DeleteRecordsAsync([new(partition, 2)]);

        Assert.Equal(2, Assert.Single(deleted).Offset.Value);
        Assert.Equal((2, 3), (await OffsetAsync(OffsetSpec.Earliest()), await OffsetAsync(OffsetSpec.Latest())));

        async Task<long> OffsetAsync(OffsetSpec spec) =>
            (await _admin.ListOffsetsAsync([new() { TopicPartition = partition, OffsetSpec = spec }]))
                .ResultInfos.Single().TopicPartitionOffsetError.Offset.Value;
    }

    private static Task EventuallyAsync(Func<bool> condition) => KafkaCluster.EventuallyAsync(condition);

    private static Task EventuallyAsync(Func<Task<bool>> condition) =>
        KafkaCluster.EventuallyAsync(async () => await condition() ? true : (bool?)null);

    private TopicMetadata? Described() =>
        _admin.GetMetadata(KafkaCluster.Patience).Topics.SingleOrDefault(topic => topic.Topic == "orders");

    private async Task<string> SettingAsync(string name) =>
        (await _admin.DescribeConfigsAsync([Orders])).Single().Entries[name].Value;
}
