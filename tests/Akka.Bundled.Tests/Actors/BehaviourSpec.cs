using Akka.Actor;

namespace Akka.Conformance.Actors;

public sealed class BehaviourSpec : ActorSpec
{
    [Fact]
    public async Task The_first_matching_handler_wins()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Matching(TestActor)));
        foreach (var message in new object[] { 1, 50, 100, "text", new ArgumentNullException(), 1.5 })
            actor.Tell(message);
        await ExpectTrace("small", "medium", "int", "comparable", "argument exception", "any");
    }

    [Fact]
    public async Task No_handler_can_follow_one_for_everything()
    {
        Sys.ActorOf(Props.Create(() => new HandlerAfterAny(TestActor)));
        await ExpectTrace(nameof(InvalidOperationException));
    }

    [Fact]
    public async Task Handlers_are_registered_in_the_constructor_or_in_become_only()
    {
        Sys.ActorOf(Props.Create(() => new LateHandler(TestActor))).Tell("go");
        await ExpectTrace(nameof(InvalidOperationException));
    }

    [Fact]
    public async Task Become_replaces_and_stacked_become_can_be_undone()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Changing(TestActor)));
        foreach (var message in new[] { "?", "push", "?", "replace", "?", "pop", "?", "pop", "?" }) actor.Tell(message);
        await ExpectTrace("bottom", "pushed", "replaced", "bottom", "bottom");
    }

    [Fact]
    public async Task An_untyped_actor_may_leave_messages_unhandled()
    {
        var listener = Listener<Akka.Event.UnhandledMessage>();
        var actor = Sys.ActorOf(Props.Create(() => new Untyped(TestActor)));
        actor.Tell("known");
        actor.Tell(1);
        await ExpectTrace("known");
        await listener.ExpectMsgAsync<Akka.Event.UnhandledMessage>();
    }

    [Fact]
    public async Task The_context_knows_the_family()
    {
        var parent = Sys.ActorOf(Props.Create(() => new Parent(TestActor)), "parent");
        parent.Tell("report");
        await ExpectTrace("child", "parent", "parent", true, 1);
    }

    private sealed class Matching : ReceiveActor
    {
        public Matching(IActorRef probe)
        {
            Receive<int>(number => number < 10, _ => probe.Tell("small"));
            Receive<int>(number =>
            {
                if (number >= 100) return false;
                probe.Tell("medium");
                return true;
            });
            Receive<int>(_ => probe.Tell("int"));
            Receive<double>(_ => probe.Tell("never"), shouldHandle: _ => false);
            Receive(typeof(IComparable<string>), _ => probe.Tell("comparable"));
            Receive<ArgumentException>(_ => probe.Tell("argument exception"));
            ReceiveAny(_ => probe.Tell("any"));
        }
    }

    private sealed class HandlerAfterAny : ReceiveActor
    {
        public HandlerAfterAny(IActorRef probe)
        {
            ReceiveAny(_ => { });
            try
            {
                Receive<string>(_ => { });
            }
            catch (InvalidOperationException failure)
            {
                probe.Tell(failure.GetType().Name);
            }
        }
    }

    private sealed class LateHandler : ReceiveActor
    {
        public LateHandler(IActorRef probe) =>
            Receive<string>(_ =>
            {
                try
                {
                    Receive<int>(_ => { });
                }
                catch (InvalidOperationException failure)
                {
                    probe.Tell(failure.GetType().Name);
                }
            });
    }

    private sealed class Changing : ReceiveActor
    {
        private readonly IActorRef _probe;

        public Changing(IActorRef probe)
        {
            _probe = probe;
            Answer("bottom")();
        }

        private Action Answer(string text) => () =>
        {
            Receive<string>(message => message == "?", _ => _probe.Tell(text));
            Receive<string>(message => message == "push", _ => BecomeStacked(Answer("pushed")));
            Receive<string>(message => message == "replace", _ => Become(Answer("replaced")));
            Receive<string>(message => message == "pop", _ => UnbecomeStacked());
        };
    }

    private sealed class Untyped(IActorRef probe) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is string)
                probe.Tell(message);
            else
                Unhandled(message);
        }
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent(IActorRef probe)
        {
            var child = Context.ActorOf(Props.Create(() => new Child(probe)), "child");
            ReceiveAny(_ =>
            {
                probe.Tell(Context.Child("child").Path.Name);
                probe.Tell(Context.Self.Path.Name);
                child.Tell("report");
            });
        }
    }

    private sealed class Child : ReceiveActor
    {
        public Child(IActorRef probe) =>
            ReceiveAny(_ =>
            {
                probe.Tell(Context.Parent.Path.Name);
                probe.Tell(Context.Child("none").IsNobody());
                Context.ActorOf(Props.Create(() => new Untyped(probe)));
                probe.Tell(Context.GetChildren().Count());
            });
    }
}
