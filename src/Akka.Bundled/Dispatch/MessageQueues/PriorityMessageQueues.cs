using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>A queue in the order of a priority, first come first served among equals; a lock guards it.</summary>
internal sealed class PriorityEnvelopes(Func<object, int> priorityGenerator, int initialCapacity)
{
    private readonly PriorityQueue<Envelope, (int Priority, long Arrival)> _queue = new(initialCapacity);
    private readonly Stack<Envelope> _front = new();
    private readonly Lock _lock = new();
    private long _arrivals;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _front.Count + _queue.Count;
            }
        }
    }

    public void Enqueue(Envelope envelope)
    {
        var priority = priorityGenerator(envelope.Message);
        lock (_lock)
        {
            _queue.Enqueue(envelope, (priority, _arrivals++));
        }
    }

    public void EnqueueFirst(Envelope envelope)
    {
        lock (_lock)
        {
            _front.Push(envelope);
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        lock (_lock)
        {
            return _front.TryPop(out envelope) || _queue.TryDequeue(out envelope, out _);
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryDequeue(out var envelope))
        {
            deadletters.Enqueue(owner, envelope);
        }
    }
}

/// <summary>Messages by priority, the lowest number first.</summary>
public class UnboundedPriorityMessageQueue : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly PriorityEnvelopes _envelopes;

    /// <summary>An empty queue.</summary>
    public UnboundedPriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity) =>
        _envelopes = new PriorityEnvelopes(priorityGenerator, initialCapacity);

    /// <inheritdoc/>
    public bool HasMessages => _envelopes.Count > 0;

    /// <inheritdoc/>
    public int Count => _envelopes.Count;

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope) => _envelopes.Enqueue(envelope);

    /// <inheritdoc/>
    public void EnqueueFirst(Envelope envelope) => _envelopes.EnqueueFirst(envelope);

    /// <inheritdoc/>
    public bool TryDequeue(out Envelope envelope) => _envelopes.TryDequeue(out envelope);

    /// <inheritdoc/>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters) => _envelopes.CleanUp(owner, deadletters);
}

/// <summary>Messages by priority, the lowest number first, equal ones in the order of their arrival.</summary>
public class UnboundedStablePriorityMessageQueue : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly PriorityEnvelopes _envelopes;

    /// <summary>An empty queue.</summary>
    public UnboundedStablePriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity) =>
        _envelopes = new PriorityEnvelopes(priorityGenerator, initialCapacity);

    /// <inheritdoc/>
    public bool HasMessages => _envelopes.Count > 0;

    /// <inheritdoc/>
    public int Count => _envelopes.Count;

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope) => _envelopes.Enqueue(envelope);

    /// <inheritdoc/>
    public void EnqueueFirst(Envelope envelope) => _envelopes.EnqueueFirst(envelope);

    /// <inheritdoc/>
    public bool TryDequeue(out Envelope envelope) => _envelopes.TryDequeue(out envelope);

    /// <inheritdoc/>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters) => _envelopes.CleanUp(owner, deadletters);
}
