using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Admin;

public sealed class CreatePartitionsTests
{
    [Fact]
    public async Task Producers_find_new_partitions_and_consumers_go_on()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        await using var producer = cluster.Client.CreateProducer<string, string>(o => o.MetadataMaxAgeMs = 50);
        await using var consumer = cluster.Client.CreateConsumer<string, string>();
        consumer.Assign([new TopicPartitionOffset("orders", 0, Offset.Beginning)]);
        Assert.Equal(0, (await producer.ProduceAsync("orders", new() { Key = "k", Value = "first" })).Partition);
        await using var admin = cluster.Client.CreateAdminClient();

        var grown = Assert.Single(await admin.CreatePartitionsAsync(
            [new PartitionsSpecification { Topic = "orders", IncreaseTo = 4 }]));

        Assert.Equal(ErrorCode.None, grown.Error);
        var found = new HashSet<int>();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (var i = 0; found.Count < 4; i++)
            found.Add((await producer.ProduceAsync("orders", new() { Key = $"k{i}", Value = "v" }, timeout.Token)).Partition);
        await producer.ProduceAsync(new TopicPartition("orders", 0), new() { Key = "k", Value = "last" }, timeout.Token);

        var read = new List<string>();
        while (!read.Contains("last"))
            read.Add((await consumer.ConsumeAsync(timeout.Token)).Message.Value);
        Assert.Equal("first", read[0]);
        Assert.Equal([0, 1, 2, 3], found.Order());
    }

    [Fact]
    public async Task Replicas_by_hand_are_taken_and_nonsense_is_refused()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        await using var admin = cluster.Client.CreateAdminClient();
        PartitionsSpecification To(int count, params int[] replicas) => new()
        {
            Topic = "orders",
            IncreaseTo = count,
            ReplicasAssignments = [[.. replicas.Select(id => new BrokerId(id))]],
        };

        var refused = await Assert.ThrowsAsync<TopicsException>(() => admin.CreatePartitionsAsync([To(2, 1, 2)]));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, refused.Error);
        await admin.CreatePartitionsAsync([To(2, 2, 3, 1)], validateOnly: true);
        Assert.Single(cluster.Cluster.Describe().Partitions);

        await admin.CreatePartitionsAsync([To(2, 2, 3, 1)]);
        Assert.Equal([2, 3, 1], cluster.Partition("orders", 1).Replicas.Select(id => id.Value));
        var again = await Assert.ThrowsAsync<TopicsException>(() => admin.CreatePartitionsAsync([To(2, 2, 3, 1)]));
        Assert.Equal((ErrorCode.InvalidPartitions, false), (again.Error, again.IsRetriable));
    }
}
