using System.Text;
using AkkaReplication.Groups;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>Groups of consumers, through the lives and deaths of members and coordinators.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaCluster.StartAsync();
        await _cluster.CreateTopicAsync("t");
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Two_members_share_a_group_until_one_leaves()
    {
        using var first = new GroupTestMember(_cluster, "g");
        using var second = new GroupTestMember(_cluster, "g");
        await first.ConnectAsync();
        await second.ConnectAsync();
        await JoinBothAsync(first, second);

        Assert.Equal(first.Generation, second.Generation);
        var waiting = second.SyncAsync();
        Assert.Equal("one", await first.SyncAsync((first.Id, "one"), (second.Id, "two")));
        Assert.Equal("two", await waiting);
        Assert.Equal(ErrorCode.None, await first.HeartbeatAsync());

        var described = (await first.Client.AskAsync(new DescribeGroupsRequest { Groups = ["g", "other"] }, 5)).Groups;
        Assert.Equal(("Stable", "consumer", "range"), (described[0].GroupState, described[0].ProtocolType, described[0].ProtocolData));
        Assert.Equal(
            [("one", "test", "/127.0.0.1"), ("two", "test", "/127.0.0.1")],
            described[0].Members.Select(m => (Encoding.UTF8.GetString(m.MemberAssignment.Span), m.ClientId, m.ClientHost)).Order());

        Assert.Equal(ErrorCode.None, await second.LeaveAsync());
        Assert.Equal(ErrorCode.RebalanceInProgress, await first.HeartbeatAsync());
        var alone = await first.JoinAsync();
        Assert.Equal(first.Id, Assert.Single(alone.Members).MemberId);
        Assert.Equal("all", await first.SyncAsync((first.Id, "all")));
    }

    [Fact]
    public async Task Consumer_in_the_process_and_a_Kafka_client_share_a_topic()
    {
        await _cluster.CreateTopicAsync("both", partitions: 2);
        var client = _cluster.Cluster.CreateClient();
        await using var consumer = client.CreateConsumer<string, string>(o => (o.GroupId, o.HeartbeatIntervalMs) = ("mixed", 50));
        consumer.Subscribe("both");
        using var stop = new CancellationTokenSource(KafkaCluster.Patience);
        var reading = Assert.ThrowsAnyAsync<OperationCanceledException>(() => consumer.ConsumeAsync(stop.Token).AsTask());
        await KafkaCluster.EventuallyAsync(() => Task.FromResult(consumer.Assignment.Count == 2 ? true : (bool?)null));

        using var member = new GroupTestMember(_cluster, "mixed")
        {
            Metadata = ConsumerProtocol.Encode(new ConsumerSubscription(["both"], null, [], -1, null)),
        };
        await member.ConnectAsync();
        await member.JoinAsync();
        await member.SyncAsync();
        await using var admin = client.CreateAdminClient();
        var group = Assert.Single(await admin.DescribeConsumerGroupsAsync(["mixed"]));
        Assert.Equal(
            [("/127.0.0.1", 1), ("in-process", 1)], group.Members.Select(m => (m.Host, m.Assignment.Count)).Order());
        Assert.Equal(2, group.Members.SelectMany(m => m.Assignment).Distinct().Count());

        Assert.Equal(ErrorCode.None, await member.LeaveAsync());
        await KafkaCluster.EventuallyAsync(() => Task.FromResult(consumer.Assignment.Count == 2 ? true : (bool?)null));
        await stop.CancelAsync();
        await reading;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task Offsets_and_generation_survive_the_death_of_the_coordinator(short fetchVersion)
    {
        using var member = new GroupTestMember(_cluster, "g");
        await member.ConnectAsync();
        await member.JoinAsync();
        await member.SyncAsync((member.Id, "all"));
        Assert.Equal(ErrorCode.None, await member.CommitAsync("t", 41));
        Assert.Equal(ErrorCode.None, await member.CommitAsync("t", 42));
        var before = member.Coordinator;

        await _cluster.Cluster.KillBrokerAsync(new BrokerId(before));
        await member.ConnectAsync(not: before);

        Assert.NotEqual(before, member.Coordinator);
        var fetched = (await member.FetchAsync("t", fetchVersion)).Topics[0].Partitions[0];
        Assert.Equal((42L, "m"), (fetched.CommittedOffset, fetched.Metadata));
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        Assert.Equal("all", await member.SyncAsync());
        Assert.Equal(ErrorCode.None, await member.CommitAsync("t", 43));
        var all = await member.Client.AskAsync(
            new OffsetFetchRequest { Groups = [new() { GroupId = "g", Topics = null }] }, 9);
        Assert.Equal(43, all.Groups[0].Topics.Single().Partitions.Single().CommittedOffset);
    }

    [Fact]
    public async Task A_group_without_members_is_listed_and_deleted()
    {
        using var member = new GroupTestMember(_cluster, "g");
        await member.ConnectAsync();
        await member.JoinAsync();
        await member.SyncAsync((member.Id, "all"));
        Assert.Equal(ErrorCode.None, await member.CommitAsync("t", 1));
        Assert.Equal(ErrorCode.NonEmptyGroup, await DeleteAsync());
        Assert.Equal(ErrorCode.None, await member.LeaveAsync());

        var listed = (await member.Client.AskAsync(new ListGroupsRequest { StatesFilter = ["empty"] }, 5)).Groups;
        var group = Assert.Single(listed);
        Assert.Equal(("g", "consumer", "Empty", "classic"), (group.GroupId, group.ProtocolType, group.GroupState, group.GroupType));
        var forgotten = await member.Client.AskAsync(
            new OffsetDeleteRequest
            {
                GroupId = "g",
                Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 9 }] }],
            },
            0);
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownTopicOrPartition],
            forgotten.Topics[0].Partitions.Select(p => p.ErrorCode));
        Assert.Equal(-1, (await member.FetchAsync("t", 7)).Topics[0].Partitions[0].CommittedOffset);

        Assert.Equal(ErrorCode.None, await DeleteAsync());
        Assert.Equal(ErrorCode.GroupIdNotFound, await DeleteAsync());
        Assert.Empty((await member.Client.AskAsync(new ListGroupsRequest(), 5)).Groups);

        async Task<ErrorCode> DeleteAsync() =>
            (await member.Client.AskAsync(new DeleteGroupsRequest { GroupsNames = ["g"] }, 2)).Results[0].ErrorCode;
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_by_name()
    {
        using var member = new GroupTestMember(_cluster, "g");
        await member.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await member.CommitAsync("nowhere", 1));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await member.CommitAsync("t", 1, partition: 1));

        using var elsewhere = await _cluster.ConnectAsync(member.Coordinator % 3 + 1);
        var stray = await elsewhere.AskAsync(new HeartbeatRequest { GroupId = "g" }, 4);
        Assert.Equal(ErrorCode.NotCoordinator, stray.ErrorCode);

        var produced = await elsewhere.AskAsync(Requests.Produce("__consumer_offsets", Batches.Of("x")), 9);
        Assert.Equal(ErrorCode.InvalidTopicException, produced.Topics[0].Partitions[0].ErrorCode);

        var transactional = await elsewhere.AskAsync(new FindCoordinatorRequest { Key = "tx", KeyType = 1 }, 3);
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, transactional.ErrorCode);
    }

    [Fact]
    public async Task A_member_whose_connection_ends_while_it_waits_to_join_does_not_stop_the_others()
    {
        using var first = new GroupTestMember(_cluster, "g");
        using var gone = new GroupTestMember(_cluster, "g");
        await first.ConnectAsync();
        await first.JoinAsync();
        await first.SyncAsync((first.Id, "all"));
        await gone.ConnectAsync();
        await gone.SendJoinAsync();
        await KafkaCluster.EventuallyAsync(
            async () => await first.HeartbeatAsync() == ErrorCode.RebalanceInProgress ? true : (bool?)null);
        gone.Dispose();

        Assert.Equal(2, (await first.JoinAsync()).Members.Length);
        Assert.Equal("all", await first.SyncAsync((first.Id, "all")));
    }

    /// <summary>The first one leads: it is there already when the second one comes.</summary>
    private static async Task JoinBothAsync(GroupTestMember first, GroupTestMember second)
    {
        var alone = await first.JoinAsync();
        Assert.Equal(first.Id, alone.Leader);
        await first.SyncAsync((first.Id, "all"));
        var joining = await second.SendJoinAsync();
        await KafkaCluster.EventuallyAsync(
            async () => await first.HeartbeatAsync() == ErrorCode.RebalanceInProgress ? true : (bool?)null);
        var both = await first.JoinAsync();
        Assert.Equal((await second.JoinedAsync(joining)).Leader, both.Leader);
        Assert.Equal(first.Id, both.Leader);
        Assert.Equal(2, both.Members.Length);
    }
}
