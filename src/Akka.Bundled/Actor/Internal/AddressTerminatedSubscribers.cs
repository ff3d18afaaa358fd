using System.Collections.Concurrent;

namespace Akka.Actor.Internal;

/// <summary>The actors that watch, or are watched, across nodes: they must learn when a node is lost.</summary>
internal sealed class AddressTerminatedSubscribers
{
    private readonly ConcurrentDictionary<IActorRef, byte> _subscribers = new();

    public void Set(IActorRef subscriber, bool subscribed)
    {
        if (subscribed)
        {
            _subscribers[subscriber] = 0;
        }
        else
        {
            _subscribers.TryRemove(subscriber, out _);
        }
    }

    public void Publish(Address address)
    {
        var message = new AddressTerminated(address);
        foreach (var subscriber in _subscribers.Keys)
        {
            subscriber.Tell(message, ActorRefs.NoSender);
        }
    }
}
