using AkkaReplication.Clients;
using AkkaReplication.Replicas;
using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Admin;

public sealed class DescribeTests
{
    [Fact]
    public async Task User_sees_of_every_partition_who_leads_who_is_in_sync_and_who_could_lead()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1);
        var leader = cluster.Partition("orders").Leader;
        foreach (var follower in cluster.Cluster.BrokerIds.Where(b => b != leader))
            await cluster.Cluster.KillBrokerAsync(follower);
        await cluster.EventuallyAsync("orders", 0, "the leader is alone", p => p.Isr.Length == 1);
        await using var admin = cluster.Client.CreateAdminClient();

        PartitionInfo partition;
        do
            partition = Assert.Single(Assert.Single(await admin.DescribeTopicsAsync(["orders"])).Partitions);
        while (partition.Isr.Length != 1);

        var truth = cluster.Partition("orders");
        Assert.Equal((truth.Leader, truth.LeaderEpoch), (partition.Leader, partition.LeaderEpoch));
        Assert.Equal(truth.Replicas.ToArray(), partition.Replicas.ToArray());
        Assert.Equal(truth.Elr.ToArray(), partition.Elr.ToArray());
        Assert.NotEmpty(partition.Elr);
        Assert.Equal(2, (await admin.DescribeClusterAsync()).Brokers.Count(b => b.Fenced));
    }

    [Fact]
    public async Task Log_directories_say_where_every_replica_stands()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await cluster.CreateTopicAsync("other", 1);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        for (var i = 0; i < 10; i++)
            await producer.ProduceAsync(new TopicPartition("orders", 1), new() { Key = "k", Value = "v" });
        await cluster.EventuallyAsync(
            "orders", 1, "all have all", p => p.LivingReplicas.Count(r => r.HighWatermark == 10) == 3);
        await using var admin = cluster.Client.CreateAdminClient();

        var described = await admin.DescribeLogDirsAsync(topics: ["orders"]);

        Assert.Equal([1, 2, 3], described.Select(d => d.Broker.Value).Order());
        foreach (var broker in described)
        {
            var directory = Assert.Single(broker.Directories);
            Assert.Equal((ErrorCode.None, ErrorCode.None), (broker.Error, directory.Error));
            Assert.Equal(cluster.Cluster.BrokerDirectory(broker.Broker), directory.Path);
            Assert.Equal([0, 1], directory.Replicas.Select(r => r.Partition.Partition));
            var replica = directory.Replicas[1];
            Assert.Equal((0L, 0L, 10L, 10L), (replica.OffsetLag, replica.LogStartOffset, replica.HighWatermark, replica.LogEndOffset));
            Assert.True(replica.SizeBytes > 10 * 60);
            Assert.Equal(0, directory.Replicas[0].SizeBytes);
        }

        var roles = described.SelectMany(d => d.Directories).Select(d => d.Replicas[1].Role);
        Assert.Equal([ReplicaRole.Follower, ReplicaRole.Follower, ReplicaRole.Leader], roles.Order());
        Assert.Equal(
            ErrorCode.BrokerIdNotRegistered, Assert.Single(await admin.DescribeLogDirsAsync([new BrokerId(9)])).Error);
    }

    [Fact]
    public async Task Topics_are_listed_and_offsets_found_by_their_leaders()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 2);
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await producer.ProduceAsync(new TopicPartition("orders", 1), new() { Key = "k", Value = "v" });
        await using var admin = cluster.Client.CreateAdminClient();

        var listed = Assert.Single(await admin.ListTopicsAsync());
        Assert.Equal(("orders", 2), (listed.Name, listed.Partitions));
        var (first, second) = (new TopicPartition("orders", 0), new TopicPartition("orders", 1));
        var offsets = await admin.ListOffsetsAsync(
        [
            new TopicPartitionOffsetSpec(second, OffsetSpec.Latest),
            new TopicPartitionOffsetSpec(first, OffsetSpec.ForTimestamp(DateTimeOffset.UtcNow.AddHours(1))),
        ]);
        Assert.Equal([(second, 1L), (first, -1L)], offsets.Select(o => (o.TopicPartition, o.Offset)));
    }
}
