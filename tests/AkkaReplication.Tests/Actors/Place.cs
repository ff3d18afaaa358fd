using Akka.Actor;

namespace AkkaReplication.Tests.Actors;

/// <summary>Puts probes at the paths where the product looks for its actors.</summary>
internal sealed class Place : UntypedActor
{
    public static IActorRef Root(ActorSystem system, string name) => system.ActorOf(Props.Create(() => new Place()), name);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Put put when put.Path.Length == 1:
                Sender.Tell(new Found(Context.ActorOf(Props.Create(() => new StandIn(put.Probe)), put.Path[0])), Self);
                break;
            case Put put:
                var next = Context.Child(put.Path[0]);
                if (next.IsNobody())
                    next = Context.ActorOf(Props.Create(() => new Place()), put.Path[0]);
                next.Forward(put with { Path = put.Path[1..] });
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Answered by <see cref="Found"/>: an actor at the path, which hands on everything to the probe.</summary>
    public sealed record Put(string[] Path, IActorRef Probe);

    public sealed record Found(IActorRef Actor);

    private sealed class StandIn(IActorRef probe) : UntypedActor
    {
        protected override void OnReceive(object message) => probe.Forward(message);
    }
}
