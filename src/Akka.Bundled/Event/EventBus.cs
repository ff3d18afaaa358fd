using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Delivers events to those who subscribed to their class.</summary>
/// <typeparam name="TEvent">The type of the events.</typeparam>
/// <typeparam name="TClassifier">What one subscribes to.</typeparam>
/// <typeparam name="TSubscriber">Who subscribes.</typeparam>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
    where TEvent : notnull
    where TClassifier : notnull
    where TSubscriber : notnull
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<TClassifier, TSubscriber[]> _subscribersOf = new();
    private (TSubscriber Subscriber, TClassifier Classifier)[] _subscriptions = [];

    /// <summary>Subscribes; false when the subscriber gets these events already.</summary>
    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier)
    {
        lock (_lock)
        {
            if (_subscriptions.Any(
                s => Same(s.Subscriber, subscriber) && IsSubClassification(s.Classifier, classifier)))
            {
                return false;
            }

            // The wider subscription includes the narrower ones.
            Replace(
            [
                .. _subscriptions.Where(
                    s => !Same(s.Subscriber, subscriber) || !IsSubClassification(classifier, s.Classifier)),
                (subscriber, classifier)
            ]);
            return true;
        }
    }

    /// <summary>Ends a subscription, those to subclasses included; false when there was none.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier)
    {
        lock (_lock)
        {
            return Replace(
            [
                .. _subscriptions.Where(
                    s => !Same(s.Subscriber, subscriber) || !IsSubClassification(classifier, s.Classifier))
            ]);
        }
    }

    /// <summary>Ends all subscriptions of a subscriber; false when there was none.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber)
    {
        lock (_lock)
        {
            return Replace([.. _subscriptions.Where(s => !Same(s.Subscriber, subscriber))]);
        }
    }

    /// <summary>Delivers an event to everyone who subscribed to its class.</summary>
    public virtual void Publish(TEvent @event)
    {
        var classifier = GetClassifier(@event);
        if (!_subscribersOf.TryGetValue(classifier, out var subscribers))
        {
            subscribers = FindSubscribers(classifier);
        }

        foreach (var subscriber in subscribers)
        {
            Publish(@event, subscriber);
        }
    }

    /// <summary>Delivers an event to one subscriber.</summary>
    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    /// <summary>True when <paramref name="child"/> is included in <paramref name="parent"/>.</summary>
    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    /// <summary>True when an event belongs to a class.</summary>
    protected abstract bool Classify(TEvent @event, TClassifier classifier);

    /// <summary>The class of an event.</summary>
    protected abstract TClassifier GetClassifier(TEvent @event);

    /// <summary>The name of an object's type without its namespace.</summary>
    private protected static string SimpleName(object source) => SimpleName(source.GetType());

    /// <summary>The name of a type without its namespace.</summary>
    private protected static string SimpleName(Type source) => source.Name;

    private static bool Same(TSubscriber a, TSubscriber b) => EqualityComparer<TSubscriber>.Default.Equals(a, b);

    private TSubscriber[] FindSubscribers(TClassifier classifier)
    {
        lock (_lock)
        {
            var subscribers = _subscriptions
                .Where(s => IsSubClassification(s.Classifier, classifier))
                .Select(s => s.Subscriber)
                .Distinct()
                .ToArray();
            _subscribersOf[classifier] = subscribers;
            return subscribers;
        }
    }

    private bool Replace((TSubscriber Subscriber, TClassifier Classifier)[] subscriptions)
    {
        var changed = subscriptions.Length != _subscriptions.Length;
        _subscriptions = subscriptions;
        _subscribersOf.Clear();
        return changed;
    }
}

/// <summary>A bus whose subscribers are actors.</summary>
public abstract class ActorEventBus<TEvent, TClassifier> : EventBus<TEvent, TClassifier, IActorRef>
    where TEvent : notnull
    where TClassifier : notnull
{
}
