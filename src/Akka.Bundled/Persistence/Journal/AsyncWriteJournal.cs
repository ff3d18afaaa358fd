using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Pattern;

namespace Akka.Persistence.Journal;

/// <summary>
/// The base of journals: one actor for all persistent actors of the system that use it. It begins a write without
/// waiting for those of other actors and yet answers all in the order of their requests; a circuit breaker guards the
/// calls of the derived class.
/// </summary>
/// <remarks>
/// A derived class is named in the configuration (<c>class = "Namespace.Type, Assembly"</c>) and has a constructor that
/// takes nothing, or its section as <see cref="Config"/>. Its methods begin on the journal's thread and must not block.
/// </remarks>
public abstract class AsyncWriteJournal : WriteJournalBase, IAsyncRecovery
{
    /// <summary>Whether requests are published on the event stream once they are done.</summary>
    protected readonly bool CanPublish;

    private readonly Resequencer _resequencer = new();
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CircuitBreaker _breaker;
    private readonly ReplayFilterSettings _replayFilter;

    /// <summary>Creates the journal; it must be started by the persistence extension.</summary>
    /// <exception cref="ConfigurationException">The mode of the replay filter is unknown.</exception>
    protected AsyncWriteJournal()
    {
        var extension = Persistence.Instance.Apply(Context.System);
        var config = extension.ConfigFor(Self);
        CanPublish = extension.PublishPluginCommands;
        _replayFilter = ReplayFilterSettings.From(config);
        _breaker = new CircuitBreaker(
            Context.System.Scheduler,
            config.GetInt("circuit-breaker.max-failures"),
            config.GetTimeSpan("circuit-breaker.call-timeout"),
            config.GetTimeSpan("circuit-breaker.reset-timeout"));
    }

    /// <inheritdoc/>
    public abstract Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback);

    /// <inheritdoc/>
    public abstract Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);

    /// <summary>
    /// Stores events. Each write is stored as a whole or not at all; those of one actor are stored in their order. No
    /// second call for the same incarnation of an actor comes before the task of the first has ended.
    /// </summary>
    /// <returns>
    /// Null when all is stored; otherwise one entry per write, null when it is stored and the reason when it is
    /// rejected and not stored. A failed task is the failure of all, and stops the actors: what is stored is not known.
    /// </returns>
#nullable disable annotations // As with Akka.NET, so that an override may say which parts are null, or may not.
    protected abstract Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages);
#nullable restore annotations

    /// <summary>
    /// Deletes the events of an actor up to the sequence number, inclusive; the highest number stays known.
    /// </summary>
    protected abstract Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr);

    /// <summary>Handles the messages of the derived class; false when it is not one of them.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    /// <inheritdoc/>
    protected sealed override bool Receive(object message) =>
        ReceiveWriteJournal(message) || ReceivePluginInternal(message);

    /// <summary>Handles the requests of persistent actors.</summary>
    protected bool ReceiveWriteJournal(object message)
    {
        switch (message)
        {
            case WriteMessages write:
                _ = Write(write, _resequencer.NextTurn(), Self);
                return true;
            case ReplayMessages replay:
                _ = Replay(replay, Context, Context.System.EventStream);
                return true;
            case DeleteMessagesTo delete:
                _ = Delete(delete, Self, Context.System.EventStream);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The only inner exception of an aggregate, or the exception itself.</summary>
    protected static Exception TryUnwrapException(Exception e) =>
        e is AggregateException aggregate && aggregate.Flatten().InnerExceptions is [var single] ? single : e;

    private async Task Write(WriteMessages request, long turn, IActorRef self)
    {
        var count = request.Messages.Count(message => message is AtomicWrite);
        List<AtomicWrite> writes;
        try
        {
            writes = [.. PreparePersistentBatch(request.Messages)];
        }
        catch (Exception cause)
        {
            // What cannot be adapted cannot be stored either.
            var rejections = Enumerable.Repeat(cause, count).ToImmutableArray();
            _resequencer.Deliver(turn, () => WriteReplies.Done(request, rejections, self));
            return;
        }

        try
        {
            var results = count == 0
                ? null
                : await _breaker.WithCircuitBreaker((this, writes), static s => s.Item1.WriteMessagesAsync(s.writes))
                    .ConfigureAwait(false);
            if (results is not null && results.Count != count)
            {
                throw new IllegalStateException(
                    $"WriteMessagesAsync returned {results.Count} results for {count} writes.");
            }

            _resequencer.Deliver(turn, () => WriteReplies.Done(request, results, self));
        }
        catch (Exception cause)
        {
            var failure = TryUnwrapException(cause);
            _resequencer.Deliver(turn, () => WriteReplies.Failed(request, failure, count, self));
        }
    }

    private async Task Replay(ReplayMessages request, IActorContext context, EventStream eventStream)
    {
        var replies = new ReplayFilter(request.PersistentActor, _replayFilter, _log);
        try
        {
            var from = Math.Max(0L, request.FromSequenceNr - 1);
            var highest = await _breaker.WithCircuitBreaker(
                (this, request, from),
                static s => s.Item1.ReadHighestSequenceNrAsync(s.request.PersistenceId, s.from)).ConfigureAwait(false);
            var to = Math.Min(request.ToSequenceNr, highest);
            if (to > 0 && request.FromSequenceNr <= to)
            {
                // Not under the breaker: its call timeout is no measure for the length of a journal.
                await ReplayMessagesAsync(
                    context, request.PersistenceId, request.FromSequenceNr, to, request.Max, Forward)
                    .ConfigureAwait(false);
            }

            replies.Complete(new RecoverySuccess(highest));
            Publish(eventStream, request);
        }
        catch (OperationCanceledException cause)
        {
            replies.Complete(new ReplayMessagesFailure(new OperationCanceledException(
                "ReplayMessagesAsync canceled, possibly due to timing out.", cause)));
        }
        catch (Exception cause)
        {
            replies.Complete(new ReplayMessagesFailure(TryUnwrapException(cause)));
        }

        void Forward(IPersistentRepresentation stored)
        {
            if (!stored.IsDeleted)
            {
                foreach (var @event in AdaptFromJournal(stored))
                {
                    replies.Add(new ReplayedMessage(@event));
                }
            }
        }
    }

    private async Task Delete(DeleteMessagesTo request, IActorRef self, EventStream eventStream)
    {
        object reply;
        try
        {
            await _breaker.WithCircuitBreaker(
                (this, request),
                static s => s.Item1.DeleteMessagesToAsync(s.request.PersistenceId, s.request.ToSequenceNr))
                .ConfigureAwait(false);
            reply = new DeleteMessagesSuccess(request.ToSequenceNr);
            Publish(eventStream, request);
        }
        catch (Exception cause)
        {
            reply = new DeleteMessagesFailure(TryUnwrapException(cause), request.ToSequenceNr);
        }

        request.PersistentActor.Tell(reply, self);
    }

    private void Publish(EventStream eventStream, object request)
    {
        if (CanPublish)
        {
            eventStream.Publish(request);
        }
    }
}
