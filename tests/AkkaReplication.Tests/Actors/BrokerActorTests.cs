using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Listeners;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using AkkaReplication.Sessions;
using AkkaReplication.Storage;
using AkkaReplication.Tests.Disks;

namespace AkkaReplication.Tests.Actors;

public sealed class BrokerActorTests : ActorTest, IAsyncLifetime
{
    private const string Cluster = "alone";
    private const string ClusterId = "alone-id";
    private static readonly BrokerId One = new(1);
    private static readonly TopicId Topic = new(new Guid(3, 0, 0, new byte[8]));
    private static readonly TopicIdPartition Partition = new(Topic, 0);

    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-actors-").FullName;
    private readonly FaultyFileSystem _files = new();
    private readonly TestProbe _parent;
    private readonly FakeController _controller;
    private BrokerLife? _life;
    private FakeListener? _listener;
    private IActorRef _broker = ActorRefs.Nobody;

    public BrokerActorTests()
    {
        _parent = CreateTestProbe("parent");
        _controller = new FakeController(CreateTestProbe("controller"), ClusterId);
        ReplicationDispatchers.Define(Sys, Cluster, [(One, 1)]);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        Sys.Stop(_broker);
        _listener?.Released.TrySetResult();
        if (_life is { } life)
            await life.Released.WaitAsync(Patience);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void It_registers_follows_metadata_and_says_that_it_serves()
    {
        Begin();
        var running = Serve();

        Assert.Equal(_controller.BrokerEpoch, running.Epoch);
        Assert.True(Context.Image.Offset >= _controller.BrokerEpoch.Value);
        Assert.True(Context.LeaseEndMs >= Time.NowMs + 9_000);
    }

    [Fact]
    public void A_registration_that_is_lost_is_repeated_and_given_up_when_nobody_hears()
    {
        _controller.Lose<RegisterBroker>();
        Begin();
        Heard<RegisterBroker>();
        var again = AdvanceUntil<RegisterBroker>(_controller.Probe, 250, 20, _broker);
        Assert.Equal(_life!.IncarnationId, again.IncarnationId);

        var ending = AdvanceUntil<BrokerProtocol.Ending>(_parent, 2_000, 60, _broker);

        Assert.True(ending.MayRestart);
        ExpectGone();
    }

    [Fact]
    public void Whatever_the_controller_does_not_answer_is_asked_again()
    {
        Begin();
        Serve();
        _controller.Lose<BrokerHeartbeat>();
        _controller.Lose<FetchMetadata>();
        _controller.Lose<AllocateProducerIds>();
        _controller.Lose<AlterPartitions>();
        WantIsr();
        Heard<AlterPartitions>();

        // Twice each: the first may have been under way before it was lost.
        Again<BrokerHeartbeat>();
        Again<BrokerHeartbeat>();
        Again<FetchMetadata>();
        Again<FetchMetadata>();
        var proposal = Again<AlterPartitions>();
        Assert.Equal(Partition, Assert.Single(proposal.Proposals).Partition);

        _controller.Hear<BrokerHeartbeat>();
        _controller.Hear<FetchMetadata>();
        _controller.Hear<AlterPartitions>();
        _controller.CreateTopic(_broker, Topic, One);
        Eventually(() => Context.Image.TryGetPartition(Partition) is not null || Advanced(500), "metadata is followed again");
    }

    [Fact]
    public void A_new_controller_is_asked_at_once()
    {
        Begin();
        Serve();
        _controller.Lose<BrokerHeartbeat>();
        _controller.Lose<FetchMetadata>();
        Advance(20_000, _broker);
        Queued(_controller.Probe);

        _broker.Tell(new ControllerChanged(new ControllerEpoch(2)), _controller.Probe.Ref);

        Heard<BrokerHeartbeat>();
        Heard<FetchMetadata>();
    }

    [Fact]
    public void Answers_that_come_late_twice_or_unasked_change_nothing()
    {
        Begin();
        Serve();
        var heartbeat = new BrokerHeartbeat(One, _controller.BrokerEpoch, Time.NowMs - 500, 0, false, false, []);
        var image = Context.Image;
        object[] strays =
        [
            new RegisterBrokerAnswer(Guid.NewGuid(), ErrorCode.InvalidRegistration, "another life", new BrokerEpoch(99), new ControllerEpoch(1)),
            _controller.HeartbeatAnswer(heartbeat),
            _controller.HeartbeatAnswer(heartbeat with { BrokerEpoch = new BrokerEpoch(0) }, error: ErrorCode.StaleBrokerEpoch),
            new FetchMetadataAnswer(ClusterId, new ControllerEpoch(0), ErrorCode.None, Diverging: true, 5, []),
            new AlterPartitionsAnswer(77, ErrorCode.None, []),
            new AllocateProducerIdsAnswer(77, ErrorCode.None, 5, 5),
            new MetadataAdvanced(new ControllerEpoch(0), 99),
            new ReplicaProtocol.Opened[] { ReplicaProtocol.Opened.Instance }[0],
        ];
        foreach (var stray in strays)
        {
            _broker.Tell(stray, _controller.Probe.Ref);
            _broker.Tell(stray, _controller.Probe.Ref);
        }

        Settle(_broker);
        Assert.Same(image, Context.Image);
        Assert.False(_parent.HasMessages);
        ExpectUnhandled(_broker);
    }

    [Fact]
    public void Sessions_are_refused_until_it_serves_and_end_with_it()
    {
        var client = CreateTestProbe();
        _controller.Lose<RegisterBroker>();
        Begin();
        client.Send(_broker, new OpenClientSession("early"));
        client.ExpectMsg<ClientSessionRefused>();
        _controller.Hear<RegisterBroker>();
        Serve();
        client.Send(_broker, new OpenClientSession("test"));
        var session = client.ExpectMsg<ClientSessionOpened>().Session;
        client.Watch(session);

        Sys.Stop(_broker);

        client.ExpectTerminated(session, Patience);
    }

    [Fact]
    public void A_session_whose_client_ended_is_gone_and_a_broken_one_harms_nobody()
    {
        Begin();
        Serve();
        var (client, other) = (CreateTestProbe(), CreateTestProbe());
        client.Send(_broker, new OpenClientSession("a"));
        other.Send(_broker, new OpenClientSession("b"));
        var broken = client.ExpectMsg<ClientSessionOpened>().Session;
        var orphan = other.ExpectMsg<ClientSessionOpened>().Session;
        client.Watch(broken);
        client.Watch(orphan);

        client.Send(broken, new ClientCall(1, new ProduceRequest(-1, 1000, default)));
        client.ExpectTerminated(broken, Patience);
        Sys.Stop(other.Ref);
        client.ExpectTerminated(orphan, Patience);

        Settle(_broker);
        Assert.False(_parent.HasMessages);
    }

    [Fact]
    public void Producer_ids_come_from_blocks_and_who_waits_for_a_block_is_served_when_it_comes()
    {
        _controller.Lose<AllocateProducerIds>();
        Begin();
        Serve();
        var session = CreateTestProbe();
        session.Send(_broker, new ProducerIdWanted(1));
        session.Send(_broker, new ProducerIdWanted(2));
        ExpectNothing(session, _broker);
        _controller.Hear<AllocateProducerIds>();

        var first = AdvanceUntil<ProducerIdGranted>(session, 500, 20, _broker);
        var second = session.ExpectMsg<ProducerIdGranted>();

        Assert.Equal((1L, 2L), (first.CallId, second.CallId));
        Assert.NotEqual(first.ProducerId, second.ProducerId);
    }

    [Fact]
    public void Who_waits_for_producer_ids_is_counted_and_the_rest_is_told_to_ask_later()
    {
        _controller.Lose<AllocateProducerIds>();
        Begin();
        Serve();
        var session = CreateTestProbe();
        for (var call = 0; call <= BrokerActor.MostWaitingForIds; call++)
            session.Send(_broker, new ProducerIdWanted(call));

        session.ExpectMsg<ProducerIdGranted>(g => Assert.Equal((BrokerActor.MostWaitingForIds, ErrorCode.BrokerNotAvailable), (g.CallId, g.Error)));
        ExpectNothing(session, _broker);
    }

    [Fact]
    public void Partitions_that_metadata_gives_it_get_a_replica_and_those_of_a_deleted_topic_lose_it()
    {
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One, partitions: 20);
        Eventually(() => Context.Replicas.All.Count(r => r.View?.Role == ReplicaRole.Leader) == 20, "every partition is led");
        var replica = Replica.Replica;
        Watch(replica);

        _controller.Commit(_broker, new RemoveTopicRecord(Topic));

        ExpectTerminated(replica, Patience);
        Eventually(() => Context.Replicas.All.Count == 0 && Context.Storage.LogsOf(Topic).Count == 0, "its logs are gone");
    }

