using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>Who chooses a record's partition, and what becomes of a record that gets none.</summary>
public class PartitionerTests
{
    private const int Any = ProducerRecord.AnyPartition;

    [Fact]
    public void Keys_stay_together_and_are_spread_as_Kafka_spreads_them()
    {
        var test = new ProducerUnderTest(seed: 1, partitions: 7);
        var ids = Enumerable.Range(0, 50).Select(i => (Key: $"key-{i % 10}", test.Append(Any, key: $"key-{i % 10}").Id)).ToArray();
        Assert.True(test.RunUntilReported());
        Assert.All(ids, record => Assert.Equal(
            Murmur2.PartitionOf(System.Text.Encoding.UTF8.GetBytes(record.Key), 7), test[record.Id].Partition));
    }

    [Fact]
    public void Ignored_keys_do_not_decide()
    {
        var settings = new ProducerSettings { PartitionerIgnoreKeys = true, BatchSize = 300 };
        var test = new ProducerUnderTest(seed: 1, settings, partitions: 5);
        for (var i = 0; i < 200; i++)
            test.Append(Any, key: "one and the same");
        Assert.True(test.RunUntilReported());
        Assert.Equal(5, test.Reports.Select(r => r.Partition).Distinct().Count());
    }

    [Fact]
    public void Records_without_a_key_fill_one_batch_before_the_next_partition_has_its_turn()
    {
        var test = new ProducerUnderTest(seed: 1, new ProducerSettings { BatchSize = 400 }, partitions: 5);
        var ids = Enumerable.Range(0, 500).Select(_ => test.Append(Any).Id).ToArray();
        Assert.True(test.RunUntilReported());
        var changes = ids.Zip(ids.Skip(1)).Count(p => test[p.First].Partition != test[p.Second].Partition);
        Assert.InRange(changes, 25, 60);
        Assert.Equal(5, test.Reports.Select(r => r.Partition).Distinct().Count());
    }

    [Fact]
    public void Round_robin_takes_turns_and_passes_over_what_has_no_leader()
    {
        var roundRobin = Partitioners.RoundRobin();
        Assert.Equal([0, 1, 2, 0, 1], Enumerable.Range(0, 5).Select(_ => Choose("a", 3)));
        Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(_ => Choose("b", 3)));
        Assert.Equal(2, Choose("a", 3));

        int Choose(string topic, int count) =>
            roundRobin.Partition(new PartitionRequest { Topic = topic, PartitionCount = count });
    }

    [Fact]
    public void Custom_partitioner_sees_the_record_and_is_heeded()
    {
        var settings = new ProducerSettings
        {
            Partitioner = Partitioners.From((in PartitionRequest r) =>
                r.Topic == ModelCluster.Topic && r.PartitionCount == 4 && !r.KeyIsNull && r.Value.Length == 8 && r.HasLeader(0)
                    ? r.Key[0] - 'a'
                    : 99),
        };
        var test = new ProducerUnderTest(seed: 1, settings, partitions: 4);
        var ids = "abcd".Select(c => test.Append(Any, key: $"{c}").Id).ToArray();
        Assert.True(test.RunUntilReported());
        Assert.Equal([0, 1, 2, 3], ids.Select(id => test[id].Partition));
        Assert.Equal(2, Reported(test, test.Append(partition: 2).Id).Partition);
    }

    [Fact]
    public void Partitioner_that_throws_or_errs_fails_that_record_alone()
    {
        var settings = new ProducerSettings
        {
            Partitioner = Partitioners.From((in PartitionRequest r) => r.Key[0] switch
            {
                (byte)'t' => throw new FormatException("no such customer"),
                (byte)'n' => -1,
                (byte)'m' => 3,
                _ => 1,
            }),
        };
        var test = new ProducerUnderTest(seed: 1, settings, partitions: 3);

        // Before the topic is known: reported later.
        var waiting = "tanm".Select(c => test.Append(Any, key: $"{c}").Id).ToArray();
        Assert.True(test.RunUntilReported());
        Assert.Equal(
            [ErrorCode.InvalidRequest, ErrorCode.None, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest],
            waiting.Select(id => test[id].Error));
        Assert.All(waiting.Where(id => test[id].Error != ErrorCode.None), id =>
            Assert.Equal((Any, PersistenceStatus.NotPersisted), (test[id].Partition, test[id].Status)));

        // Afterwards: refused at once.
        var thrown = test.Append(Any, key: "t").Result;
        Assert.Equal(ErrorCode.InvalidRequest, thrown.Error);
        Assert.IsType<FormatException>(thrown.Cause);
        Assert.Contains("no such customer", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 2 is accepted", test.Append(Any, key: "m").Result.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.None, Reported(test, test.Append(Any, key: "x").Id).Error);
        Assert.Equal(0, test.Producer.BufferedBytes);
    }

    [Fact]
    public void Partitioner_that_errs_for_a_record_that_waited_for_memory_frees_its_place()
    {
        var settings = new ProducerSettings
        {
            BufferMemory = 400,
            MaxRequestSize = 300,
            Partitioner = Partitioners.From((in PartitionRequest r) => r.Key[0] == 'x' ? 7 : 0),
        };
        var test = new ProducerUnderTest(seed: 1, settings);
        test.Append(partition: 0);
        Assert.True(test.RunUntilReported());
        for (var i = 0; i < 40; i++)
            test.Append(Any, key: i % 2 == 0 ? "x" : "y");
        Assert.True(test.Producer.BlockedCount > 0);
        Assert.True(test.RunUntilReported());
        Assert.Equal(0, test.Producer.BufferedBytes);
        test.Producer.Flush(1);
        test.Network.Turn();
        Assert.Equal([1L], test.FlushesCompleted);
    }

    private static Reported Reported(ProducerUnderTest test, long id)
    {
        Assert.True(test.RunUntilReported());
        return test[id];
    }
}
