using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>Forwards every message, keeping its sender.</summary>
public class ForwardActor : ReceiveActor
{
    /// <summary>Forwards to <paramref name="target"/>.</summary>
    public ForwardActor(IActorRef target) => ReceiveAny(target.Forward);

    /// <summary>Creates one.</summary>
    public static Props Props(IActorRef target) => Akka.Actor.Props.Create(() => new ForwardActor(target));
}