    [Fact]
    public void A_replica_that_fails_is_reported_and_serves_again_only_in_a_later_epoch_by_another_actor()
    {
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One);
        Eventually(() => Replica.View?.Role == ReplicaRole.Leader, "the partition is led");
        var failed = Replica.Replica;
        Watch(failed);
        failed.Tell(new ReplicaProtocol.ReadFailed("bad sector"), TestActor);
        ReportedOffline(Partition);

        // The same epoch again: it stays offline.
        _controller.Commit(_broker, new PartitionChangeRecord(Topic, 0, MinIsr: 1));
        Eventually(() => Context.Image.Offset == _controller.Image.Offset, "metadata is applied");
        Settle(_broker, failed);
        Assert.Equal(ReplicaRole.Offline, Replica.View!.Role);

        _controller.Commit(_broker, new PartitionChangeRecord(Topic, 0, Leader: One));

        ExpectTerminated(failed, Patience);
        Eventually(() => Replica.View?.Role == ReplicaRole.Leader, "the partition is led again");
        Assert.NotEqual(failed, Replica.Replica);
        ReportedOffline();
    }

    [Fact]
    public void A_replica_whose_actor_ends_is_replaced_in_a_later_epoch_and_after_the_third_time_no_more()
    {
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One);
        for (var life = 1; life <= 3; life++)
        {
            Eventually(() => Replica.View?.Role == ReplicaRole.Leader, $"the partition is led by actor {life}");
            var replica = Replica.Replica;
            Watch(replica);
            Sys.Stop(replica);
            ExpectTerminated(replica, Patience);
            ReportedOffline(Partition);
            Assert.True(Replica.IsBroken);
            Assert.Equal(ReplicaRole.Offline, Replica.View!.Role);
            _controller.Commit(_broker, new PartitionChangeRecord(Topic, 0, Leader: One));
            Eventually(() => Context.Image.Offset == _controller.Image.Offset, "metadata is applied");
        }

        Settle(_broker);
        Assert.True(Replica.IsBroken);
        Assert.False(_parent.HasMessages);
    }

    [Theory]
    [InlineData("peer-2")]
    [InlineData("log-dir-0-reader")]
    [InlineData("log-dir-0-recent-reader")]
    public void An_actor_that_only_it_could_replace_ends_its_life_and_the_next_may_begin(string child)
    {
        Begin();
        Serve();
        _controller.Commit(_broker, new RegisterBrokerRecord(new BrokerId(2), Guid.NewGuid(), new BrokerEpoch(_controller.Image.Offset + 1), null, []));
        Eventually(() => Context.Links.Count == 1, "there is a link");

        Sys.ActorSelection($"{_broker.Path}/{child}").Tell(PoisonPill.Instance);

        var ending = _parent.ExpectMsg<BrokerProtocol.Ending>();
        Assert.True(ending is { MayRestart: true, Clean: false });
        Assert.Contains(child, ending.Reason);
        ExpectGone();
    }

    [Fact]
    public void A_disk_that_cannot_be_read_ends_it_before_it_registers_and_no_life_follows()
    {
        _files.Fail(_directory);
        Begin();

        var ending = _parent.ExpectMsg<BrokerProtocol.Ending>();

        Assert.False(ending.MayRestart);
        Assert.IsType<ReplicationException>(ending.Cause);
        Assert.False(_controller.Probe.HasMessages);
        ExpectGone();
    }

    [Fact]
    public void A_later_life_of_the_same_broker_ends_it()
    {
        Begin();
        Serve();
        var heartbeat = Again<BrokerHeartbeat>();

        _broker.Tell(_controller.HeartbeatAnswer(heartbeat, error: ErrorCode.StaleBrokerEpoch), _controller.Probe.Ref);

        Assert.True(_parent.ExpectMsg<BrokerProtocol.Ending>().MayRestart);
        ExpectGone();
    }

    [Fact]
    public void A_controller_of_another_history_ends_it_for_good_and_its_files_stay()
    {
        Begin();
        Serve();

        _broker.Tell(
            new FetchMetadataAnswer(ClusterId, new ControllerEpoch(9), ErrorCode.None, Diverging: true, 5, []), _controller.Probe.Ref);

        Assert.False(_parent.ExpectMsg<BrokerProtocol.Ending>().MayRestart);
        ExpectGone();
        Assert.NotEmpty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void It_stops_in_order_when_the_controller_lets_it_go()
    {
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One);
        Eventually(() => Replica.View?.Role == ReplicaRole.Leader, "the partition is led");
        Queued(_controller.Probe);

        _broker.Tell(BrokerProtocol.ShutDown.Instance, TestActor);
        _controller.Probe.FishForMessage<BrokerHeartbeat>(h => h.WantShutDown, Patience);
        Settle(_broker);
        Assert.False(_parent.HasMessages);
        _controller.LetsGo = true;

        var ending = AdvanceUntil<BrokerProtocol.Ending>(_parent, 50, 10, _broker);
        Assert.True(ending is { Clean: true, MayRestart: false });
        ExpectGone();
        Assert.Equal(Logs.PreviousLife.Clean, Reopened().PreviousLife);
    }

    [Fact]
    public void It_registers_where_its_listener_is_bound()
    {
        Listening(CreateTestProbe());
        Begin();

        Assert.Equal(
            new BrokerEndpoint("PLAINTEXT", "localhost", 9092), Assert.Single(Heard<RegisterBroker>().Endpoints));
    }

    [Fact]
    public void A_listener_that_cannot_bind_ends_the_life_with_its_reason_before_it_registers()
    {
        Listening(CreateTestProbe()).FirstWord = new ListenerProtocol.BindFailed(new IOException("port 9092 is in use"));
        Begin();

        var ending = _parent.ExpectMsg<BrokerProtocol.Ending>(Patience);

        Assert.Equal("BROKER_NOT_AVAILABLE: port 9092 is in use", ending.Cause!.Message);
        Assert.False(ending.MayRestart);
        Assert.DoesNotContain(Queued(_controller.Probe), m => m is RegisterBroker);
    }

    [Fact]
    public void Clients_are_let_go_before_the_logs_are_closed()
    {
        var clients = CreateTestProbe();
        Listening(clients).Released.SetResult();
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One);
        Eventually(() => Replica.View?.Role == ReplicaRole.Leader, "the partition is led");
        _controller.LetsGo = true;
        _broker.Tell(BrokerProtocol.ShutDown.Instance, TestActor);

        clients.FishForMessage<ListenerProtocol.Drain>(_ => true, Patience);
        Settle(_broker);
        Assert.False(Replica.IsBroken);
        Assert.False(_parent.HasMessages);
        clients.Reply(ListenerProtocol.Drained.Instance);

        Assert.True(AdvanceUntil<BrokerProtocol.Ending>(_parent, 50, 10, _broker).Clean);
        ExpectGone();
    }

    [Fact]
    public void A_listener_that_ends_takes_the_life_with_it_and_the_next_one_waits_for_its_ports()
    {
        var listener = Listening(CreateTestProbe());
        Begin();
        Serve();

        Sys.ActorSelection(_broker.Path / ReplicationPaths.ListenerName).Tell(PoisonPill.Instance);

        Assert.True(_parent.FishForMessage<BrokerProtocol.Ending>(_ => true, Patience).MayRestart);
        Eventually(FilesAreFree, "its files are free");
        Assert.False(_life!.Released.IsCompleted);
        listener.Released.SetResult();
        ExpectGone();
    }

    [Fact]
    public async Task A_replica_that_has_crashed_does_not_hold_up_the_stop()
    {
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One);
        Eventually(() => Replica.View?.Role == ReplicaRole.Leader, "the partition is led");
        Sys.Stop(Replica.Replica);
        Eventually(() => Replica.IsBroken, "the broker knows");
        _controller.LetsGo = true;
        _broker.Tell(BrokerProtocol.ShutDown.Instance, TestActor);

        // Of real time: it would wait 30 s for an answer of nobody.
        var ending = await _parent.ExpectMsgAsync<BrokerProtocol.Ending>(Patience);

        Assert.True(ending.Clean);
        ExpectGone();
    }

    [Fact]
    public void A_controller_that_never_lets_it_go_does_not_keep_it()
    {
        Begin();
        Serve();
        _controller.Lose<BrokerHeartbeat>();
        _broker.Tell(BrokerProtocol.ShutDown.Instance, TestActor);

        AdvanceUntil<BrokerProtocol.Ending>(_parent, 1_000, 40, _broker);

        ExpectGone();
    }

    [Fact]
    public void Asked_to_stop_before_its_storage_is_open_it_ends_and_lets_go_of_it()
    {
        _files.Hang(_directory);
        Begin();
        Eventually(() => _files.HangingCalls > 0, "the disk hangs");
        _broker.Tell(BrokerProtocol.ShutDown.Instance, TestActor);
        _parent.ExpectMsg<BrokerProtocol.Ending>();
        Assert.False(_life!.Released.IsCompleted);

        _files.LetGo(_directory);

        ExpectGone();
    }

    [Fact]
    public void Killed_it_releases_its_files_and_its_timers()
    {
        Begin();
        Serve();
        _controller.CreateTopic(_broker, Topic, One);
        Eventually(() => Replica.View?.Role == ReplicaRole.Leader, "the partition is led");
        var letters = CreateTestProbe();
        Watch(_broker);

        Sys.Stop(_broker);

        ExpectTerminated(_broker, Patience);
        ExpectGone();
        Queued(_controller.Probe);
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(letters.HasMessages);
        Assert.False(_controller.Probe.HasMessages);
        Assert.Equal(Logs.PreviousLife.Intact, Reopened().PreviousLife);
    }

    private BrokerContext Context => _life!.State.Living[One];

    private ReplicaHandle Replica
    {
        get
        {
            Assert.True(Context.Replicas.TryGet(Partition, out var replica) || Waited(out replica));
            return replica!;
        }
    }

    private bool Waited(out ReplicaHandle? replica)
    {
        ReplicaHandle? found = null;
        Eventually(() => Context.Replicas.TryGet(Partition, out found), "the broker has the partition");
        replica = found;
        return found is not null;
    }

    private void Begin()
    {
        _life = new BrokerLife(
            Cluster,
            ClusterId,
            One,
            null,
            [_directory],
            new ReplicationSettings { LogDirMinFreeBytes = 0 },
            new PeerNetwork([One]),
            _files,
            new ClusterState(Cluster, ClusterId),
            _listener);
        _broker = Parent.Of(this, BrokerActor.Props(_life, _controller.Probe.Ref), _parent.Ref, "broker");
    }

    private FakeListener Listening(TestProbe clients)
    {
        var listener = new FakeListener(clients.Ref);
        _listener = listener;
        return listener;
    }

    private BrokerProtocol.Running Serve()
    {
        // Its storage opens on a thread of its own, then everything is answered at once.
        var running = _parent.FishForMessage<BrokerProtocol.Running>(_ => true, Patience);
        Settle(_broker);
        Queued(_controller.Probe);
        return running;
    }

    private T Heard<T>() => _controller.Probe.FishForMessage<T>(_ => true, Patience);

    private T Again<T>() => AdvanceUntil<T>(_controller.Probe, 500, 40, _broker);

    private bool Advanced(long ms)
    {
        Advance(ms, _broker);
        return false;
    }

    /// <summary>What the broker tells the controller of its replicas, at last.</summary>
    private void ReportedOffline(params TopicIdPartition[] partitions)
    {
        for (var step = 0; step < 40; step++)
        {
            if (AdvanceUntil<BrokerHeartbeat>(_controller.Probe, 500, 40, _broker).OfflineReplicas.SequenceEqual(partitions))
                return;
        }

        Assert.Fail($"The controller was never told that offline are {string.Join(", ", partitions)}.");
    }

    private void WantIsr() => _broker.Tell(
        new ReplicaProtocol.IsrWanted(new ProposeIsr(new IsrProposal(
            Partition, 1, new LeaderEpoch(0), new PartitionEpoch(0), LeaderRecoveryState.Recovered, [new IsrMember(One, _controller.BrokerEpoch)]))),
        TestActor);

    private void ExpectGone() => Assert.True(_life!.Released.Wait(Patience));

    private bool FilesAreFree()
    {
        try
        {
            Reopened();
            return true;
        }
        catch (Logs.StorageException)
        {
            return false;
        }
    }

    /// <summary>Its directory lock is free: the next life reads how this one ended.</summary>
    private StorageSession Reopened()
    {
        var session = StorageSession.Open(new StorageSessionOptions
        {
            ClusterId = ClusterId,
            NodeId = One,
            Directories = [_directory],
            RecoveryThreads = 1,
        });
        Assert.True(session.KillAsync().Wait(Patience));
        return session;
    }
}
