using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Controller;
using AkkaReplication.Links;

namespace AkkaReplication.Tests.Actors;

public sealed class GatewayActorTests : ActorTest
{
    private static readonly BrokerId One = new(1);
    private readonly Carrier _carrier = new();
    private readonly TestProbe _controller;
    private readonly TestProbe _broker;
    private readonly IActorRef _gateway;

    public GatewayActorTests()
    {
        _controller = CreateTestProbe("controller");
        _broker = CreateTestProbe("broker");
        _gateway = Parent.Of(this, GatewayActor.Props(One, _controller.Ref, _carrier), TestActor, "gateway");
    }

    [Fact]
    public void What_is_said_passes_over_the_carrier_and_so_do_answers_and_what_nobody_asked_for()
    {
        _broker.Send(_gateway, "question");
        _controller.ExpectMsg("question");
        var line = _controller.LastSender;

        _controller.Reply("answer");
        _broker.ExpectMsg("answer");
        _controller.Send(line, "news");
        _broker.ExpectMsg("news");
        Assert.Equal(3, _carrier.Passed);
    }

    [Fact]
    public void Everybody_has_a_line_of_his_own_and_keeps_it()
    {
        var other = CreateTestProbe();
        for (var i = 0; i < 100; i++)
        {
            _broker.Send(_gateway, i);
            other.Send(_gateway, i);
        }

        var lines = Enumerable.Range(0, 200).Select(_ =>
        {
            _controller.ExpectMsg<int>();
            return _controller.LastSender;
        }).ToHashSet();
        Assert.Equal(2, lines.Count);
    }

    [Fact]
    public void A_line_ends_with_its_actor_and_the_controller_is_told_and_nothing_is_left_of_a_thousand_of_them()
    {
        for (var i = 0; i < 1_000; i++)
        {
            var local = Sys.ActorOf(Props.Create(() => new Speaker()));
            local.Tell(_gateway, TestActor);
            _controller.ExpectMsg("hello");
            _controller.Watch(_controller.LastSender);
            var line = _controller.LastSender;
            Sys.Stop(local);
            _controller.ExpectTerminated(line, Patience);
        }
    }

    [Fact]
    public void A_line_whose_end_nobody_can_hear_of_stays_as_an_open_connection_would()
    {
        _broker.Send(_gateway, "hello");
        _controller.ExpectMsg("hello");
        var line = _controller.LastSender;
        _controller.Watch(line);
        _carrier.IsCut = true;

        Sys.Stop(_broker.Ref);
        Eventually(() => _carrier.Lost == 1, "its end was said, and lost");

        ExpectNothing(_controller, line);
    }

    [Fact]
    public void What_is_lost_is_lost_and_what_comes_after_it_passes()
    {
        _carrier.IsCut = true;
        _broker.Send(_gateway, "lost");
        Eventually(() => _carrier.Lost == 1, "it is lost");
        _carrier.IsCut = false;
        _broker.Send(_gateway, "heard");
        _controller.ExpectMsg("heard");
    }

    [Fact]
    public void Who_spoke_over_a_line_that_broke_gets_another_one()
    {
        _broker.Send(_gateway, "first");
        _controller.ExpectMsg("first");
        var line = _controller.LastSender;
        _controller.Watch(line);
        _carrier.Breaks = true;
        _broker.Send(_gateway, "broken");
        _controller.ExpectTerminated(line, Patience);
        _carrier.Breaks = false;

        // The gateway hears of it at about the same time.
        Eventually(() =>
        {
            _broker.Send(_gateway, "again");
            Settle(_gateway);
            return _controller.HasMessages;
        }, "it is heard again");
        _controller.ExpectMsg("again");
        Assert.NotEqual(line, _controller.LastSender);
    }

    [Fact]
    public void When_it_stops_its_lines_end()
    {
        _broker.Send(_gateway, "hello");
        _controller.ExpectMsg("hello");
        _controller.Watch(_controller.LastSender);
        Sys.Stop(_gateway);
        _controller.ExpectMsg<Terminated>();
    }

    private sealed class Carrier : IPeerCarrier
    {
        private int _passed;
        private int _lost;

        public volatile bool IsCut;

        public volatile bool Breaks;

        public int Passed => Volatile.Read(ref _passed);

        public int Lost => Volatile.Read(ref _lost);

        public void Send(BrokerId from, BrokerId to, IActorRef target, object message, IActorRef sender)
        {
            if (Breaks)
                throw new InvalidOperationException("the carrier is broken");
            if (IsCut)
            {
                Interlocked.Increment(ref _lost);
                return;
            }

            Interlocked.Increment(ref _passed);
            target.Tell(message, sender);
        }
    }

    private sealed class Speaker : UntypedActor
    {
        protected override void OnReceive(object message) => ((IActorRef)message).Tell("hello", Self);
    }
}
