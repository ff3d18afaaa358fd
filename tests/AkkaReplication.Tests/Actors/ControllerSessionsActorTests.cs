using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;
using static AkkaReplication.Tests.Actors.ControllerUnderTest;

namespace AkkaReplication.Tests.Actors;

public sealed class ControllerSessionsActorTests : ActorTest, IDisposable
{
    private readonly ControllerUnderTest _cluster = new();
    private readonly TestProbe _controller;
    private readonly TestProbe _broker;
    private readonly IActorRef _sessions;
    private MetadataImage _image = MetadataImage.Empty(ClusterId);

    public ControllerSessionsActorTests()
    {
        _controller = CreateTestProbe("controller");
        _broker = CreateTestProbe("broker");
        _sessions = Parent.Of(this, ControllerSessionsActor.Props(_cluster.Start), TestActor);
        Commit(new NoOpRecord(new ControllerEpoch(1)));
        Commit(new RegisterBrokerRecord(new BrokerId(1), Guid.NewGuid(), new BrokerEpoch(1), null, []));
        Commit(new BrokerChangeRecord(new BrokerId(1), new BrokerEpoch(1), Fenced: false, InControlledShutdown: null));
    }

    [Fact]
    public void Without_a_controller_heartbeats_are_refused_and_registrations_wait_one_for_each_broker()
    {
        Beat();
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<BrokerHeartbeatAnswer>().Error);
        var last = Guid.Empty;
        for (var i = 0; i < 1_000; i++)
            _broker.Send(_sessions, Registration(2, last = Guid.NewGuid()));
        ExpectNothing(_broker, _sessions);

        Ready();

        // Who was there before is told, and nobody else's registration is older than its last.
        Assert.Equal(new ControllerEpoch(1), _broker.ExpectMsg<ControllerChanged>().ControllerEpoch);

        // It hands the request to itself.
        Settle(_sessions);
        Settle(_sessions);
        var submitted = Assert.IsType<ControllerActor.Submitted>(Assert.Single(Queued(_controller)));
        Assert.Equal(last, Assert.IsType<RegistrationCommand>(submitted.Command).Request.IncarnationId);
        Assert.Equal(_broker.Ref, _controller.LastSender);
    }

    [Fact]
    public void A_heartbeat_that_changes_nothing_is_answered_here_and_another_by_the_controller()
    {
        Ready();
        Beat();
        var answer = _broker.ExpectMsg<BrokerHeartbeatAnswer>();
        Assert.Equal((ErrorCode.None, false), (answer.Error, answer.IsFenced));
        Assert.True(answer.LeaseMs > 0);
        ExpectNothing(_controller, _sessions);

        Advance(1, _sessions);
        _broker.Send(_sessions, Heartbeat(1, new BrokerEpoch(1), Time.NowMs, wantFence: true));

        Assert.IsType<HeartbeatCommand>(_controller.ExpectMsg<ControllerActor.Submitted>().Command);
        Assert.Equal(_broker.Ref, _controller.LastSender);
        ExpectNothing(_broker, _sessions);
    }

    [Fact]
    public void Copies_of_heartbeats_that_come_late_and_lives_that_are_over_are_told_so_or_not_answered()
    {
        Ready();
        Advance(100, _sessions);
        Beat();
        _broker.ExpectMsg<BrokerHeartbeatAnswer>();
        _broker.Send(_sessions, Heartbeat(1, new BrokerEpoch(1), Time.NowMs - 50));
        ExpectNothing(_broker, _sessions);

        _broker.Send(_sessions, Heartbeat(1, new BrokerEpoch(0), Time.NowMs));
        Assert.Equal(ErrorCode.StaleBrokerEpoch, _broker.ExpectMsg<BrokerHeartbeatAnswer>().Error);
    }

    [Fact]
    public void A_broker_that_is_not_heard_of_is_fenced_when_its_session_is_over_and_once()
    {
        Ready();
        Beat();
        var settings = _cluster.Start.Settings;
        Advance(settings.BrokerSessionTimeoutMs - 1, _sessions);
        Assert.Empty(Queued(_controller));

        Advance(3, _sessions);
        var fence = Assert.IsType<FenceBroker>(_controller.ExpectMsg<ControllerActor.Submitted>().Command);
        Assert.Equal(new BrokerEpoch(1), fence.BrokerEpoch);
        Advance(60_000, _sessions);
        Assert.Empty(Queued(_controller));
    }

    [Fact]
    public void Nothing_is_fenced_while_a_write_is_not_committed()
    {
        Ready();
        Beat();
        _sessions.Tell(ControllerSessionsActor.WriteBegan.Instance, _controller.Ref);
        Advance(60_000, _sessions);
        Assert.Empty(Queued(_controller));

        // The controller was busy for as long: the session is as old as before.
        _sessions.Tell(new ControllerSessionsActor.Committed(_image), _controller.Ref);
        Settle(_sessions);
        Assert.Empty(Queued(_controller));
        Advance(60_000, _sessions);
        Assert.IsType<FenceBroker>(_controller.ExpectMsg<ControllerActor.Submitted>().Command);
    }

    [Fact]
    public void A_broker_whose_actor_ends_is_fenced_at_once()
    {
        Ready();
        Beat();
        _broker.ExpectMsg<BrokerHeartbeatAnswer>();

        Sys.Stop(_broker.Ref);

        Assert.Equal(new BrokerId(1), Assert.IsType<FenceBroker>(_controller.ExpectMsg<ControllerActor.Submitted>().Command).Broker);
    }

    [Fact]
    public void When_the_controller_is_gone_everything_waits_for_the_next_one()
    {
        Ready();
        Beat();
        _broker.ExpectMsg<BrokerHeartbeatAnswer>();
        _sessions.Tell(ControllerSessionsActor.ControllerGone.Instance, TestActor);
        Advance(60_000, _sessions);
        Assert.Empty(Queued(_controller));
        Beat();
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<BrokerHeartbeatAnswer>().Error);

        // The next one begins with fresh sessions for all.
        Ready();
        _broker.ExpectMsg<ControllerChanged>();
        Advance(_cluster.Start.Settings.BrokerSessionTimeoutMs - 1, _sessions);
        Assert.Empty(Queued(_controller));
    }

    [Fact]
    public void Messages_of_others_are_left_unhandled()
    {
        Ready();
        ExpectUnhandled(_sessions);
        Beat();
        Assert.Equal(ErrorCode.None, _broker.ExpectMsg<BrokerHeartbeatAnswer>().Error);
    }

    [Fact]
    public void A_turn_that_breaks_ends_it_and_its_watchers_are_told_and_no_timer_is_left()
    {
        Ready();
        Beat();
        Watch(_sessions);
        _sessions.Tell(new ControllerSessionsActor.Committed(null!), TestActor);

        ExpectTerminated(_sessions, Patience);
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(Queued(_controller));
    }

    void IDisposable.Dispose()
    {
        Dispose();
        _cluster.Dispose();
    }

    private void Commit(MetadataRecord record) =>
        _image = _image.Apply(new MetadataBatch(new ControllerEpoch(1), _image.Offset + 1, [record]));

    private void Ready() => _sessions.Tell(new ControllerSessionsActor.ControllerReady(_controller.Ref, _image), _controller.Ref);

    private void Beat() => _broker.Send(_sessions, Heartbeat(1, new BrokerEpoch(1), Time.NowMs));
}
