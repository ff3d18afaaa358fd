using AkkaReplication.Clients;
using AkkaReplication.Tests.Hosting;

namespace AkkaReplication.Tests.Admin;

/// <summary>KIP-107 from the client to the disks of all replicas.</summary>
public sealed class DeleteRecordsTests
{
    private static readonly TopicPartition Orders = new("orders", 0);

    [Fact]
    public async Task Records_below_the_offset_are_gone_from_every_replica_when_the_call_ends()
    {
        await using var cluster = await ClusterWith(records: 100);
        await using var admin = cluster.Client.CreateAdminClient();

        var deleted = Assert.Single(await admin.DeleteRecordsAsync([new TopicPartitionOffset(Orders, 40)]));

        Assert.Equal(new DeletedRecords(Orders, ErrorCode.None, 40, null), deleted);
        Assert.Equal([40L, 40, 40], cluster.Partition("orders").LivingReplicas.Select(r => r.LogStartOffset));
        var read = await cluster.ReadAllAsync("orders");
        Assert.Equal((60, 40L), (read.Count, read[0].Offset.Offset.Value));
        var offsets = await admin.ListOffsetsAsync([new TopicPartitionOffsetSpec(Orders, OffsetSpec.Earliest)]);
        Assert.Equal(40, Assert.Single(offsets).Offset);
    }

    [Fact]
    public async Task Consumer_before_the_new_start_goes_on_there_or_is_told_as_it_wished()
    {
        await using var cluster = await ClusterWith(records: 100);
        await using var earliest = cluster.Client.CreateConsumer<string, string>(
            o => o.AutoOffsetReset = AutoOffsetReset.Earliest);
        await using var none = cluster.Client.CreateConsumer<string, string>(
            o => o.AutoOffsetReset = AutoOffsetReset.None);
        await using var admin = cluster.Client.CreateAdminClient();

        await admin.DeleteRecordsAsync([new TopicPartitionOffset(Orders, 40)]);
        earliest.Assign([new TopicPartitionOffset(Orders, 10)]);
        none.Assign([new TopicPartitionOffset(Orders, 10)]);

        Assert.Equal(40, (await ReadOneAsync(earliest)).Offset.Value);
        Assert.Equal(
            ErrorCode.OffsetOutOfRange,
            (await Assert.ThrowsAsync<ConsumeException>(() => ReadOneAsync(none))).Error);
    }

