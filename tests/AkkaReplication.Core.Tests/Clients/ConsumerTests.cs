using AkkaReplication.Clients;
using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>The consumer's rules, case by case.</summary>
public class ConsumerTests
{
    private static readonly TopicPartition First = new(ConsumerUnderTest.Topic, 0);

    [Theory]
    [InlineData(AutoOffsetReset.Earliest, 5)]
    [InlineData(AutoOffsetReset.Latest, 15)]
    public void Without_a_position_it_starts_where_the_policy_says(AutoOffsetReset policy, long expected)
    {
        var test = WithRecords(policy);
        test.Logs[0].DropBatches(1);
        test.Assign((0, ConsumerClient.Unset));
        test.IsReading = false;
        Assert.True(test.Network.RunUntil(() => test.Consumer.Position(First) >= 0, 1_000));
        Assert.Equal(expected, test.Consumer.Position(First));
    }

    [Fact]
    public void Without_a_position_and_a_policy_it_fails_and_goes_on_after_a_seek()
    {
        var test = WithRecords(AutoOffsetReset.None);
        test.Assign((0, ConsumerClient.Unset));
        test.Network.RunUntil(test.Network.Now + 1_000);
        Assert.Equal(ErrorCode.OffsetOutOfRange, Assert.Single(test.Failures).Error);
        Assert.Empty(test.Read(0));
        test.Do(() => Assert.True(test.Consumer.Seek(First, 12)));
        test.Network.RunUntil(test.Network.Now + 100);
        Assert.Equal([12L, 13, 14], test.Read(0).Select(r => r.Offset));
    }

    [Fact]
    public void Position_below_the_log_is_told_with_both_bounds_where_there_is_no_policy()
    {
        var test = WithRecords(AutoOffsetReset.None);
        test.Logs[0].DropBatches(2);
        test.Assign((0, 3));
        test.Network.RunUntil(test.Network.Now + 1_000);
        var failure = Assert.Single(test.Failures);
        Assert.Equal((ErrorCode.OffsetOutOfRange, 3L), (failure.Error, failure.Position));
        Assert.Null(failure.Diverging);
        Assert.Contains("begins at 10", failure.Message, StringComparison.Ordinal);
        Assert.Contains("up to 15", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Topic_that_was_created_again_is_another_log()
    {
        var test = WithRecords(AutoOffsetReset.Earliest);
        test.Assign((0, 10));
        test.Network.RunUntil(test.Network.Now + 100);
        test.Recreate();
        test.Logs[0].Append([77], gap: 0);
        Assert.True(test.Network.RunUntil(() => test.Read(0) is [.., (0, 77)], 5_000));
        Assert.Equal([10L, 11, 12, 13, 14, 0], test.Read(0).Select(r => r.Offset));
    }

    [Fact]
    public void Partition_is_fetched_ahead_up_to_its_bound_only()
    {
        var settings = new ConsumerSettings { MaxPartitionFetchBytes = 200 };
        var test = new ConsumerUnderTest(seed: 3, settings) { IsReading = false };
        for (var i = 0; i < 100; i++)
            test.Logs[0].Append([i, i, i], gap: 0);
        test.Assign((0, 0));
        test.Network.RunUntil(test.Network.Now + 2_000);
        var fetches = test.Fetches.Count(f => f.Request.Positions.Any(p => p.Partition.Partition == 0));
        Assert.InRange(fetches, 1, 3);
        test.IsReading = true;
        test.Do(static () => { });
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 300, 10_000));
    }

    [Fact]
    public void All_partitions_together_are_fetched_ahead_up_to_fetch_max_bytes()
    {
        var settings = new ConsumerSettings { FetchMaxBytes = 5_000, MaxPartitionFetchBytes = 4_000 };
        var test = new ConsumerUnderTest(seed: 6, settings, partitions: 12) { IsReading = false };
        foreach (var log in test.Logs)
        {
            for (var i = 0; i < 100; i++)
                log.Append([i, i, i], gap: 0);
        }

        test.Assign([.. Enumerable.Range(0, 12).Select(i => (i, 0L))]);
        test.Network.RunUntil(test.Network.Now + 5_000);
        Assert.InRange(test.ServedBytes, 3_000, 5_000 + 6 * 110);
        test.IsReading = true;
        test.Do(static () => { });
        Assert.True(test.Network.RunUntil(() => Enumerable.Range(0, 12).All(i => test.Read(i).Count == 300), 60_000));
    }

