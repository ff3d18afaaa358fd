using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>
/// The default queue: a linked list to which any number of threads append without a lock, and from which one thread
/// takes. A message costs one link. (Vyukov's intrusive multi-producer single-consumer queue.)
/// </summary>
public class UnboundedMessageQueue : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private Link _first;
    private Link _last;

    /// <summary>An empty queue.</summary>
    public UnboundedMessageQueue() => _first = _last = new Link();

    /// <inheritdoc/>
    public bool HasMessages => !ReferenceEquals(_first, Volatile.Read(ref _last));

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            var count = 0;
            for (var link = _first.Next; link is not null; link = link.Next)
            {
                count++;
            }

            return count;
        }
    }

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        var link = new Link { Message = envelope.Message, Sender = envelope.Sender };
        Interlocked.Exchange(ref _last, link).Next = link;
    }

    /// <inheritdoc/>
    public bool TryDequeue(out Envelope envelope)
    {
        var first = _first;
        var next = first.Next;
        if (next is null)
        {
            if (ReferenceEquals(first, Volatile.Read(ref _last)))
            {
                envelope = default;
                return false;
            }

            next = AwaitLink(first);
        }

        envelope = new Envelope(next.Message!, next.Sender!);

        // The taken link stays as the new beginning: it must neither keep its message alive, nor, as garbage that has
        // been promoted, the links that follow the old beginning.
        next.Message = null;
        next.Sender = null;
        first.Next = null;
        _first = next;
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

    /// <summary>A producer has swapped the end but not yet tied the knot; that takes it a few instructions.</summary>
    private static Link AwaitLink(Link link)
    {
        var spin = default(SpinWait);
        Link? next;
        while ((next = link.Next) is null)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        return next;
    }

    private sealed class Link
    {
        private Link? _next;

        public object? Message { get; set; }

        public IActorRef? Sender { get; set; }

        public Link? Next
        {
            get => Volatile.Read(ref _next);
            set => Volatile.Write(ref _next, value);
        }
    }
}