    [Fact]
    public async Task All_of_a_partition_can_go_and_offsets_go_on()
    {
        await using var cluster = await ClusterWith(records: 20);
        await using var admin = cluster.Client.CreateAdminClient();

        Assert.Equal(20, Assert.Single(
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(Orders, Offset.End)])).LowWatermark);

        Assert.Equal((20L, 20L), (cluster.Partition("orders").LivingReplicas[0].LogStartOffset, cluster.Partition("orders").HighWatermark));
        await ProduceAsync(cluster, 1);
        Assert.Equal(20, Assert.Single(await cluster.ReadAllAsync("orders")).Offset.Offset.Value);
    }

    [Fact]
    public async Task Offset_beyond_the_high_watermark_fails_alone()
    {
        await using var cluster = await ClusterWith(records: 20, partitions: 2);
        await using var admin = cluster.Client.CreateAdminClient();

        var failed = await Assert.ThrowsAsync<DeleteRecordsException>(() => admin.DeleteRecordsAsync(
            [new TopicPartitionOffset(Orders, 1_000), new TopicPartitionOffset("orders", 1, 0)]));

        Assert.Equal((ErrorCode.OffsetOutOfRange, false), (failed.Error, failed.IsRetriable));
        Assert.Contains("high watermark", failed.Message, StringComparison.Ordinal);
        Assert.Equal([ErrorCode.OffsetOutOfRange, ErrorCode.None], failed.Results.Select(r => r.Error));
    }

    [Fact]
    public async Task Log_start_survives_a_restart_and_an_election()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        try
        {
            await using (var first = await ClusterWith(records: 100, directory: directory))
            {
                await using var admin = first.Client.CreateAdminClient();
                await admin.DeleteRecordsAsync([new TopicPartitionOffset(Orders, 40)]);
            }

            await using var second = await TestCluster.StartInAsync(directory);
            await second.EventuallyAsync("orders", 0, "all serve", p => p.Isr.Length == 3 && p.HighWatermark == 100);
            Assert.Equal(40, (await second.ReadAllAsync("orders"))[0].Offset.Offset.Value);

            var leader = second.Partition("orders").Leader;
            await second.Cluster.KillBrokerAsync(leader);
            await second.EventuallyAsync(
                "orders", 0, "another one leads", p => p.Leader != leader && p.HighWatermark == 100);
            Assert.Equal(40, (await second.ReadAllAsync("orders"))[0].Offset.Offset.Value);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Dead_replica_is_not_waited_for_and_follows_when_it_is_back()
    {
        await using var cluster = await ClusterWith(records: 50);
        var dead = cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader);
        await cluster.Cluster.KillBrokerAsync(dead);
        await cluster.EventuallyAsync("orders", 0, "two are in sync", p => p.Isr.Length == 2);
        await using var admin = cluster.Client.CreateAdminClient();

        await admin.DeleteRecordsAsync([new TopicPartitionOffset(Orders, 30)]);

        await cluster.Cluster.StartBrokerAsync(dead);
        await cluster.EventuallyAsync(
            "orders",
            0,
            "all three begin alike",
            p => p.Isr.Length == 3 && p.LivingReplicas.Count(r => r.LogStartOffset == 30) == 3);
    }

    [Fact]
    public async Task Replica_that_cannot_follow_is_a_time_out_that_says_so()
    {
        await using var cluster = await ClusterWith(
            records: 50, settings: TestCluster.FastSettings with { ReplicaLagTimeMaxMs = 60_000 });
        var stalled = cluster.Partition("orders").Isr.First(b => b != cluster.Partition("orders").Leader);
        cluster.Cluster.Network.BlockAll(stalled);
        await using var admin = cluster.Client.CreateAdminClient(o => o.DefaultApiTimeoutMs = 1_000);

        var failed = await Assert.ThrowsAsync<DeleteRecordsException>(
            () => admin.DeleteRecordsAsync([new TopicPartitionOffset(Orders, 30)]));

        Assert.Equal(
            (ErrorCode.RequestTimedOut, true, true), (failed.Error, failed.IsRetriable, failed.MayHaveBeenCarriedOut));
        Assert.Contains("may have been deleted", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partition_that_does_not_exist_is_named()
    {
        await using var cluster = await ClusterWith(records: 1);
        await using var admin = cluster.Client.CreateAdminClient(o => o.DefaultApiTimeoutMs = 500);

        var failed = await Assert.ThrowsAsync<DeleteRecordsException>(() => admin.DeleteRecordsAsync(
            [new TopicPartitionOffset("nowhere", 0, 1), new TopicPartitionOffset("orders", 7, 1)]));

        Assert.All(failed.Results, r => Assert.Equal(ErrorCode.UnknownTopicOrPartition, r.Error));
        Assert.Contains("\"nowhere\"", failed.Results[0].Message, StringComparison.Ordinal);
    }

    private static async Task<TestCluster> ClusterWith(
        int records, int partitions = 1, string? directory = null, ReplicationSettings? settings = null)
    {
        var cluster = directory is null
            ? await TestCluster.StartAsync(settings: settings)
            : await TestCluster.StartInAsync(directory);
        await cluster.CreateTopicAsync("orders", partitions);
        await ProduceAsync(cluster, records);
        await cluster.EventuallyAsync("orders", 0, "all is committed", p => p.HighWatermark == records);
        return cluster;
    }

    private static async Task ProduceAsync(TestCluster cluster, int records)
    {
        await using var producer = cluster.Client.CreateProducer<string, string>();
        await Task.WhenAll(Enumerable.Range(0, records).Select(
            i => producer.ProduceAsync(Orders, new() { Key = $"k{i}", Value = $"v{i}" })));
    }

    private static async Task<ConsumeResult<string, string>> ReadOneAsync(IConsumer<string, string> consumer)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await consumer.ConsumeAsync(timeout.Token);
    }
}
