using Akka.Actor;

namespace Akka.Persistence;

/// <content>The two stashes: the user's, and the one in which commands wait for recovery and events.</content>
public abstract partial class Eventsourced
{
    private readonly IStash _internalStash;
    private UserStash _stash = null!;

    /// <inheritdoc/>
    public IStash Stash
    {
        get => _stash;
        set => _stash = new UserStash(value, _internalStash);
    }

    /// <inheritdoc/>
    public virtual IStashOverflowStrategy InternalStashOverflowStrategy =>
        Extension.DefaultInternalStashOverflowStrategy;

    private void StashInternally(object message)
    {
        try
        {
            _internalStash.Stash();
        }
        catch (StashOverflowException) when (InternalStashOverflowStrategy is DiscardToDeadLetterStrategy)
        {
            Context.System.DeadLetters.Tell(new Event.DeadLetter(message, Sender, Self), Sender);
        }
        catch (StashOverflowException) when (InternalStashOverflowStrategy is ReplyToStrategy strategy)
        {
            Sender.Tell(strategy.Response, Self);
        }
    }

    private void UnstashInternally(bool all)
    {
        if (all)
        {
            _internalStash.UnstashAll();
        }
        else
        {
            // One at a time: the next command may persist, and then those behind it have to wait again.
            _internalStash.Unstash();
        }
    }

    /// <summary>
    /// The user's stash as the user sees it. What is unstashed goes through the internal one, as commands leave that
    /// one by one: straight into the mailbox, it would overtake them.
    /// </summary>
    private sealed class UserStash : IStash
    {
        private readonly IStash _stash;
        private readonly IStash _internal;

        public UserStash(IStash stash, IStash @internal)
        {
            _stash = stash;
            _internal = @internal;
        }

        public int Count => _stash.Count;

        public bool IsEmpty => _stash.IsEmpty;

        public bool NonEmpty => _stash.NonEmpty;

        public bool IsFull => _stash.IsFull;

        public int Capacity => _stash.Capacity;

        public void Stash() => _stash.Stash();

        public void Unstash() => _stash.Unstash();

        public void UnstashAll() => _internal.Prepend(ClearStash());

        public void UnstashAll(Func<Envelope, bool> predicate) => _stash.UnstashAll(predicate);

        public IEnumerable<Envelope> ClearStash() => _stash.ClearStash();

        public void Prepend(IEnumerable<Envelope> envelopes) => _stash.Prepend(envelopes);
    }
}
