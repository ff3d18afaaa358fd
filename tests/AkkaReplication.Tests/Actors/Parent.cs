using Akka.Actor;

namespace AkkaReplication.Tests.Actors;

/// <summary>
/// The parent of an actor under test: supervises by Stop, as the product's parents do (F1), and hands on what the child
/// tells it, or what it is told for the child, to a probe.
/// </summary>
internal sealed class Parent : UntypedActor
{
    private readonly Props _child;
    private readonly string? _name;
    private readonly IActorRef _probe;

    public Parent(Props child, string? name, IActorRef probe)
    {
        _child = child;
        _name = name;
        _probe = probe;
    }

    public static IActorRef Of(Akka.TestKit.Xunit2.TestKit test, Props child, IActorRef probe, string? name = null)
    {
        var asking = test.CreateTestProbe();
        var parent = test.Sys.ActorOf(Props.Create(() => new Parent(child, name, probe)));
        asking.Send(parent, Begin.Instance);
        return asking.ExpectMsg<Born>(TimeSpan.FromSeconds(20)).Child;
    }

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnReceive(object message)
    {
        if (message is Begin)
            Sender.Tell(new Born(_name is null ? Context.ActorOf(_child) : Context.ActorOf(_child, _name)), Self);
        else
            _probe.Forward(message);
    }

    private sealed class Begin
    {
        public static readonly Begin Instance = new();
    }

    private sealed record Born(IActorRef Child);
}
