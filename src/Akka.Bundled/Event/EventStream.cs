using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Event;

/// <summary>
/// The bus of an actor system, for events of any type: dead letters, log entries, and what users publish. It reaches
/// subscribers in this process only, and forgets those that have stopped.
/// </summary>
public class EventStream : LoggingBus
{
    private readonly bool _debug;
    private Unsubscriber? _unsubscriber;

    /// <summary>An event stream; with <paramref name="debug"/> it logs who subscribes to what.</summary>
    public EventStream(bool debug) => _debug = debug;

    /// <summary>Subscribes to events of a type, its subtypes and implementors included.</summary>
    /// <exception cref="ArgumentNullException">The subscriber is null.</exception>
    public override bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        Trace($"subscribing {subscriber} to channel {channel}");
        var subscribed = base.Subscribe(subscriber, channel);

        // After the subscription: who is dead already is unsubscribed at once.
        _unsubscriber?.Watch(subscriber);
        return subscribed;
    }

    /// <inheritdoc/>
    public override bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        Trace($"unsubscribing {subscriber} from channel {channel}");
        return base.Unsubscribe(subscriber, channel);
    }

    /// <inheritdoc/>
    public override bool Unsubscribe(IActorRef subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        Trace($"unsubscribing {subscriber} from all channels");
        return base.Unsubscribe(subscriber);
    }

    internal void StartUnsubscriber(ActorSystemImpl system) => _unsubscriber = new Unsubscriber(this, system);

    private void Trace(string message)
    {
        if (_debug)
        {
            Publish(new Debug(nameof(EventStream), GetType(), message));
        }
    }

    /// <summary>Watches the subscribers. Not an actor: a reference that gets the notifications is enough.</summary>
    private sealed class Unsubscriber : MinimalActorRef
    {
        private readonly EventStream _stream;

        public Unsubscriber(EventStream stream, ActorSystemImpl system)
        {
            _stream = stream;
            Provider = system.Provider;
            Path = Provider.RootPath / "system" / "eventStreamUnsubscriber";
        }

        public override ActorPath Path { get; }

        public override IActorRefProvider Provider { get; }

        public void Watch(IActorRef subscriber)
        {
            // Watching the same actor twice is harmless: it keeps its watchers as a set.
            if (subscriber is IInternalActorRef actor and not MinimalActorRef)
            {
                actor.SendSystemMessage(new Watch(actor, this));
            }
        }

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is DeathWatchNotification notification)
            {
                _stream.Unsubscribe(notification.Actor);
            }
        }
    }
}

/// <summary>Subscriptions by type argument.</summary>
public static class EventStreamExtensions
{
    /// <summary>Subscribes to events of type <typeparamref name="TChannel"/>.</summary>
    public static bool Subscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) =>
        eventStream.Subscribe(subscriber, typeof(TChannel));

    /// <summary>Unsubscribes from events of type <typeparamref name="TChannel"/>.</summary>
    public static bool Unsubscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) =>
        eventStream.Unsubscribe(subscriber, typeof(TChannel));
}
