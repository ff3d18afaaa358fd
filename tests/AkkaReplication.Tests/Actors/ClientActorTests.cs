using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Tests.Actors;

/// <summary>An administrator's client among two brokers that are probes.</summary>
public sealed class ClientActorTests : ActorTest
{
    private const string Cluster = "shop";
    private static readonly BrokerId One = new(1);
    private static readonly BrokerId Two = new(2);

    private readonly object _gate = new();
    private readonly TestProbe _one;
    private readonly TestProbe _two;
    private readonly TestProbe _caller;
    private readonly IActorRef _brokers;
    private readonly AdminClient _machine = new(
        new AdminSettings { Bootstrap = [One, Two], RequestTimeoutMs = 5_000, ConnectionSetupTimeoutMs = 2_000, HedgeAfterMs = 60_000 }, () => 0);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _client;
    private readonly List<IActorRef> _places = [];

    public ClientActorTests()
    {
        _one = CreateTestProbe("one");
        _two = CreateTestProbe("two");
        _caller = CreateTestProbe("caller");
        _brokers = Place.Root(Sys, ReplicationPaths.ClusterName(Cluster));
        var perform = (Effect effect) =>
        {
            if (effect is ClusterCallCompleted { Token: 0 })
                throw new InvalidOperationException("the caller is broken");
            _caller.Ref.Tell(effect, ActorRefs.NoSender);
        };
        var start = new ClientStart(Cluster, new LocalBrokers(Cluster), "test", _machine, _gate, perform, _ended);
        _client = Sys.ActorOf(ClientActor.Props(start), "client");
    }

    [Fact]
    public void It_opens_a_session_at_a_broker_asks_it_and_hands_the_answer_to_the_caller()
    {
        Put(One, _one);
        Ask(1);
        var session = Open(_one);
        var call = session.ExpectMsg<ClientCall>();
        Assert.IsType<DeleteTopicsRequest>(call.Request);

        Answer(session, call);

        Assert.Equal((1L, ErrorCode.None), Completed());
    }

    [Fact]
    public void A_broker_that_is_not_there_or_refuses_is_not_waited_for()
    {
        Put(One, _one);
        Put(Two, _two);
        Ask(1);
        _one.ExpectMsg<OpenClientSession>();
        _one.Reply(new ClientSessionRefused(One));
        _one.Send(_client, new ClientSessionRefused(One));

        var session = Open(_two);
        Answer(session, session.ExpectMsg<ClientCall>());
        Assert.Equal((1L, ErrorCode.None), Completed());
    }

    [Fact]
    public void Where_no_broker_is_it_looks_again_until_the_callers_time_is_up()
    {
        Ask(1, timeoutMs: 10_000);
        for (var step = 0; step < 50 && !_caller.HasMessages; step++)
            Advance(250, _client);

        Assert.Equal((1L, ErrorCode.RequestTimedOut), Completed());
    }

    [Fact]
    public void A_session_that_is_never_opened_is_given_up_and_one_that_comes_too_late_is_closed()
    {
        Put(One, _one);
        Ask(1);
        _one.ExpectMsg<OpenClientSession>();
        var late = _one.LastSender;
        Assert.Equal(_client, late);

        Asked(_one);
        var session = OpenAt(_one);
        var call = Called(session);

        // The first answer arrives after all.
        var (orphan, watcher) = (CreateTestProbe(), CreateTestProbe());
        watcher.Watch(orphan.Ref);
        _client.Tell(new ClientSessionOpened(orphan.Ref, One), _one.Ref);
        watcher.ExpectTerminated(orphan.Ref, Patience);
        Answer(session, call);
        Assert.Equal((1L, ErrorCode.None), Completed());
    }

    [Fact]
    public void A_call_that_is_never_answered_costs_the_session_and_is_asked_again()
    {
        Put(One, _one);
        Ask(1);
        var first = Open(_one);
        var call = first.ExpectMsg<ClientCall>();
        var watcher = CreateTestProbe();
        watcher.Watch(first.Ref);

        Asked(_one);

        watcher.ExpectTerminated(first.Ref, Patience);
        var second = OpenAt(_one);
        var again = Called(second);
        Assert.Equal(call.Request, again.Request);

        // The answer that was given up comes now, and from nobody that it knows.
        _client.Tell(new ClientReply(call.CorrelationId, new DeleteTopicsResponse(ErrorCode.None, [])), first.Ref);
        ExpectNothing(_caller, _client);
        Answer(second, again);
        Assert.Equal((1L, ErrorCode.None), Completed());
    }

    [Fact]
    public void A_session_that_ends_is_opened_again_and_what_was_asked_is_asked_again()
    {
        Put(One, _one);
        Ask(1);
        var first = Open(_one);
        first.ExpectMsg<ClientCall>();

        Sys.Stop(first.Ref);

        Asked(_one);
        var second = OpenAt(_one);
        var again = Called(second);
        Answer(second, again);
        Assert.Equal((1L, ErrorCode.None), Completed());
    }

    [Fact]
    public void A_broker_that_dies_while_it_opens_a_session_is_not_waited_for()
    {
        var broker = Put(One, _one);
        Ask(1);
        _one.ExpectMsg<OpenClientSession>();
        Put(Two, _two);
        Sys.Stop(broker);

        Asked(_two);
    }

