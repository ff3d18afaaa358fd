using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>Messages an actor has put aside to handle them later.</summary>
public interface IStash
{
    /// <summary>Puts the current message aside.</summary>
    /// <exception cref="IllegalActorStateException">It has been stashed already.</exception>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    void Stash();

    /// <summary>Puts the oldest stashed message in front of the mailbox.</summary>
    void Unstash();

    /// <summary>Puts all stashed messages in front of the mailbox, in their order.</summary>
    void UnstashAll();

    /// <summary>
    /// Puts the stashed messages that pass the predicate in front of the mailbox and drops the others.
    /// </summary>
    void UnstashAll(Func<Envelope, bool> predicate);

    /// <summary>Empties the stash and gives what was in it.</summary>
    IEnumerable<Envelope> ClearStash();

    /// <summary>Puts messages before those in the stash.</summary>
    void Prepend(IEnumerable<Envelope> envelopes);

    /// <summary>How many messages are stashed.</summary>
    int Count { get; }

    /// <summary>True without stashed messages.</summary>
    bool IsEmpty { get; }

    /// <summary>True with stashed messages.</summary>
    bool NonEmpty { get; }

    /// <summary>True when no further message can be stashed.</summary>
    bool IsFull { get; }

    /// <summary>How many messages can be stashed; -1 without bound.</summary>
    int Capacity { get; }
}

/// <summary>An actor that has a stash; see the derived interfaces.</summary>
public interface IActorStash
{
    /// <summary>Set by the runtime after construction.</summary>
    IStash Stash { get; set; }
}

/// <summary>A stash that makes no demand on the mailbox.</summary>
public interface IWithUnrestrictedStash : IActorStash;

/// <summary>A stash, bounded if <c>stash-capacity</c> says so.</summary>
public interface IWithStash : IWithUnrestrictedStash, IRequiresMessageQueue<IDequeBasedMessageQueueSemantics>;

/// <summary>A stash without bound.</summary>
public interface IWithUnboundedStash
    : IWithUnrestrictedStash, IRequiresMessageQueue<IUnboundedDequeBasedMessageQueueSemantics>;
