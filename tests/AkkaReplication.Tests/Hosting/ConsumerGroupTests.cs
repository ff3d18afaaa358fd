using System.Collections.Concurrent;
using AkkaReplication.Clients;
using AkkaReplication.Groups;

namespace AkkaReplication.Tests.Hosting;

/// <summary>Consumers of the .NET client as members of groups, against real brokers without any listener.</summary>
public sealed class ConsumerGroupTests
{
    private const string Group = "readers";

    private static readonly TopicPartition First = new("orders", 0);

    private static readonly ReplicationSettings Settings = TestCluster.FastSettings with
    {
        OffsetsTopicNumPartitions = 1,
        GroupMinSessionTimeoutMs = 100,
    };

    [Fact]
    public async Task Two_share_what_one_had_and_each_handler_hears_what_goes_before_the_other_hears_what_comes()
    {
        await using var cluster = await StartAsync(partitions: 4);
        var heard = new ConcurrentQueue<string>();
        await using var one = Member(cluster, o => o.PartitionAssignmentStrategy = [PartitionAssignors.CooperativeSticky]);
        one.Subscribe("orders", Heard("one", heard));
        using var stop = new CancellationTokenSource();
        var reading = new List<Task>();
        try
        {
            reading.Add(ReadAsync(one, stop.Token));
            await EventuallyAsync(() => one.Assignment.Count == 4);
            await using var two = Member(cluster, o => o.PartitionAssignmentStrategy = [PartitionAssignors.CooperativeSticky]);
            two.Subscribe("orders", Heard("two", heard));
            using var stopTwo = new CancellationTokenSource();
            var readingTwo = ReadAsync(two, stopTwo.Token);
            await EventuallyAsync(() => one.Assignment.Count == 2 && two.Assignment.Count == 2);

            Assert.Equal(4, one.Assignment.Union(two.Assignment).Count());
            Assert.Equal(one.GroupMetadata.GenerationId, two.GroupMetadata.GenerationId);
            // What stays with the first is never taken from it.
            Assert.Equal(["one + 0 1 2 3", "one - 2 3", "two + 2 3"], heard);

            await stopTwo.CancelAsync();
            await readingTwo;
            await two.UnsubscribeAsync();
            await EventuallyAsync(() => one.Assignment.Count == 4);
            Assert.Equal(["two - 2 3", "one + 2 3"], heard.Skip(3));
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(reading);
        }
    }

    [Fact]
    public async Task Nothing_is_skipped_and_nothing_committed_is_lost_when_the_coordinators_broker_dies()
    {
        await using var cluster = await StartAsync(partitions: 2);
        const int Records = 400;
        await using var producer = cluster.Client.CreateProducer<string, int>();
        var read = new HashSet<int>();
        await using (var consumer = Member(cluster, o => o.EnableAutoCommit = false))
        {
            consumer.Subscribe("orders");
            for (var i = 0; i < Records; i++)
            {
                await producer.ProduceAsync(new TopicPartition("orders", i % 2), new() { Key = "k", Value = i });
                while (!read.Contains(i))
                    read.Add((await consumer.ConsumeAsync(Soon())).Message.Value);
                if (i == Records / 2)
                {
                    await consumer.CommitAsync();
                    await cluster.Cluster.KillBrokerAsync(cluster.Partition(GroupPartitions.Topic).Leader);
                }
            }

            Assert.Equal(Records, read.Count);
            Assert.Equal(2, (await consumer.CommitAsync()).Count);
        }

        await using var next = Member(cluster, o => o.AutoOffsetReset = AutoOffsetReset.None);
        var committed = await next.CommittedAsync([First, new("orders", 1)]);
        Assert.Equal(Records, committed.Sum(c => c.Offset.Value));
    }

    [Fact]
    public async Task Static_member_comes_back_to_its_partitions_without_a_rebalance()
    {
        await using var cluster = await StartAsync(partitions: 2);
        await using var other = Member(cluster, o => o.GroupInstanceId = "b");
        other.Subscribe("orders");
        using var stop = new CancellationTokenSource();
        var reading = ReadAsync(other, stop.Token);
        IReadOnlyList<TopicPartition> before;
        await using (var member = Member(cluster, o => o.GroupInstanceId = "a"))
        {
            member.Subscribe("orders");
            await ReadUntilAsync(member, () => member.Assignment.Count == 1 && other.Assignment.Count == 1);
            before = member.Assignment;
        }

        var generation = other.GroupMetadata.GenerationId;
        await using (var member = Member(cluster, o => o.GroupInstanceId = "a"))
        {
            member.Subscribe("orders");
            await ReadUntilAsync(member, () => member.Assignment.Count == 1);
            Assert.Equal(before, member.Assignment);
            Assert.Equal(generation, member.GroupMetadata.GenerationId);
            Assert.Equal(generation, other.GroupMetadata.GenerationId);
        }

        await stop.CancelAsync();
        await reading;
    }

