using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>
/// A queue for so many messages. A sender waits for room as long as the push timeout allows, then its message becomes
/// a dead letter; with a timeout of zero it never waits.
/// </summary>
public class BoundedMessageQueue : IMessageQueue, IBoundedMessageQueueSemantics
{
    private readonly UnboundedMessageQueue _queue = new();
    private readonly SemaphoreSlim _room;
    private readonly int _capacity;

    /// <summary>An empty queue.</summary>
    /// <exception cref="ArgumentException">The capacity is not positive or the timeout negative.</exception>
    public BoundedMessageQueue(int boundedCapacity, TimeSpan pushTimeOut)
    {
        if (boundedCapacity <= 0)
        {
            throw new ArgumentException(
                "The capacity for a BoundedMessageQueue must be positive.", nameof(boundedCapacity));
        }

        if (pushTimeOut < TimeSpan.Zero)
        {
            throw new ArgumentException(
                "The push time-out for a BoundedMessageQueue cannot be negative.", nameof(pushTimeOut));
        }

        _capacity = boundedCapacity;
        _room = new SemaphoreSlim(boundedCapacity, boundedCapacity);
        PushTimeOut = pushTimeOut;
    }

    /// <inheritdoc/>
    public TimeSpan PushTimeOut { get; set; }

    /// <inheritdoc/>
    public bool HasMessages => _queue.HasMessages;

    /// <inheritdoc/>
    public int Count => _capacity - _room.CurrentCount;

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        if (_room.Wait(PushTimeOut))
        {
            _queue.Enqueue(receiver, envelope);
        }
        else if (receiver is IInternalActorRef internalRef)
        {
            internalRef.Provider.DeadLetters.Tell(
                new Event.DeadLetter(envelope.Message, envelope.Sender, receiver), envelope.Sender);
        }
    }

    /// <inheritdoc/>
    public bool TryDequeue(out Envelope envelope)
    {
        if (!_queue.TryDequeue(out envelope))
        {
            return false;
        }

        _room.Release();
        return true;
    }

    /// <inheritdoc/>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope))
        {
            deadletters.Enqueue(owner, envelope);
        }
    }
}
