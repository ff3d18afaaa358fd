using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>How records become batches and requests.</summary>
public class ProducerBatchingTests
{
    [Fact]
    public void Lingering_gathers_records_of_a_partition_into_one_batch()
    {
        var test = new ProducerUnderTest(seed: 1, new ProducerSettings { LingerMs = 50 });
        Warm(test);
        var before = test.Cluster.ProduceRequests.Count;
        for (var i = 0; i < 10; i++)
        {
            test.Append(partition: 1);
            test.Network.RunUntil(test.Network.Now + 3);
        }

        Assert.True(test.RunUntilReported());
        Assert.Equal(before + 1, test.Cluster.ProduceRequests.Count);
        var offsets = test.Reports.Where(r => r.Partition == 1).Select(r => r.Offset);
        Assert.Equal(Enumerable.Range(0, 11).Select(i => (long)i), offsets);
    }

    [Fact]
    public void Full_batch_does_not_linger()
    {
        var test = new ProducerUnderTest(seed: 1, new ProducerSettings { LingerMs = 10_000, BatchSize = 150 });
        var start = test.Network.Now;
        for (var i = 0; i < 20; i++)
            test.Append(partition: 0);
        test.Network.RunUntil(start + 1_000);
        Assert.InRange(test.Reports.Count(), 12, 19);
        Assert.True(test.RunUntilReported());
        Assert.InRange(test.Network.Now, start + 10_000, start + 10_100);
    }

    [Fact]
    public void Flush_ends_lingering_and_completes_after_the_reports_of_what_was_appended_before_it()
    {
        var test = new ProducerUnderTest(seed: 2, new ProducerSettings { LingerMs = 60_000 });
        Warm(test);
        var before = Enumerable.Range(0, 9).Select(i => test.Append(partition: i % 3).Id).ToArray();
        test.Producer.Flush(17);
        var (_, after) = test.Append(partition: 0);
        test.Network.Turn();
        Assert.True(test.Network.RunUntil(() => test.FlushesCompleted.Count > 0, 1_000));
        Assert.Equal([17L], test.FlushesCompleted);
        Assert.All(before, id => Assert.Equal(ErrorCode.None, test[id].Error));
        Assert.False(test.IsReported(after));
    }

    [Fact]
    public void Flush_of_nothing_completes_at_once()
    {
        var test = new ProducerUnderTest(seed: 2);
        test.Producer.Flush(5);
        test.Network.Turn();
        Assert.Equal([5L], test.FlushesCompleted);
    }

    [Fact]
    public void Batches_of_several_partitions_of_a_leader_share_a_request()
    {
        var test = new ProducerUnderTest(seed: 3, new ProducerSettings { LingerMs = 20 }, partitions: 9);
        for (var i = 0; i < 9; i++)
            test.Append(partition: i);
        Assert.True(test.RunUntilReported());
        Assert.Equal(3, test.Cluster.ProduceRequests.Count);
        Assert.All(test.Cluster.ProduceRequests, r => Assert.Equal(3, r.Batches));
    }

    [Fact]
    public void Request_does_not_exceed_max_request_size_by_its_second_batch()
    {
        var test = new ProducerUnderTest(
            seed: 3, new ProducerSettings { LingerMs = 20, MaxRequestSize = 300, BatchSize = 250 }, partitions: 9);
        for (var i = 0; i < 9; i++)
            test.Append(partition: i, padding: 100);
        Assert.True(test.RunUntilReported());
        Assert.All(test.Cluster.ProduceRequests, r => Assert.Equal(1, r.Batches));
    }

    [Fact]
    public void Record_above_max_request_size_is_refused_at_once()
    {
        var test = new ProducerUnderTest(seed: 4, new ProducerSettings { MaxRequestSize = 1_000 });
        Assert.Equal(ErrorCode.MessageTooLarge, test.Append(partition: 0, padding: 1_000).Result.Error);
        Assert.Equal(0, test.Producer.BufferedBytes);
    }

    [Fact]
    public void Record_larger_than_a_batch_goes_alone()
    {
        var test = new ProducerUnderTest(seed: 4, new ProducerSettings { BatchSize = 100, LingerMs = 20 });
        test.Append(partition: 0);
        var (_, large) = test.Append(partition: 0, padding: 5_000);
        test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        Assert.Equal(1, test[large].Offset);
        test.CheckTheBook(idempotent: true);
    }

