using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>Makes stashes for actors whose mailbox has a front.</summary>
public static class StashFactory
{
    /// <summary>Makes the stash of an actor of type <typeparamref name="T"/>.</summary>
    public static IStash CreateStash<T>(this IActorContext context)
        where T : ActorBase => CreateStash(context, typeof(T));

    /// <summary>Makes the stash of an actor.</summary>
    public static IStash CreateStash(this IActorContext context, IActorStash actorInstance) =>
        CreateStash(context, actorInstance.GetType());

    /// <summary>
    /// Makes the stash of an actor of a type; one that stashes without bound ignores <c>stash-capacity</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The type does not stash.</exception>
    /// <exception cref="NotSupportedException">The mailbox has no front.</exception>
    public static IStash CreateStash(this IActorContext context, Type actorType)
    {
        var cell = (ActorCell)context;
        if (typeof(IWithUnboundedStash).IsAssignableFrom(actorType))
        {
            return new StashImpl(cell, -1);
        }

        return typeof(IActorStash).IsAssignableFrom(actorType)
            ? new StashImpl(cell, cell.SystemImpl.Mailboxes.StashCapacity(cell.Props))
            : throw new ArgumentException($"Actor {actorType} implements no stash interface.", nameof(actorType));
    }

    /// <summary>Makes a stash without bound, for bases of actors that need one of their own.</summary>
    internal static IStash CreateStash(IActorContext context) => new StashImpl((ActorCell)context, -1);
}

/// <summary>A stash on the front of the actor's mailbox.</summary>
internal sealed class StashImpl : IStash
{
    private readonly ActorCell _cell;
    private readonly IDequeBasedMessageQueueSemantics _mailbox;
    private LinkedList<Envelope> _stash = new();
    private long _stashedEnvelope = -1;

    public StashImpl(ActorCell cell, int capacity)
    {
        _cell = cell;
        _mailbox = cell.Mailbox.Queue as IDequeBasedMessageQueueSemantics ?? throw new NotSupportedException(
            $"DequeBasedMailbox required, got: {cell.Mailbox.Queue.GetType().Name}. Configure one as follows: " +
            "my-custom-mailbox { mailbox-type = \"Akka.Dispatch.UnboundedDequeBasedMailbox\" }");
        Capacity = capacity <= 0 ? -1 : capacity;
    }

    public int Capacity { get; }

    public int Count => _stash.Count;

    public bool IsEmpty => _stash.Count == 0;

    public bool NonEmpty => _stash.Count > 0;

    public bool IsFull => Capacity >= 0 && _stash.Count >= Capacity;

    public void Stash()
    {
        if (_cell.EnvelopeCount == _stashedEnvelope)
        {
            throw new IllegalActorStateException(
                $"Can't stash the same message {_cell.CurrentMessage} more than once");
        }

        if (IsFull)
        {
            throw new StashOverflowException(
                $"Couldn't enqueue message {_cell.CurrentMessage} from {_cell.Sender} to stash of {_cell.Self}");
        }

        _stashedEnvelope = _cell.EnvelopeCount;
        _stash.AddLast(new Envelope(_cell.CurrentMessage!, _cell.Sender));
    }

    public void Unstash()
    {
        if (_stash.First is { } first)
        {
            _stash.RemoveFirst();
            _mailbox.EnqueueFirst(first.Value);
        }
    }

    public void UnstashAll() => UnstashAll(static _ => true);

    public void UnstashAll(Func<Envelope, bool> predicate)
    {
        // The last one first, so that the first one ends up in front.
        var stash = _stash;
        _stash = new LinkedList<Envelope>();
        for (var node = stash.Last; node is not null; node = node.Previous)
        {
            if (predicate(node.Value))
            {
                _mailbox.EnqueueFirst(node.Value);
            }
        }
    }

    public IEnumerable<Envelope> ClearStash()
    {
        var stash = _stash;
        _stash = new LinkedList<Envelope>();
        return stash;
    }

    public void Prepend(IEnumerable<Envelope> envelopes)
    {
        foreach (var envelope in envelopes.Reverse())
        {
            _stash.AddFirst(envelope);
        }
    }
}
