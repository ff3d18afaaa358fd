using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Brokers;
using AkkaReplication.Links;
using AkkaReplication.Replicas;
using static AkkaReplication.Tests.Actors.BrokerUnderTest;

namespace AkkaReplication.Tests.Actors;

/// <summary>The link of broker 1 to broker 2, which is a probe.</summary>
public sealed class PeerLinkActorTests : ActorTest, IAsyncLifetime
{
    private readonly BrokerUnderTest _broker;
    private readonly TestProbe _parent;
    private readonly TestProbe _peer;
    private readonly TestProbe _replica;
    private readonly IActorRef _peers;
    private readonly ReplicationSettings _settings = new() { QueuedMaxBytes = 2_000, ReplicaFetchResponseMaxBytes = 1_000 };
    private IActorRef _link = ActorRefs.Nobody;
    private IActorRef _remote = ActorRefs.Nobody;

    public PeerLinkActorTests()
    {
        _broker = new BrokerUnderTest(Sys, _settings);
        _parent = CreateTestProbe("parent");
        _peer = CreateTestProbe("peer");
        _replica = CreateTestProbe("replica");
        _peers = Place.Root(Sys, ReplicationPaths.ClusterName(Cluster));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public void Positions_of_replicas_go_to_the_peer_and_its_answers_to_them()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref);
        State(0);

        var fetch = _peer.ExpectMsg<PeerFetch>();
        Assert.Equal((0L, One, EpochOf(One)), (fetch.Number, fetch.From, fetch.FromEpoch));
        Assert.Equal(0, Assert.Single(fetch.Positions).FetchOffset);