    [Fact]
    public void Record_that_may_not_wait_is_refused_when_memory_is_used_up()
    {
        var test = new ProducerUnderTest(seed: 5, new ProducerSettings { BufferMemory = 500, MaxRequestSize = 400 });
        while (test.Append(partition: 0, mayWait: false).Result.IsAccepted)
            Assert.InRange(test.Producer.BufferedBytes, 1, 500);
        Assert.True(test.RunUntilReported());
        Assert.True(test.Append(partition: 0, mayWait: false).Result.IsAccepted);
    }

    [Fact]
    public void Records_that_wait_for_memory_go_on_in_their_order()
    {
        var test = new ProducerUnderTest(
            seed: 6, new ProducerSettings { BufferMemory = 300, MaxRequestSize = 200, BatchSize = 100 });
        for (var i = 0; i < 200; i++)
            test.Append(partition: 1);
        Assert.True(test.Producer.BlockedCount > 150);
        Assert.True(test.RunUntilReported());
        Assert.Equal(
            Enumerable.Range(0, 200).Select(i => (long)i), test.Cluster.Partitions[1].Records.Select(r => r.Id));
    }

    [Fact]
    public void Record_that_waits_for_memory_in_vain_is_reported_after_max_block()
    {
        var settings = new ProducerSettings { BufferMemory = 100, MaxRequestSize = 110, MaxBlockMs = 400 };
        var test = new ProducerUnderTest(seed: 6, settings);
        test.Cluster.Silent.UnionWith(ModelCluster.Bootstrap);
        test.Append(partition: 1);
        test.Append(partition: 1);
        var (_, waiting) = test.Append(partition: 1);
        test.Network.RunUntil(test.Network.Now + 500);
        Assert.Equal(
            (ErrorCode.RequestTimedOut, PersistenceStatus.NotPersisted), (test[waiting].Error, test[waiting].Status));
    }

    [Fact]
    public void Record_for_a_topic_that_nobody_knows_is_reported_after_max_block()
    {
        var test = new ProducerUnderTest(seed: 7, new ProducerSettings { MaxBlockMs = 700 });
        var start = test.Network.Now;
        var (_, id) = test.Append(partition: -1, topic: "nowhere");
        Assert.True(test.RunUntilReported());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, test[id].Error);
        Assert.InRange(test.Network.Now, start + 700, start + 710);
        Assert.Equal(0, test.Producer.BufferedBytes);
    }

    [Fact]
    public void Record_for_a_topic_the_client_may_not_use_is_reported_without_waiting()
    {
        var test = new ProducerUnderTest(seed: 7);
        test.Cluster.RefusedTopics.Add("secret", ErrorCode.TopicAuthorizationFailed);
        var (_, id) = test.Append(partition: -1, topic: "secret");
        Assert.True(test.RunUntilReported(1_000));
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, test[id].Error);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, test.Append(partition: -1, topic: "secret").Result.Error);
    }

    [Fact]
    public void Record_for_a_partition_that_does_not_exist_holds_nobody_up()
    {
        var test = new ProducerUnderTest(seed: 8, new ProducerSettings { MaxBlockMs = 5_000 });
        var (_, lost) = test.Append(partition: 7);
        var (_, fine) = test.Append(partition: 0);
        Assert.True(test.Network.RunUntil(() => test.Reports.Any(), 1_000));
        Assert.Equal(ErrorCode.None, test[fine].Error);
        Assert.True(test.RunUntilReported());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, test[lost].Error);
    }

    [Fact]
    public void Records_without_a_key_stay_with_a_partition_for_a_batch_and_reach_all_of_them_evenly()
    {
        var test = new ProducerUnderTest(seed: 9, new ProducerSettings { BatchSize = 400, LingerMs = 5 });
        for (var i = 0; i < 3_000; i++)
            test.Append(partition: -1);
        Assert.True(test.RunUntilReported());
        var counts = test.Cluster.Partitions.Select(p => p.Records.Count()).ToArray();
        Assert.All(counts, count => Assert.InRange(count, 800, 1_200));
        Assert.True(test.Cluster.ProduceRequests.Sum(r => r.Batches) < 400);
    }

    /// <summary>
    /// Gets metadata, a producer id and a confirmed partition 1, so that nothing but batching is observed.
    /// </summary>
    private static void Warm(ProducerUnderTest test)
    {
        test.Append(partition: 1);
        Assert.True(test.RunUntilReported());
    }
}