    [Fact]
    public void Lag_counts_from_the_position_to_the_end_that_the_last_fetch_told()
    {
        var test = WithRecords(AutoOffsetReset.Earliest);
        test.IsReading = false;
        test.Assign((0, 4));
        Assert.Null(test.Consumer.Lag(First));
        test.Network.RunUntil(test.Network.Now + 100);
        Assert.Equal(11, test.Consumer.Lag(First));
        test.IsReading = true;
        test.Do(static () => { });
        test.Network.RunUntil(test.Network.Now + 100);
        Assert.Equal(0, test.Consumer.Lag(First));
        Assert.Null(test.Consumer.Lag(new TopicPartition(ConsumerUnderTest.Topic, 1)));
    }

    [Fact]
    public void Assignment_grows_and_shrinks_without_touching_the_rest()
    {
        var test = WithRecords(AutoOffsetReset.Earliest);
        var second = new TopicPartition(ConsumerUnderTest.Topic, 1);
        test.Assign((0, 0));
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 15, 1_000));
        test.Logs[1].Append([50, 51], gap: 0);
        test.Do(() => test.Consumer.IncrementalAssign([(second, 1)]));
        Assert.True(test.Network.RunUntil(() => test.Read(1).Count == 1, 1_000));
        Assert.Equal([First, second], test.Consumer.Assignment);
        test.Do(() => Assert.True(test.Consumer.Unassign(second)));
        Assert.False(test.Consumer.Unassign(second));
        test.Logs[0].Append([99], gap: 0);
        test.Logs[1].Append([52], gap: 0);
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 16, 2_000));
        test.Network.RunUntil(test.Network.Now + 1_000);
        Assert.Single(test.Read(1));
        Assert.Equal(16, test.Consumer.Position(First));
    }

    [Fact]
    public void Truncation_goes_back_to_where_the_histories_part_and_says_so()
    {
        var test = WithRecords(AutoOffsetReset.Latest);
        test.Assign((0, 0));
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 15, 1_000));
        test.Logs[0].MoveUncleanlyTo(new BrokerId(1), batchesLost: 1);
        test.Logs[0].Append([-1, -2], gap: 0);
        test.Publish();
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 17, 5_000));
        Assert.Equal([(10L, -1L), (11L, -2L)], test.Read(0).Skip(15));
        var told = Assert.IsType<LogTruncationFound>(Assert.Single(test.Observed));
        Assert.Equal((15L, 10L, new LeaderEpoch(0)), (told.Position, told.DivergedAt, told.DivergedEpoch));
    }

    [Fact]
    public void Truncation_is_a_failure_that_names_place_and_epoch_where_there_is_no_policy()
    {
        var test = WithRecords(AutoOffsetReset.None);
        test.Assign((0, 0));
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 15, 1_000));
        test.Logs[0].MoveUncleanlyTo(new BrokerId(1), batchesLost: 2);
        test.Publish();
        Assert.True(test.Network.RunUntil(() => test.Failures.Count > 0, 5_000));
        var failure = Assert.Single(test.Failures);
        Assert.Equal((ErrorCode.OffsetOutOfRange, 15L), (failure.Error, failure.Position));
        Assert.Equal(new EpochEnd(new LeaderEpoch(0), 5), failure.Diverging);
        Assert.Contains("orders-0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("offset 5", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Idle_partition_does_not_delay_another_one_of_its_leader()
    {
        var test = new ConsumerUnderTest(seed: 4, new ConsumerSettings { FetchMaxWaitMs = 5_000 }, partitions: 6);
        test.Assign((0, 0), (3, 0));
        test.Network.RunUntil(test.Network.Now + 100);
        for (var i = 0; i < 20; i++)
        {
            test.Logs[3].Append([i], gap: 0);
            Assert.True(
                test.Network.RunUntil(() => test.Read(3).Count == i + 1, 100), $"Record {i} took longer than 100 ms.");
        }
    }

    [Fact]
    public void Fetch_that_a_seek_made_void_does_not_delay_the_next()
    {
        var test = new ConsumerUnderTest(seed: 5, new ConsumerSettings { FetchMaxWaitMs = 5_000 });
        test.Logs[0].Append([1, 2, 3], gap: 0);
        test.Assign((0, 0));
        for (var i = 1; i <= 5; i++)
        {
            Assert.True(
                test.Network.RunUntil(() => test.Read(0).Count == 3 * i, 200), $"Seek {i} took longer than 200 ms.");
            test.Network.RunUntil(test.Network.Now + 20);
            test.Do(() => test.Consumer.Seek(First, 0));
        }
    }

    [Fact]
    public void Leader_that_hangs_is_left_for_the_new_one_without_waiting_for_its_answer()
    {
        var test = WithRecords(AutoOffsetReset.Earliest);
        test.Assign((0, 0));
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 15, 1_000));
        test.Network.RunUntil(test.Network.Now + 20);
        test.Silent.Add(test.Logs[0].Leader);
        test.Do(() => test.Consumer.FindOffsets(test.Network.Now, 1, [(First, ConsumerClient.End)], timeoutMs: 20_000));
        test.Network.RunUntil(test.Network.Now + 20);
        test.Logs[0].MoveTo(new BrokerId(2));
        test.Publish();
        test.Logs[0].Append([99], gap: 0);
        Assert.True(test.Network.RunUntil(() => test.Read(0).Count == 16 && test.Found.Count == 1, 3_000));
        Assert.Equal(16, test.Found[0].Offsets[0].Offset);
    }

    [Fact]
    public void Questions_about_offsets_are_answered_in_their_order_also_twice_for_a_partition()
    {
        var test = WithRecords(AutoOffsetReset.Latest);
        test.Do(() => test.Consumer.FindOffsets(
            test.Network.Now,
            token: 9,
            [
                (First, ConsumerClient.End),
                (new TopicPartition(ConsumerUnderTest.Topic, 1), ConsumerClient.End),
                (First, ConsumerClient.Beginning),
            ],
            timeoutMs: 1_000));
        Assert.True(test.Network.RunUntil(() => test.Found.Count > 0, 1_000));
        var found = Assert.Single(test.Found);
        Assert.Equal((9L, ErrorCode.None), (found.Token, found.Error));
        Assert.Equal([15L, 0, 0], found.Offsets.Select(o => o.Offset));
    }

    [Fact]
    public void Question_about_a_topic_that_nobody_knows_fails_in_time()
    {
        var test = WithRecords(AutoOffsetReset.Latest);
        var start = test.Network.Now;
        test.Do(() => test.Consumer.FindOffsets(
            start, 1, [(new TopicPartition("nowhere", 0), ConsumerClient.End)], timeoutMs: 700));
        Assert.True(test.Network.RunUntil(() => test.Found.Count > 0, 10_000));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, test.Found[0].Error);
        Assert.InRange(test.Network.Now - start, 700, 710);
    }

    [Fact]
    public void Abort_answers_questions_and_wakes_the_reader()
    {
        var test = WithRecords(AutoOffsetReset.Latest);
        test.Assign((0, ConsumerClient.End));
        test.Do(() => test.Consumer.FindOffsets(test.Network.Now, 1, [(First, ConsumerClient.End)], timeoutMs: 700));
        test.Network.Abort();
        test.Network.RunUntil(test.Network.Now + 10);
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(test.Found).Error);
        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(test.Failures).Error);
        Assert.True(test.Consumer.IsAborted);
    }

    /// <summary>Three batches of five records in partition 0.</summary>
    private static ConsumerUnderTest WithRecords(AutoOffsetReset policy)
    {
        var test = new ConsumerUnderTest(seed: 1, new ConsumerSettings { AutoOffsetReset = policy });
        for (var i = 0; i < 3; i++)
            test.Logs[0].Append([.. Enumerable.Range(5 * i, 5).Select(v => (long)v)], gap: 0);
        return test;
    }
}