    [Fact]
    public async Task Second_consumer_of_a_static_id_fences_the_first()
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var first = Member(cluster, o => o.GroupInstanceId = "a");
        first.Subscribe("orders");
        await ReadUntilAsync(first, () => first.Assignment.Count == 1);
        await using var second = Member(cluster, o => o.GroupInstanceId = "a");
        second.Subscribe("orders");
        await ReadUntilAsync(second, () => second.Assignment.Count == 1);

        var fenced = await Assert.ThrowsAsync<ReplicationException>(() => first.ConsumeAsync(Soon()).AsTask());
        Assert.Equal(ErrorCode.FencedInstanceId, fenced.Error);
        Assert.Empty(first.Assignment);
    }

    [Fact]
    public async Task Commit_for_what_has_gone_to_another_is_refused()
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, int>();
        for (var i = 0; i < 3; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = i });
        var lost = new List<TopicPartition>();
        await using var slow = Member(cluster, o =>
        {
            o.EnableAutoCommit = false;
            o.MaxPollIntervalMs = 300;
        });
        slow.Subscribe("orders", new RebalanceHandlers
        {
            PartitionsLost = partitions =>
            {
                lost.AddRange(partitions);
                return Task.CompletedTask;
            },
        });
        var record = await slow.ConsumeAsync(Soon());

        // It reads nothing for too long, and another one goes on.
        await using var other = Member(cluster);
        other.Subscribe("orders");
        Assert.Equal(0, (await other.ConsumeAsync(Soon())).Message.Value);
        Assert.Equal(1, (await other.ConsumeAsync(Soon())).Message.Value);
        await other.CommitAsync();
        var refused = await Assert.ThrowsAsync<CommitFailedException>(() => slow.CommitAsync(record));
        Assert.Equal(ErrorCode.IllegalGeneration, refused.Error);
        Assert.Equal(2, Assert.Single(await other.CommittedAsync([First])).Offset);

        // Its next read tells it, and brings it back.
        Assert.Null(await slow.ConsumeAsync(TimeSpan.FromMilliseconds(100)));
        Assert.Equal([First], lost);
        Assert.Empty(slow.Assignment);
        await other.UnsubscribeAsync();
        Assert.Equal(2, (await slow.ConsumeAsync(Soon())).Message.Value);
    }

    [Fact]
    public async Task What_was_read_is_committed_by_itself_and_at_the_end_and_the_next_one_goes_on_there()
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, int>();
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = i });
        await using (var consumer = Member(cluster, o => o.AutoCommitIntervalMs = 20))
        {
            consumer.Subscribe("orders");
            for (var i = 0; i < 3; i++)
                Assert.Equal(i, (await consumer.ConsumeAsync(Soon())).Message.Value);

            // The third is still being dealt with, for all that the consumer knows.
            await EventuallyAsync(async () => (await consumer.CommittedAsync([First]))[0].Offset == 2);
        }

        await using var next = Member(cluster);
        next.Subscribe("orders");
        Assert.Equal(3, (await next.ConsumeAsync(Soon())).Message.Value);
    }

    [Fact]
    public async Task Offsets_that_are_stored_by_hand_are_what_is_committed()
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, int>();
        for (var i = 0; i < 5; i++)
            await producer.ProduceAsync("orders", new() { Key = "k", Value = i });
        await using var consumer = Member(cluster, o =>
        {
            o.EnableAutoOffsetStore = false;
            o.EnableAutoCommit = false;
        });
        consumer.Subscribe("orders");
        var first = await consumer.ConsumeAsync(Soon());
        await consumer.ConsumeAsync(Soon());
        Assert.Empty(await consumer.CommitAsync());
        consumer.StoreOffset(first);
        Assert.Equal([new TopicPartitionOffset(First, 1)], await consumer.CommitAsync());
        Assert.Throws<InvalidOperationException>(() => consumer.StoreOffset(new TopicPartitionOffset("orders", 7, 1)));
    }

    [Theory]
    [InlineData(AutoOffsetReset.Earliest)]
    [InlineData(AutoOffsetReset.None)]
    public async Task Where_nothing_is_committed_the_reset_decides(AutoOffsetReset reset)
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var producer = cluster.Client.CreateProducer<string, int>();
        await producer.ProduceAsync("orders", new() { Key = "k", Value = 7 });
        await using var consumer = Member(cluster, o => o.AutoOffsetReset = reset);
        consumer.Subscribe("orders");
        if (reset == AutoOffsetReset.Earliest)
        {
            Assert.Equal(7, (await consumer.ConsumeAsync(Soon())).Message.Value);
            return;
        }

        var error = await Assert.ThrowsAsync<ConsumeException>(() => consumer.ConsumeAsync(Soon()).AsTask());
        Assert.Equal(ErrorCode.OffsetOutOfRange, error.Error);
        Assert.Contains("committed no offset", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscription_and_assignment_exclude_each_other_and_need_a_group()
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var consumer = Member(cluster);
        consumer.Subscribe("orders");
        Assert.Equal(["orders"], consumer.Subscription);
        var error = Assert.Throws<InvalidOperationException>(() => consumer.Assign([new(First, 0)]));
        Assert.Contains("UnsubscribeAsync", error.Message, StringComparison.Ordinal);
        await consumer.UnsubscribeAsync();
        consumer.Assign([new(First, 0)]);
        error = Assert.Throws<InvalidOperationException>(() => consumer.Subscribe("orders"));
        Assert.Contains("Unassign", error.Message, StringComparison.Ordinal);
        consumer.Unassign();
        Assert.Throws<ArgumentException>(() => consumer.Subscribe([]));

        await using var alone = cluster.Client.CreateConsumer<string, int>();
        error = Assert.Throws<InvalidOperationException>(() => alone.Subscribe("orders"));
        Assert.Contains("group.id", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Administrators_see_groups_and_move_and_delete_what_they_have_committed()
    {
        await using var cluster = await StartAsync(partitions: 1);
        await using var admin = cluster.Client.CreateAdminClient();
        await using (var consumer = Member(cluster))
        {
            consumer.Subscribe("orders");
            await ReadUntilAsync(consumer, () => consumer.Assignment.Count == 1);
            var described = Assert.Single(await admin.DescribeConsumerGroupsAsync([Group]));
            Assert.Equal((GroupState.Stable, "range"), (described.State, described.PartitionAssignor));
            var member = Assert.Single(described.Members);
            Assert.Equal((consumer.MemberId, "in-process"), (member.MemberId, member.Host));
            Assert.Equal([First], member.Assignment);
            var refused = await Assert.ThrowsAsync<CommitFailedException>(
                () => admin.AlterConsumerGroupOffsetsAsync(Group, [new(First, 5)]));
            Assert.Equal(ErrorCode.UnknownMemberId, refused.Error);
            var kept = await Assert.ThrowsAsync<GroupsException>(() => admin.DeleteConsumerGroupsAsync([Group]));
            Assert.Equal(ErrorCode.NonEmptyGroup, kept.Error);
        }

        await admin.AlterConsumerGroupOffsetsAsync(Group, [new(First, 5)]);
        Assert.Equal([new TopicPartitionOffset(First, 5)], await admin.ListConsumerGroupOffsetsAsync(Group));
        Assert.Equal(Group, Assert.Single(await admin.ListConsumerGroupsAsync()).GroupId);
        await admin.DeleteConsumerGroupOffsetsAsync(Group, [First]);
        Assert.Equal(
            [new TopicPartitionOffset(First, Offset.Unset)], await admin.ListConsumerGroupOffsetsAsync(Group, [First]));
        await admin.AlterConsumerGroupOffsetsAsync(Group, [new(First, 6)]);
        await admin.DeleteConsumerGroupsAsync([Group]);
        Assert.Empty(await admin.ListConsumerGroupsAsync());
        Assert.Equal(GroupState.Dead, Assert.Single(await admin.DescribeConsumerGroupsAsync([Group])).State);
    }

    private static async Task<TestCluster> StartAsync(int partitions)
    {
        var cluster = await TestCluster.StartAsync(settings: Settings);
        await cluster.CreateTopicAsync("orders", partitions);
        return cluster;
    }

    private static IConsumer<string, int> Member(TestCluster cluster, Action<ConsumerOptions>? configure = null) =>
        cluster.Client.CreateConsumer<string, int>(o =>
        {
            o.GroupId = Group;
            o.AutoOffsetReset = AutoOffsetReset.Earliest;
            o.SessionTimeoutMs = 10_000;
            o.HeartbeatIntervalMs = 50;
            configure?.Invoke(o);
        });

    private static RebalanceHandlers Heard(string name, ConcurrentQueue<string> heard) => new()
    {
        PartitionsAssigned = partitions => Hear(name, '+', partitions, heard),
        PartitionsRevoked = partitions => Hear(name, '-', partitions, heard),
    };

    private static Task Hear(
        string name, char sign, IReadOnlyList<TopicPartition> partitions, ConcurrentQueue<string> heard)
    {
        heard.Enqueue($"{name} {sign} {string.Join(' ', partitions.Select(p => p.Partition).Order())}");
        return Task.CompletedTask;
    }

    /// <summary>Reads until it is cancelled.</summary>
    private static async Task ReadAsync(IConsumer<string, int> consumer, CancellationToken ct)
    {
        try
        {
            while (true)
                await consumer.ConsumeAsync(ct);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task ReadUntilAsync(IConsumer<string, int> consumer, Func<bool> condition)
    {
        var soon = Soon();
        while (!condition())
            await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(10), soon);
    }

    private static Task EventuallyAsync(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var soon = Soon();
        while (!await condition())
            await Task.Delay(10, soon);
    }

    /// <summary>A token for what must happen, but not before long on a busy machine.</summary>
    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
}
