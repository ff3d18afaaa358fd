using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Records;
using AkkaReplication.Replicas;
using AkkaReplication.Sessions;
using static AkkaReplication.Tests.Actors.BrokerUnderTest;

namespace AkkaReplication.Tests.Actors;

public sealed class ClientSessionActorTests : ActorTest, IAsyncLifetime
{
    private const int Budget = 10_000;

    private readonly BrokerUnderTest _broker;
    private readonly TestProbe _parent;
    private readonly TestProbe _client;
    private readonly TestProbe _controller;
    private readonly TestProbe _replica;
    private readonly IActorRef _session;
    private readonly ReplicaHandle _handle;

    public ClientSessionActorTests()
    {
        _broker = new BrokerUnderTest(Sys, new ReplicationSettings { QueuedMaxBytes = Budget });
        _parent = CreateTestProbe("parent");
        _client = CreateTestProbe("client");
        _controller = CreateTestProbe("controller");
        _replica = CreateTestProbe("replica");
        _handle = _broker.Leads(_replica.Ref, 0, "zero", "one");
        _session = Open(_broker);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public void A_produce_goes_to_the_replica_and_its_answer_to_the_client()
    {
        Send(1, Produce(acks: -1, partitions: 0));
        var handed = _replica.ExpectMsg<ReplicaProtocol.Produce>();
        Assert.Equal((_session, 1L, (short)-1), (handed.Session, handed.CallId, handed.Acks));
        Assert.NotEqual(0, _broker.Context.ProduceBudget.TakenBytes);

        Produced(1, ErrorCode.None, 7);

        Assert.Equal((ErrorCode.None, 7), Single(Reply<ProduceResponse>(1)));
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
    }

    [Fact]
    public void One_answer_goes_for_all_partitions_and_those_that_are_not_here_are_named_at_once()
    {
        var elsewhere = new TopicIdPartition(new TopicId(Guid.NewGuid()), 0);
        Send(1, new ProduceRequest(-1, 1000, [On(Partition()), On(elsewhere)]));
        _replica.ExpectMsg<ReplicaProtocol.Produce>();
        ExpectNothing(_client, _session);

        Produced(1, ErrorCode.None, 7);

        var results = Reply<ProduceResponse>(1).Results.ToDictionary(r => r.Partition, r => r.Error);
        Assert.Equal(ErrorCode.None, results[Partition()]);
        Assert.Equal(ErrorCode.UnknownTopicId, results[elsewhere]);
    }

    [Fact]
    public void An_answer_that_comes_twice_or_to_no_question_is_dropped()
    {
        Send(1, Produce(acks: -1, partitions: 0));
        _replica.ExpectMsg<ReplicaProtocol.Produce>();
        Produced(1, ErrorCode.None, 7);
        Produced(1, ErrorCode.None, 7);
        Produced(42, ErrorCode.None, 9);
        _session.Tell(new ReplicaProtocol.Taken(Partition(), 42), _replica.Ref);
        _session.Tell(
            new ReplicaProtocol.RecordsDeleted(Partition(), 42, new DeleteRecordsCompleted(default, ErrorCode.None, 0, null)), _replica.Ref);
        _session.Tell(new ReadReady(42), _replica.Ref);
        _session.Tell(new TopicsAnswer(42, ErrorCode.None, []), _controller.Ref);
        _session.Tell(new ElectLeadersAnswer(42, ErrorCode.None, []), _controller.Ref);
        _session.Tell(new IncrementalAlterConfigsAnswer(42, ErrorCode.None, []), _controller.Ref);
        _session.Tell(new ProducerIdGranted(42, ErrorCode.None, 5), _parent.Ref);

        Reply<ProduceResponse>(1);
        ExpectNothing(_client, _session);
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
    }

    [Fact]
    public void Who_waits_for_a_replica_whose_actor_ends_is_told_so_and_the_memory_is_free()
    {
        var doomed = Sys.ActorOf(Props.Create(() => new Deaf()));
        _handle.Replica = doomed;
        Send(1, Produce(acks: -1, partitions: 0));
        Send(2, Produce(acks: 0, partitions: 0));
        Send(3, new DeleteRecordsRequest(60_000, [new PartitionDeletion(Partition(), LeaderEpoch.None, 1)]));
        Settle(_session);
        Assert.NotEqual(0, _broker.Context.ProduceBudget.TakenBytes);

        Sys.Stop(doomed);

        Assert.Equal((ErrorCode.UnknownTopicId, -1), Single(Reply<ProduceResponse>(1)));
        Assert.Equal(ErrorCode.UnknownTopicId, Assert.Single(Reply<DeleteRecordsResponse>(3).Results).Error);
        Settle(_session);
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
    }

    [Fact]
    public void A_replica_that_is_known_to_have_died_takes_nothing()
    {
        _handle.Break();

        Send(1, Produce(acks: 1, partitions: 0));
        Assert.Equal((ErrorCode.KafkaStorageError, -1), Single(Reply<ProduceResponse>(1)));
        Send(2, new DeleteRecordsRequest(60_000, [new PartitionDeletion(Partition(), LeaderEpoch.None, 1)]));
        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single(Reply<DeleteRecordsResponse>(2).Results).Error);
        Send(3, Fetch(0));
        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single(Reply<FetchResponse>(3).Results).Error);
    }

    [Fact]
    public void Memory_is_taken_in_order_and_what_finds_none_waits_until_there_is_some()
    {
        Send(1, Produce(acks: -1, partitions: 0, bytes: 6_000));
        Send(2, Produce(acks: -1, partitions: 0, bytes: 6_000));
        Send(3, Produce(acks: -1, partitions: 0, bytes: 100));
        Assert.Equal(1, _replica.ExpectMsg<ReplicaProtocol.Produce>().CallId);
        ExpectNothing(_replica, _session);

        Produced(1, ErrorCode.None, 0);

        Assert.Equal(2, _replica.ExpectMsg<ReplicaProtocol.Produce>().CallId);
        Assert.Equal(3, _replica.ExpectMsg<ReplicaProtocol.Produce>().CallId);
    }

    [Fact]
    public void What_needs_no_acknowledgement_counts_until_the_replica_has_taken_it()
    {
        for (var call = 1; call <= 5; call++)
            Send(call, Produce(acks: 0, partitions: 0, bytes: 6_000));
        Settle(_session);
        Assert.Equal(1, Assert.IsType<ReplicaProtocol.Produce>(Assert.Single(Queued(_replica))).CallId);

        for (var call = 1; call <= 5; call++)
        {
            _session.Tell(new ReplicaProtocol.Taken(Partition(), call), _replica.Ref);
            if (call < 5)
                Assert.Equal(call + 1, _replica.ExpectMsg<ReplicaProtocol.Produce>().CallId);
        }

        ExpectNothing(_client, _session);
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
    }

    [Fact]
    public void A_client_that_floods_the_session_loses_it_and_nothing_of_the_budget_is_lost()
    {
        _client.Watch(_session);
        for (var call = 0; call < ClientSessionActor.MostUnpaid + 10; call++)
            Send(call, Produce(acks: -1, partitions: 0, bytes: 6_000));

        _client.ExpectTerminated(_session, Patience);
        Eventually(() => _broker.Context.ProduceBudget.TakenBytes == 0, "the budget is whole");
    }

    [Fact]
    public void Calls_without_an_answer_are_counted_whatever_they_are()
    {
        _client.Watch(_session);
        for (var call = 0; call < ClientSessionActor.MostUnanswered; call++)
            Send(call, new InitProducerIdRequest());
        Settle(_session);
        Assert.False(_client.HasMessages);

        Send(ClientSessionActor.MostUnanswered, new InitProducerIdRequest());

        _client.ExpectTerminated(_session, Patience);
    }

    [Theory]
    [InlineData("produce")]
    [InlineData("fetch")]
    [InlineData("delete")]
    [InlineData("topics")]
    public void A_number_that_is_used_twice_ends_the_session_and_nothing_of_the_budget_is_lost(string what)
    {
        ClientRequest request = what switch
        {
            "produce" => Produce(acks: -1, partitions: 0),
            "fetch" => Fetch(2, maxWaitMs: 60_000),
            "delete" => new DeleteRecordsRequest(60_000, [new PartitionDeletion(Partition(), LeaderEpoch.None, 1)]),
            _ => new DeleteTopicsRequest(["t"], 60_000),
        };
        _client.Watch(_session);
        Send(1, request);
        Settle(_session);
        Send(1, request);

        _client.ExpectTerminated(_session, Patience);
        Eventually(() => _broker.Context.ProduceBudget.TakenBytes == 0, "the budget is whole");
    }

    [Fact]
    public void Memory_that_was_granted_while_the_session_was_ending_is_given_back()
    {
        Assert.True(_broker.Context.ProduceBudget.TryTake(Budget, TestActor));
        using var inTurn = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _client.SetAutoPilot(new DelegateAutoPilot((_, message) =>
        {
            inTurn.Set();
            Assert.True(goOn.Wait(Patience));
            return AutoPilot.NoAutoPilot;
        }));
        _parent.Watch(_session);
        Send(1, Produce(acks: -1, partitions: 0));
        Send(2, new MetadataRequest(null));
        Assert.True(inTurn.Wait(Patience));

        // The session is in its turn: the end comes before the grant.
        _session.Tell(PoisonPill.Instance, TestActor);
        _broker.Context.ProduceBudget.Give(Budget);
        goOn.Set();

        _parent.ExpectTerminated(_session, Patience);
        Eventually(() => _broker.Context.ProduceBudget.TakenBytes == 0, "the budget is whole");
        Assert.False(_replica.HasMessages);
    }

    [Fact]
    public void A_fetch_reads_what_is_committed_and_one_at_the_end_waits_for_more()
    {
        Send(1, Fetch(0));
        var found = Assert.Single(Reply<FetchResponse>(1).Results);
        Assert.Equal(["zero", "one"], Values(found.Records));
        Assert.Equal(0, _broker.Context.ConsumerFetchBudget.TakenBytes);

        Send(2, Fetch(2, maxWaitMs: 60_000));
        ExpectNothing(_client, _session);

        _handle.Publish(_broker.View(_broker.Log(0, "two")));
        Assert.Equal(["two"], Values(Assert.Single(Reply<FetchResponse>(2).Results).Records));
    }

    [Fact]
    public void A_fetch_that_finds_nothing_is_answered_when_its_time_is_up()
    {
        Send(1, Fetch(2, maxWaitMs: 500));
        Advance(499, _session);
        Assert.False(_client.HasMessages);

        Advance(1, _session);

        Assert.True(Assert.Single(Reply<FetchResponse>(1).Results).Records.IsEmpty);
    }

    [Fact]
    public void A_parked_fetch_is_answered_when_leadership_moves()
    {
        Send(1, Fetch(2, maxWaitMs: 60_000));
        ExpectNothing(_client, _session);

        _handle.Publish(_broker.View(_broker.Log(), role: ReplicaRole.Follower, epoch: 2));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, Assert.Single(Reply<FetchResponse>(1).Results).Error);
    }

    [Fact]
    public async Task Reads_that_never_come_back_keep_one_reads_memory_and_no_client_waiting()
    {
        await using var silent = new BrokerUnderTest(Sys, new ReplicationSettings { QueuedMaxBytes = Budget }, readers: TestActor);
        silent.Leads(_replica.Ref, 0, "zero");
        var session = Open(silent);
        for (var call = 1; call <= 50; call++)
            session.Tell(new ClientCall(call, Fetch(0, maxBytes: 1_000)), _client.Ref);
        Settle(session);

        var work = ExpectMsg<ConsumerReads>();
        Assert.False(HasMessages);
        Assert.Equal(1_000, silent.Context.ConsumerFetchBudget.TakenBytes);

        Advance(1_000, session);
        for (var call = 1; call <= 50; call++)
            Assert.True(Assert.Single(_client.ExpectMsg<ClientReply>(r => r.Response is FetchResponse).Fetched().Results).Records.IsEmpty);

        // The read comes back after all: its memory is free, its records are nobody's.
        session.Tell(work.Run(), TestActor);
        ExpectNothing(_client, session);
        Assert.Equal(0, silent.Context.ConsumerFetchBudget.TakenBytes);
    }

    [Fact]
    public void What_was_read_counts_until_the_client_says_that_it_has_been_written_or_goes()
    {
        var session = Open(_broker, reportsWritten: true);
        for (var call = 1; call <= 2; call++)
        {
            session.Tell(new ClientCall(call, Fetch(0, maxBytes: 1_000)), _client.Ref);
            _client.FishForMessage<ClientReply>(reply => reply.CorrelationId == call, Patience);
        }

        Settle(session);
        Assert.Equal(2_000, _broker.Context.ConsumerFetchBudget.TakenBytes);
        session.Tell(new ReplyWritten(1), _client.Ref);
        session.Tell(new ReplyWritten(1), _client.Ref);
        Settle(session);
        Assert.Equal(1_000, _broker.Context.ConsumerFetchBudget.TakenBytes);

        session.Tell(PoisonPill.Instance, TestActor);
        Eventually(() => _broker.Context.ConsumerFetchBudget.TakenBytes == 0, "the budget is whole");
    }

    [Fact]
    public async Task A_search_by_time_that_never_comes_back_is_answered_as_timed_out()
    {
        await using var silent = new BrokerUnderTest(Sys, readers: TestActor);
        silent.Leads(_replica.Ref, 0, "zero");
        var session = Open(silent);
        session.Tell(new ClientCall(1, new ListOffsetsRequest(IsolationLevel.ReadUncommitted, [Offset(1000)])), _client.Ref);
        Settle(session);
        var work = ExpectMsg<OffsetSearch>();

        Advance(1_000, session);

        Assert.Equal(ErrorCode.RequestTimedOut, Assert.Single(Reply<ListOffsetsResponse>(1).Results).Error);
        session.Tell(work.Run(), TestActor);
        ExpectNothing(_client, session);
    }

    [Fact]
    public void Offsets_are_found_at_once_or_by_a_search_and_a_disk_that_fails_is_told_to_the_replica()
    {
        Send(1, new ListOffsetsRequest(IsolationLevel.ReadUncommitted, [Offset(-1), Offset(-2), Offset(1000)]));
        Assert.Equal([2, 0, 0], Reply<ListOffsetsResponse>(1).Results.Select(r => r.Offset));

        _broker.Files.Fail(_broker.LogPath);
        Send(2, new ListOffsetsRequest(IsolationLevel.ReadUncommitted, [Offset(1000)]));
        if (Assert.Single(Reply<ListOffsetsResponse>(2).Results).Error == ErrorCode.KafkaStorageError)
            _replica.ExpectMsg<ReplicaProtocol.ReadFailed>();
    }

    [Fact]
    public async Task A_read_that_fails_is_told_to_the_replica_and_to_the_client()
    {
        await using var silent = new BrokerUnderTest(Sys, readers: TestActor);
        silent.Leads(_replica.Ref, 0, "zero");
        var session = Open(silent);
        session.Tell(new ClientCall(1, Fetch(0)), _client.Ref);
        var work = ExpectMsg<ConsumerReads>();

        session.Tell(
            new ConsumerReadsDone(
                work, [work.Positions[0].Failed(ErrorCode.KafkaStorageError)], [(Partition(), "bad sector")]), TestActor);

        _replica.ExpectMsg<ReplicaProtocol.ReadFailed>(f => Assert.Equal("bad sector", f.Reason));
        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single(Reply<FetchResponse>(1).Results).Error);
    }

    [Fact]
    public void What_the_broker_knows_is_answered_from_what_it_knows()
    {
        Send(1, new MetadataRequest(null));
        Assert.Empty(Reply<MetadataResponse>(1).Topics);
        Send(2, new DescribeConfigsRequest([new ConfigResource(ConfigResourceType.Topic, "t")]));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(Reply<DescribeConfigsResponse>(2).Results).Error);
        Send(3, new DescribeLogDirsRequest(null));
        Assert.Equal(_broker.LogPath, Assert.Single(Reply<DescribeLogDirsResponse>(3).Directories).Path);
    }

    [Fact]
    public void A_producer_id_comes_from_the_broker()
    {
        Send(1, new InitProducerIdRequest());
        Assert.Equal(1, _parent.ExpectMsg<ProducerIdWanted>().CallId);
        _session.Tell(new ProducerIdGranted(1, ErrorCode.None, 77), _parent.Ref);
        _session.Tell(new ProducerIdGranted(1, ErrorCode.None, 78), _parent.Ref);

        Assert.Equal(77, Reply<InitProducerIdResponse>(1).ProducerId);
        ExpectNothing(_client, _session);
    }

    [Fact]
    public void Topic_commands_go_to_the_controller_and_what_it_never_answers_is_told_as_timed_out()
    {
        var requests = new ClientRequest[]
        {
            new CreateTopicsRequest([], false, 1_000),
            new DeleteTopicsRequest(["t"], 1_000),
            new CreatePartitionsRequest([], false, 1_000),
            new IncrementalAlterConfigsRequest([], false, 1_000),
            new ElectLeadersRequest(ElectionType.Preferred, null, 1_000),
        };
        for (var call = 0; call < requests.Length; call++)
            Send(call, requests[call]);
        Settle(_session);
        Assert.Equal(
            ["CreateTopics", "DeleteTopics", "CreatePartitions", "IncrementalAlterConfigs", "ElectLeaders"],
            Queued(_controller).Select(m => m.GetType().Name));

        Advance(1_000, _session);

        var replies = Enumerable.Range(0, requests.Length).Select(_ => _client.ExpectMsg<ClientReply>()).ToArray();
        Assert.All(replies, r => Assert.Equal(ErrorCode.RequestTimedOut, ErrorOf(r.Response)));
        Assert.Equal(requests.Length, replies.DistinctBy(r => r.CorrelationId).Count());
    }

    [Fact]
    public void A_controllers_answer_goes_to_the_call_it_is_for_and_after_the_time_is_up_nowhere()
    {
        Send(10, new DeleteTopicsRequest(["a"], 1_000));
        Send(20, new DeleteTopicsRequest(["b"], 5_000));
        var first = _controller.ExpectMsg<DeleteTopics>();
        var second = _controller.ExpectMsg<DeleteTopics>();
        Advance(1_000, _session);
        Assert.Equal(ErrorCode.RequestTimedOut, Reply<DeleteTopicsResponse>(10).Error);

        _session.Tell(new TopicsAnswer(first.RequestId, ErrorCode.None, []), _controller.Ref);
        _session.Tell(new TopicsAnswer(second.RequestId, ErrorCode.NotController, []), _controller.Ref);

        Assert.Equal(ErrorCode.NotController, Reply<DeleteTopicsResponse>(20).Error);
        ExpectNothing(_client, _session);
    }

    [Fact]
    public void Unknown_messages_and_unknown_calls_are_left_unhandled()
    {
        ExpectUnhandled(_session);
        var unhandled = Unhandled();
        Send(1, new UnknownRequest());
        unhandled.FishForMessage<Akka.Event.UnhandledMessage>(u => u.Message is ClientCall, Patience);

        // Its number is free: it was never taken.
        Send(1, new MetadataRequest(null));
        Reply<MetadataResponse>(1);
    }

    [Fact]
    public void Acks_that_do_not_exist_are_refused_without_memory_being_taken()
    {
        Send(1, Produce(acks: 2, partitions: 0));
        Assert.Equal((ErrorCode.InvalidRequiredAcks, -1), Single(Reply<ProduceResponse>(1)));
        Assert.False(_replica.HasMessages);
    }

    [Fact]
    public void A_batch_without_acknowledgement_for_a_partition_that_is_not_here_ends_the_session()
    {
        _client.Watch(_session);
        Send(1, new ProduceRequest(0, 1000, [On(new TopicIdPartition(new TopicId(Guid.NewGuid()), 0))]));
        _client.ExpectTerminated(_session, Patience);
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
    }

    [Fact]
    public void A_replica_that_drops_what_needs_no_acknowledgement_ends_the_session()
    {
        _client.Watch(_session);
        _session.Tell(ReplicaProtocol.Close.Instance, _replica.Ref);
        _client.ExpectTerminated(_session, Patience);
    }

    [Fact]
    public void It_ends_with_its_client_and_leaves_nothing_behind()
    {
        var letters = CreateTestProbe();
        _parent.Watch(_session);
        Send(1, Produce(acks: -1, partitions: 0));
        Send(2, Fetch(2, maxWaitMs: 60_000));
        Send(3, new DeleteTopicsRequest(["t"], 60_000));
        Settle(_session);

        Sys.Stop(_client.Ref);

        _parent.ExpectTerminated(_session, Patience);
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
        Assert.Equal(0, _broker.Context.ConsumerFetchBudget.TakenBytes);
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        _handle.Publish(_broker.View(_broker.Log(0, "two")));
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(letters.HasMessages);
    }

    [Fact]
    public void A_turn_that_breaks_ends_the_session_and_the_client_is_told()
    {
        _client.Watch(_session);
        Send(1, Produce(acks: -1, partitions: 0));
        Settle(_session);
        Send(2, new ProduceRequest(-1, 1000, default));

        _client.ExpectTerminated(_session, Patience);
        Assert.Equal(0, _broker.Context.ProduceBudget.TakenBytes);
    }

    private static (ErrorCode, long) Single(ProduceResponse response)
    {
        var result = Assert.Single(response.Results);
        return (result.Error, result.BaseOffset);
    }

    private static ErrorCode ErrorOf(ClientResponse response) => response switch
    {
        CreateTopicsResponse r => r.Error,
        DeleteTopicsResponse r => r.Error,
        CreatePartitionsResponse r => r.Error,
        IncrementalAlterConfigsResponse r => r.Error,
        ElectLeadersResponse r => r.Error,
        _ => throw new InvalidOperationException($"{response} was not asked for."),
    };

    private static PartitionBatch On(TopicIdPartition partition, int bytes = 0) =>
        new(partition, LeaderEpoch.None, Batch(new string('x', bytes)));

    private static ProduceRequest Produce(short acks, int partitions, int bytes = 0) =>
        new(acks, 1000, [On(Partition(partitions), bytes)]);

    private static FetchRequest Fetch(long offset, int maxWaitMs = 0, int maxBytes = 1 << 20) => new(
        maxWaitMs,
        1,
        maxBytes,
        IsolationLevel.ReadUncommitted,
        [new FetchPosition(Partition(), LeaderEpoch.None, offset, LeaderEpoch.None, maxBytes)]);

    private static OffsetQuery Offset(long timestampMs) => new(Partition(), LeaderEpoch.None, timestampMs);

    private static string[] Values(ReadOnlyMemory<byte> records)
    {
        var values = new List<string>();
        for (var left = records; !left.IsEmpty;)
        {
            Assert.True(BatchHeader.TryRead(left.Span, out var header));
            var reader = new RecordBatchReader(left[..header.SizeInBytes]);
            while (reader.MoveNext())
                values.Add(System.Text.Encoding.UTF8.GetString(reader.Value.Span));
            left = left[header.SizeInBytes..];
        }

        return [.. values];
    }

    private IActorRef Open(BrokerUnderTest broker, bool reportsWritten = false) => Parent.Of(
        this, ClientSessionActor.Props(broker.Context, _client.Ref, _controller.Ref, reportsWritten: reportsWritten), _parent.Ref);

    private void Send(long call, ClientRequest request) => _session.Tell(new ClientCall(call, request), _client.Ref);

    private void Produced(long call, ErrorCode error, long baseOffset) => _session.Tell(
        new ReplicaProtocol.Produced(Partition(), call, new ProduceCompleted(default, error, baseOffset, -1, 0, null)), _replica.Ref);

    private T Reply<T>(long call)
        where T : ClientResponse
    {
        var reply = _client.ExpectMsg<ClientReply>();
        Assert.Equal(call, reply.CorrelationId);
        return Assert.IsType<T>(reply.Response);
    }

    /// <summary>A replica whose disk does not answer.</summary>
    private sealed class Deaf : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private sealed record UnknownRequest : ClientRequest;
}

internal static class Replies
{
    public static FetchResponse Fetched(this ClientReply reply) => Assert.IsType<FetchResponse>(reply.Response);
}