    [Fact]
    public void Answers_that_come_twice_or_to_no_question_are_dropped()
    {
        Put(One, _one);
        Ask(1);
        var session = Open(_one);
        var call = session.ExpectMsg<ClientCall>();
        Answer(session, call with { CorrelationId = 4711 });
        _client.Tell(new ActorIdentity(4711L, _two.Ref), _two.Ref);
        _client.Tell(new ActorIdentity("what", _two.Ref), _two.Ref);
        _client.Tell(new ClientReply(call.CorrelationId, new DeleteTopicsResponse(ErrorCode.None, [])), _two.Ref);
        ExpectNothing(_caller, _client);
        Answer(session, call);
        Answer(session, call);

        Assert.Equal((1L, ErrorCode.None), Completed());
        ExpectNothing(_caller, _client);
        Assert.False(_two.HasMessages);
    }

    [Fact]
    public void Messages_of_others_are_left_unhandled()
    {
        ExpectUnhandled(_client);
        Put(One, _one);
        Ask(1);
        Open(_one).ExpectMsg<ClientCall>();
    }

    [Fact]
    public async Task When_it_stops_every_caller_is_told_and_its_sessions_are_closed()
    {
        Put(One, _one);
        Ask(1);
        Ask(2);
        var session = Open(_one);
        session.ExpectMsg<ClientCall>();
        Called(session);
        var watcher = CreateTestProbe();
        watcher.Watch(session.Ref);
        watcher.Watch(_client);

        _client.Tell(PoisonPill.Instance, TestActor);

        await _ended.Task.WaitAsync(Patience);
        Assert.Equal([1, 2], new[] { Completed().Token, Completed().Token }.Order());
        Assert.Equal(2, new[] { watcher.ExpectMsg<Terminated>().ActorRef, watcher.ExpectMsg<Terminated>().ActorRef }.Distinct().Count());
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(letters.HasMessages);
    }

    [Fact]
    public async Task A_turn_that_breaks_ends_it_and_every_caller_is_told()
    {
        Put(One, _one);
        Ask(1);
        var session = Open(_one);
        session.ExpectMsg<ClientCall>();
        Ask(0);
        var broken = Called(session);
        Watch(_client);

        EventFilter.Exception<InvalidOperationException>().ExpectOne(() => Answer(session, broken));

        ExpectTerminated(_client, Patience);
        await _ended.Task.WaitAsync(Patience);
        Assert.Equal(1, Completed().Token);
    }

    [Fact]
    public void A_thousand_calls_go_over_one_session()
    {
        Put(One, _one);
        for (var token = 1; token <= 1_000; token++)
            Ask(token);
        var session = Open(_one);
        for (var i = 0; i < 1_000; i++)
            Answer(session, Called(session));

        Assert.Equal(1_000, Enumerable.Range(0, 1_000).Select(_ => Completed().Token).Distinct().Count());
        Settle(_client);
        Assert.Empty(Queued(_one).OfType<OpenClientSession>());
    }

    private static MetadataResponse Metadata => new(
        "shop-id", 1, One, [new BrokerInfo(One, null, false), new BrokerInfo(Two, null, false)], []);

    private IActorRef Put(BrokerId broker, TestProbe probe)
    {
        var putting = CreateTestProbe();
        putting.Send(_brokers, new Place.Put([ReplicationPaths.BrokerName(broker)], probe.Ref));
        var place = putting.ExpectMsg<Place.Found>().Actor;
        _places.Add(place);
        return place;
    }

    private void Ask(long token, int timeoutMs = 3_600_000)
    {
        lock (_gate)
            _machine.Ask(Time.NowMs, token, new DeleteTopicsRequest([$"t{token}"], 1_000), timeoutMs);
        _client.Tell(ClientActor.Turn.Instance, ActorRefs.NoSender);
    }

    private TestProbe Open(TestProbe broker)
    {
        broker.ExpectMsg<OpenClientSession>();
        return OpenAt(broker);
    }

    /// <summary>The broker answers the last request for a session.</summary>
    private TestProbe OpenAt(TestProbe broker)
    {
        var session = CreateTestProbe();

        // What it asks for itself is answered by itself: a broker that it does not find makes it look for others.
        session.IgnoreMessages(message => message is ClientCall { Request: MetadataRequest });
        session.SetAutoPilot(new DelegateAutoPilot((client, message) =>
        {
            if (message is ClientCall { Request: MetadataRequest } call)
                client.Tell(new ClientReply(call.CorrelationId, Metadata), session.Ref);
            return AutoPilot.KeepRunning;
        }));
        _client.Tell(new ClientSessionOpened(session.Ref, broker == _one ? One : Two), session.Ref);
        Settle(_client);
        return session;
    }

    /// <summary>The broker is asked for a session, at once or when it is time to try again.</summary>
    private void Asked(TestProbe broker)
    {
        Eventually(() => broker.HasMessages || Passed(50), "a session is asked for");
        broker.ExpectMsg<OpenClientSession>();
    }

    /// <summary>The next call, which may have to wait for its retry.</summary>
    private ClientCall Called(TestProbe session)
    {
        Eventually(() => session.HasMessages || Passed(50), "there is a call");
        return session.ExpectMsg<ClientCall>();
    }

    /// <summary>
    /// Not before everything that was said between the client and the brokers has arrived: time must not run away from it.
    /// </summary>
    private bool Passed(long ms)
    {
        IActorRef[] both = [_client, .. _places];
        Advance(ms, [.. both, .. both, .. both]);
        return false;
    }

    private void Answer(TestProbe session, ClientCall call) =>
        _client.Tell(new ClientReply(call.CorrelationId, new DeleteTopicsResponse(ErrorCode.None, [])), session.Ref);

    private (long Token, ErrorCode Error) Completed()
    {
        var completed = _caller.FishForMessage<ClusterCallCompleted>(_ => true, Patience);
        return (completed.Token, completed.Error);
    }
}
