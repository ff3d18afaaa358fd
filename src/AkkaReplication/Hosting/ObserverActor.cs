using Akka.Actor;

namespace AkkaReplication;

/// <summary>Hands a cluster's observations from the event stream to a callback.</summary>
internal sealed class ObserverActor : UntypedActor
{
    private readonly string _cluster;
    private readonly Action<ClusterObservation> _observer;

    public ObserverActor(string cluster, Action<ClusterObservation> observer)
    {
        _cluster = cluster;
        _observer = observer;
    }

    public static IDisposable Start(ActorSystem system, string cluster, Action<ClusterObservation> observer)
    {
        var actor = system.ActorOf(Akka.Actor.Props.Create(() => new ObserverActor(cluster, observer)));

        // Subscribed before this returns: nothing that happens from now on is missed.
        system.EventStream.Subscribe(actor, typeof(ClusterObservation));
        return new Subscription(system, actor);
    }

    protected override void OnReceive(object message)
    {
        if (message is ClusterObservation observation && observation.Cluster == _cluster)
            _observer(observation);
    }

    private sealed class Subscription(ActorSystem system, IActorRef actor) : IDisposable
    {
        public void Dispose()
        {
            system.EventStream.Unsubscribe(actor);
            system.Stop(actor);
        }
    }
}