        Answer(fetch, Records(fetch));
        var answered = _replica.ExpectMsg<ReplicaProtocol.LeaderAnswered>();
        Assert.False(answered.Fetched.Records.IsEmpty);
    }

    [Fact]
    public void An_answer_that_comes_twice_or_of_an_earlier_session_is_dropped()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref);
        State(0);
        var fetch = _peer.ExpectMsg<PeerFetch>();
        Answer(fetch with { SessionId = fetch.SessionId - 1 }, Records(fetch));
        Answer(fetch, Records(fetch));
        Answer(fetch, Records(fetch));
        Answer(fetch with { Number = 77 }, Records(fetch));

        _replica.ExpectMsg<ReplicaProtocol.LeaderAnswered>();
        ExpectNothing(_replica, _link);
    }

    [Fact]
    public void What_the_peer_never_answers_is_asked_again_from_the_beginning()
    {
        PutPeer();
        Start();
        State(5);
        var lost = _peer.ExpectMsg<PeerFetch>();

        var again = AdvanceUntil<PeerFetch>(_peer, 100, 200, _link);

        // The lost answer leaves a gap in the numbers: a new session states everything anew.
        while (again.SessionId == lost.SessionId)
            again = AdvanceUntil<PeerFetch>(_peer, 100, 200, _link);
        Assert.True(again.SessionId > lost.SessionId);
        Assert.Equal(0, again.Number);
        Assert.Equal(5, Assert.Single(again.Positions).FetchOffset);
    }

    [Fact]
    public void A_peer_that_refuses_the_session_is_told_everything_anew()
    {
        PutPeer();
        Start();
        State(5);
        var fetch = _peer.ExpectMsg<PeerFetch>();

        Answer(fetch, ErrorCode.FetchSessionIdNotFound);

        var again = AdvanceUntil<PeerFetch>(_peer, 100, 200, _link);
        Assert.Equal((0L, 5L), (again.Number, Assert.Single(again.Positions).FetchOffset));
    }

    [Fact]
    public void A_peer_that_is_not_there_yet_is_looked_for_until_it_is()
    {
        Start();
        State(0);
        Advance(50, _link);
        Advance(50, _link);
        PutPeer();

        AdvanceUntil<PeerFetch>(_peer, 50, 200, _link);
    }

    [Fact]
    public void A_peer_that_died_is_looked_for_and_its_next_life_hears_every_position()
    {
        var first = PutPeer();
        Start();
        State(0);
        var old = _peer.ExpectMsg<PeerFetch>();
        _parent.Watch(first);
        Sys.Stop(first);
        _parent.ExpectTerminated(first, Patience);
        Advance(0, _link);
        PutPeer();

        var again = AdvanceUntil<PeerFetch>(_peer, 50, 400, _link);

        Assert.NotEqual(old.SessionId, again.SessionId);
        Assert.Single(again.Positions);
    }

    [Fact]
    public void Who_stops_fetching_is_forgotten_at_the_peer()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref);
        State(0);
        var first = _peer.ExpectMsg<PeerFetch>();

        _link.Tell(new ReplicaProtocol.ToLink(Partition(), new StopFetching(Two)), TestActor);

        var forgetting = AdvanceUntil<PeerFetch>(_peer, 100, 200, _link);
        Assert.True(forgetting.Forgotten.Contains(Partition()) || forgetting.SessionId != first.SessionId);
        Answer(first, Records(first));
        ExpectNothing(_replica, _link);
    }

    [Fact]
    public void A_followers_fetch_enters_the_replica_and_is_answered_with_bytes_read_outside_its_turn()
    {
        PutPeer();
        Start();
        var handle = _broker.Leads(_replica.Ref, 0, "zero", "one");
        Fetches(1, 0, Fetch(Two, 0));
        var asked = _replica.ExpectMsg<ReplicaProtocol.FollowerFetched>().Fetch;

        Decide(asked, handle.View!);

        var answer = _peer.ExpectMsg<PeerFetchAnswer>();
        Assert.Equal(2, Assert.Single(answer.Partitions).LeaderLogEndOffset);
        Assert.False(answer.Partitions[0].Records.IsEmpty);
        Settle(_link);
        Assert.Equal(0, _broker.Context.ReplicaFetchBudget.TakenBytes);
    }

    [Fact]
    public void A_peer_that_found_it_first_is_answered_although_it_has_not_found_the_peer()
    {
        // The peer's link comes up after this one has looked for it, and before it looks again.
        Start();
        PutPeer();
        Fetches(1, 0, Fetch(Two, 0));

        Assert.Equal(ErrorCode.UnknownTopicId, Assert.Single(_peer.ExpectMsg<PeerFetchAnswer>().Partitions).Error);
        State(5);
        Assert.Equal(5, Assert.Single(_peer.ExpectMsg<PeerFetch>().Positions).FetchOffset);
    }

    [Fact]
    public void A_fetch_without_news_waits_and_a_newer_one_completes_it_at_once()
    {
        PutPeer();
        Start();
        var handle = _broker.Leads(_replica.Ref);
        Fetches(1, 0, Fetch(Two, 0));
        Decide(_replica.ExpectMsg<ReplicaProtocol.FollowerFetched>().Fetch, handle.View!);
        Settle(_link, _remote);
        Queued(_peer);
        Fetches(1, 1);
        Fetches(1, 2);
        Fetches(1, 3);
        Settle(_link, _remote);

        Assert.Equal([1L, 2L], Queued(_peer).OfType<PeerFetchAnswer>().Select(a => a.Number).Where(n => n > 0));

        // What is appended now goes to the one that still waits.
        _link.Tell(
            new ReplicaProtocol.ToLink(Partition(), new FollowerDataAvailable(Two, _broker.View(_broker.Log(0, "new")))), _replica.Ref);
        var told = _peer.ExpectMsg<PeerFetchAnswer>();
        Assert.Equal(3, told.Number);
        Assert.Single(told.Partitions);
    }

    [Fact]
    public void A_flood_of_fetches_holds_one_and_copies_of_old_ones_are_dropped()
    {
        PutPeer();
        Start();
        var handle = _broker.Leads(_replica.Ref);
        Fetches(1, 0, Fetch(Two, 0));
        Decide(_replica.ExpectMsg<ReplicaProtocol.FollowerFetched>().Fetch, handle.View!);
        for (var number = 1; number < 2_000; number++)
            Fetches(1, number);
        Settle(_link, _remote);
        var answered = Queued(_peer).OfType<PeerFetchAnswer>().Select(a => a.Number).ToArray();
        Assert.True(answered.Length >= 1_998, $"{answered.Length} are answered");

        for (var number = 0; number < 2_000; number++)
            Fetches(1, number);
        Settle(_link);
        ExpectNothing(_peer, _remote);
    }

    [Fact]
    public void A_gap_in_the_numbers_is_answered_so_that_the_follower_begins_anew()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref);
        Fetches(1, 0, Fetch(Two, 0));
        Fetches(1, 2);

        var refused = _peer.FishForMessage<PeerFetchAnswer>(a => a.Number == 2, Patience);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, refused.Error);
    }

    [Fact]
    public void Nobody_but_the_peer_itself_is_answered_as_a_follower()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref);
        _link.Tell(Request(1, 0, Fetch(Three, 0)) with { From = Three, FromEpoch = EpochOf(Three) }, _remote);
        _link.Tell(Request(1, 0, Fetch(Two, 0)) with { ClusterId = "another" }, _remote);

        Assert.Equal(ErrorCode.ClusterAuthorizationFailed, _peer.ExpectMsg<PeerFetchAnswer>().Error);
        Assert.Equal(ErrorCode.InconsistentClusterId, _peer.ExpectMsg<PeerFetchAnswer>().Error);
        ExpectNothing(_replica, _link);
    }

    [Fact]
    public void A_partition_that_is_not_here_is_named()
    {
        PutPeer();
        Start();
        Fetches(1, 0, Fetch(Two, 0));

        var answer = _peer.ExpectMsg<PeerFetchAnswer>();

        Assert.Equal(ErrorCode.UnknownTopicId, Assert.Single(answer.Partitions).Error);
    }

    [Fact]
    public void A_fetch_for_a_replica_whose_actor_is_gone_is_answered_and_not_lost()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref).Break();

        Fetches(1, 0, Fetch(Two, 0));

        Assert.Equal(ErrorCode.UnknownTopicId, Assert.Single(_peer.ExpectMsg<PeerFetchAnswer>().Partitions).Error);
        ExpectNothing(_replica, _link);
    }

    [Fact]
    public async Task A_reader_that_never_answers_holds_one_reads_memory_and_not_the_link()
    {
        // Cold data: only the reader may touch the disk.
        await using var silent = new BrokerUnderTest(Sys, _settings, readers: TestActor);
        PutPeer();
        Start(silent.Context);
        for (var partition = 0; partition < 3; partition++)
        {
            var handle = silent.Leads(_replica.Ref, partition, "zero");
            handle.Publish(Cold(handle.View!));
        }

        var fetches = Enumerable.Range(0, 3).Select(p => Fetch(Two, 0) with { Partition = Partition(p) }).ToArray();
        _link.Tell(Request(1, 0, fetches), _remote);
        foreach (var _ in fetches)
        {
            var asked = _replica.ExpectMsg<ReplicaProtocol.FollowerFetched>().Fetch;
            Assert.True(silent.Context.Replicas.TryGet(asked.Partition, out var handle));
            Decide(asked, handle.View!);
        }

        Settle(_link);
        var works = Queued(this);
        Assert.IsAssignableFrom<LogDirWork>(Assert.Single(works));
        Assert.InRange(silent.Context.ReplicaFetchBudget.TakenBytes, 1, 1_000);

        // Meanwhile the link lives.
        _link.Tell(new ReplicaProtocol.ToLink(Partition(7), Position(0)), TestActor);
        _peer.FishForMessage<PeerFetch>(_ => true, Patience);

        // The reader comes back: its answer is used, what came up meanwhile is read next.
        _link.Tell(((LogDirWork)works[0]).Run(), TestActor);
        _peer.FishForMessage<PeerFetchAnswer>(a => a.Partitions.Any(p => !p.Records.IsEmpty), Patience);
        ExpectMsg<LogDirWork>();

        _parent.Watch(_link);
        Sys.Stop(_link);
        _parent.ExpectTerminated(_link, Patience);
        Assert.Equal(0, silent.Context.ReplicaFetchBudget.TakenBytes);
    }

    [Fact]
    public async Task A_read_that_fails_is_told_to_the_replica_and_to_the_follower()
    {
        await using var silent = new BrokerUnderTest(Sys, _settings, readers: TestActor);
        PutPeer();
        Start(silent.Context);
        var handle = silent.Leads(_replica.Ref, 0, "zero");
        handle.Publish(Cold(handle.View!));
        Fetches(1, 0, Fetch(Two, 0));
        Decide(_replica.ExpectMsg<ReplicaProtocol.FollowerFetched>().Fetch, handle.View!);
        ExpectMsg<LogDirWork>();

        var failed = FetchedPartition.To(Fetch(Two, 0), ErrorCode.KafkaStorageError, null, null, default);
        _link.Tell(new LinkReadDone(1, [failed], [new FailedRead(Partition(), "bad sector")]), TestActor);

        _replica.ExpectMsg<ReplicaProtocol.ReadFailed>(f => Assert.Equal("bad sector", f.Reason));
        Assert.Equal(ErrorCode.KafkaStorageError, Assert.Single(_peer.ExpectMsg<PeerFetchAnswer>().Partitions).Error);
    }

    [Fact]
    public void It_says_who_follows_over_it()
    {
        PutPeer();
        Start();
        _broker.Leads(_replica.Ref);
        Fetches(1, 0, Fetch(Two, 0));
        _replica.ExpectMsg<ReplicaProtocol.FollowerFetched>();
        Fetches(1, 1);
        _link.Tell(Request(1, 2) with { Acknowledged = 0 }, _remote);
        _link.Tell(new ReplicaProtocol.BrokersChanged(Alive), TestActor);

        _link.Tell(ReplicaProtocol.ReportContacts.Instance, TestActor);

        var seen = _replica.ExpectMsg<ReplicaProtocol.FollowerSeen>().Contact;
        Assert.Equal((Two, Time.NowMs), (seen.Follower, seen.AtMs));
    }

    [Fact]
    public void Messages_and_wishes_of_others_are_left_unhandled()
    {
        PutPeer();
        Start();
        ExpectUnhandled(_link);
        var unhandled = Unhandled();
        _link.Tell(new ReplicaProtocol.ToLink(Partition(), new FlushLog(0)), TestActor);
        unhandled.ExpectMsg<Akka.Event.UnhandledMessage>();
        State(0);
        _peer.ExpectMsg<PeerFetch>();
    }

    [Fact]
    public void Stopped_it_leaves_no_timer_and_watches_nobody()
    {
        PutPeer();
        Start();
        State(0);
        _peer.ExpectMsg<PeerFetch>();
        Fetches(1, 0);
        Settle(_link);
        var letters = CreateTestProbe();
        _parent.Watch(_link);

        Sys.Stop(_link);

        _parent.ExpectTerminated(_link, Patience);
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(letters.HasMessages);
    }

    [Fact]
    public void A_turn_that_breaks_ends_it_and_whoever_watches_is_told()
    {
        PutPeer();
        Start();
        _parent.Watch(_link);

        _link.Tell(new ReplicaProtocol.BrokersChanged(null!), TestActor);

        _parent.ExpectTerminated(_link, Patience);
    }

    private static FetchFrom Position(long offset) => new(Two, new LeaderEpoch(1), offset, LeaderEpoch.None, 0);

    private static PeerFetch Request(long session, long number, params FollowerFetch[] positions) => new(
        ClusterId, Two, EpochOf(Two), session, number, 500, 1_000, [.. positions], []);

    private static FetchedPartition Records(PeerFetch fetch) => FetchedPartition.To(
        fetch.Positions[0], ErrorCode.None, null, null, Stamped(1, fetch.Positions[0].FetchOffset, "a"));

    /// <summary>The same records, but nothing of them in memory.</summary>
    private static ReadView Cold(ReadView view) => view with { Log = new ColdLog(view.Log) };

    private IActorRef PutPeer()
    {
        var asking = CreateTestProbe();
        asking.Send(
            _peers,
            new Place.Put([ReplicationPaths.BrokerName(Two), ReplicationPaths.PeerName(One)], _peer.Ref));
        _remote = asking.ExpectMsg<Place.Found>().Actor;
        return _remote;
    }

    private void Start(BrokerContext? context = null)
    {
        _link = Parent.Of(this, PeerLinkActor.Props(context ?? _broker.Context, Two), _parent.Ref, ReplicationPaths.PeerName(Two));
        Settle(_link);
    }

    private void State(long offset) => _link.Tell(new ReplicaProtocol.ToLink(Partition(), Position(offset)), TestActor);

    private void Answer(PeerFetch fetch, params FetchedPartition[] partitions) => _link.Tell(
        new PeerFetchAnswer(Two, EpochOf(Two), fetch.SessionId, fetch.Number, ErrorCode.None, [.. partitions]), _peer.Ref);

    private void Answer(PeerFetch fetch, ErrorCode error) => _link.Tell(
        new PeerFetchAnswer(Two, EpochOf(Two), fetch.SessionId, fetch.Number, error, []), _peer.Ref);

    private void Fetches(long session, long number, params FollowerFetch[] positions) =>
        _link.Tell(Request(session, number, positions), _remote);

    /// <summary>The replica's word on a fetch.</summary>
    private void Decide(FollowerFetch fetch, ReadView view) => _link.Tell(
        new ReplicaProtocol.ToLink(fetch.Partition, new FollowerFetchAnswered(fetch, ErrorCode.None, null, view)), _replica.Ref);
}
