using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>A message between persistent actors and their plugins.</summary>
public interface IPersistenceMessage : INoSerializationVerificationNeeded;

/// <summary>A message to or from a journal.</summary>
public interface IJournalMessage : IPersistenceMessage;

/// <summary>A message to a journal.</summary>
public interface IJournalRequest : IJournalMessage;

/// <summary>A message from a journal.</summary>
public interface IJournalResponse : IJournalMessage;

/// <summary>
/// Asks a journal to store events; the replies come in order, one per event, after one for the whole.
/// </summary>
public sealed class WriteMessages : IJournalRequest
{
    /// <summary>Creates the request.</summary>
    public WriteMessages(IEnumerable<IPersistentEnvelope> messages, IActorRef persistentActor, int actorInstanceId)
    {
        Messages = messages;
        PersistentActor = persistentActor;
        ActorInstanceId = actorInstanceId;
    }

    /// <summary>The writes, with the messages that only pass through in between.</summary>
    public IEnumerable<IPersistentEnvelope> Messages { get; }

    /// <summary>Who gets the replies.</summary>
    public IActorRef PersistentActor { get; }

    /// <summary>The actor's incarnation, which comes back with the replies.</summary>
    public int ActorInstanceId { get; }
}

/// <summary>The journal has answered a write; the outcome of each event follows.</summary>
public sealed class WriteMessagesSuccessful : IJournalResponse
{
    private WriteMessagesSuccessful()
    {
    }

    /// <summary>The only instance.</summary>
    public static WriteMessagesSuccessful Instance { get; } = new();
}

/// <summary>The journal has failed to do a write; the failure of each event follows.</summary>
public sealed class WriteMessagesFailed : IJournalResponse
{
    /// <summary>Creates the reply.</summary>
    public WriteMessagesFailed(Exception cause, int writeCount)
    {
        Cause = cause;
        WriteCount = writeCount;
    }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <summary>How many atomic writes there were; 0 when there were only messages that pass through.</summary>
    public int WriteCount { get; }
}

/// <summary>An event is stored.</summary>
public sealed class WriteMessageSuccess : IJournalResponse
{
    /// <summary>Creates the reply.</summary>
    public WriteMessageSuccess(IPersistentRepresentation persistent, int actorInstanceId)
    {
        Persistent = persistent;
        ActorInstanceId = actorInstanceId;
    }

    /// <summary>The event.</summary>
    public IPersistentRepresentation Persistent { get; }

    /// <summary>The incarnation that wrote it.</summary>
    public int ActorInstanceId { get; }
}

/// <summary>The journal refuses an event, which is not stored.</summary>
public sealed class WriteMessageRejected : IJournalResponse
{
    /// <summary>Creates the reply.</summary>
    public WriteMessageRejected(IPersistentRepresentation persistent, Exception cause, int actorInstanceId)
    {
        Persistent = persistent;
        Cause = cause;
        ActorInstanceId = actorInstanceId;
    }

    /// <summary>The event.</summary>
    public IPersistentRepresentation Persistent { get; }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <summary>The incarnation that wrote it.</summary>
    public int ActorInstanceId { get; }
}

/// <summary>The write of an event has failed; whether it is stored is not known.</summary>
public sealed class WriteMessageFailure : IJournalResponse
{
    /// <summary>Creates the reply.</summary>
    public WriteMessageFailure(IPersistentRepresentation persistent, Exception cause, int actorInstanceId)
    {
        Persistent = persistent;
        Cause = cause;
        ActorInstanceId = actorInstanceId;
    }

    /// <summary>The event.</summary>
    public IPersistentRepresentation Persistent { get; }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <summary>The incarnation that wrote it.</summary>
    public int ActorInstanceId { get; }
}

/// <summary>A message that only passes through the journal is back.</summary>
public sealed class LoopMessageSuccess : IJournalResponse
{
    /// <summary>Creates the reply.</summary>
    public LoopMessageSuccess(object message, int actorInstanceId)
    {
        Message = message;
        ActorInstanceId = actorInstanceId;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>The incarnation that sent it.</summary>
    public int ActorInstanceId { get; }
}

/// <summary>Asks a journal for the events of an actor and its highest sequence number.</summary>
public sealed class ReplayMessages : IJournalRequest
{
    /// <summary>Creates the request.</summary>
    public ReplayMessages(
        long fromSequenceNr, long toSequenceNr, long max, string persistenceId, IActorRef persistentActor)
    {
        FromSequenceNr = fromSequenceNr;
        ToSequenceNr = toSequenceNr;
        Max = max;
        PersistenceId = persistenceId;
        PersistentActor = persistentActor;
    }

    /// <summary>The first sequence number, inclusive.</summary>
    public long FromSequenceNr { get; }

    /// <summary>The last sequence number, inclusive.</summary>
    public long ToSequenceNr { get; }

    /// <summary>The largest number of events.</summary>
    public long Max { get; }

    /// <summary>The actor's id.</summary>
    public string PersistenceId { get; }

    /// <summary>Who gets the events.</summary>
    public IActorRef PersistentActor { get; }
}

/// <summary>One event of a recovery.</summary>
public sealed class ReplayedMessage : IJournalResponse, IDeadLetterSuppression
{
    /// <summary>Creates the reply.</summary>
    public ReplayedMessage(IPersistentRepresentation persistent)
    {
        Persistent = persistent;
    }

    /// <summary>The event.</summary>
    public IPersistentRepresentation Persistent { get; }
}

/// <summary>All events of a recovery have been sent.</summary>
public sealed class RecoverySuccess : IJournalResponse, IDeadLetterSuppression
{
    /// <summary>Creates the reply.</summary>
    public RecoverySuccess(long highestSequenceNr)
    {
        HighestSequenceNr = highestSequenceNr;
    }

    /// <summary>The highest sequence number ever stored, deleted events included.</summary>
    public long HighestSequenceNr { get; }
}

/// <summary>The events of a recovery could not be read.</summary>
public sealed class ReplayMessagesFailure : IJournalResponse, IDeadLetterSuppression
{
    /// <summary>Creates the reply.</summary>
    public ReplayMessagesFailure(Exception cause)
    {
        Cause = cause;
    }

    /// <summary>Why.</summary>
    public Exception Cause { get; }
}

/// <summary>Asks a journal to delete the oldest events of an actor.</summary>
public sealed class DeleteMessagesTo : IJournalRequest
{
    /// <summary>Creates the request.</summary>
    public DeleteMessagesTo(string persistenceId, long toSequenceNr, IActorRef persistentActor)
    {
        PersistenceId = persistenceId;
        ToSequenceNr = toSequenceNr;
        PersistentActor = persistentActor;
    }

    /// <summary>The actor's id.</summary>
    public string PersistenceId { get; }

    /// <summary>The last sequence number to delete, inclusive.</summary>
    public long ToSequenceNr { get; }

    /// <summary>Who gets the reply.</summary>
    public IActorRef PersistentActor { get; }
}

/// <summary>The oldest events have been deleted.</summary>
public sealed class DeleteMessagesSuccess : IEquatable<DeleteMessagesSuccess>
{
    /// <summary>Creates the reply.</summary>
    public DeleteMessagesSuccess(long toSequenceNr)
    {
        ToSequenceNr = toSequenceNr;
    }

    /// <summary>The last sequence number deleted, inclusive.</summary>
    public long ToSequenceNr { get; }

    /// <inheritdoc/>
    public bool Equals(DeleteMessagesSuccess? other) => other is not null && ToSequenceNr == other.ToSequenceNr;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DeleteMessagesSuccess);

    /// <inheritdoc/>
    public override int GetHashCode() => ToSequenceNr.GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => $"DeleteMessagesSuccess<toSequenceNr: {ToSequenceNr}>";
}

/// <summary>The oldest events could not be deleted.</summary>
public sealed class DeleteMessagesFailure : INoSerializationVerificationNeeded
{
    /// <summary>Creates the reply.</summary>
    public DeleteMessagesFailure(Exception cause, long toSequenceNr)
    {
        Cause = cause;
        ToSequenceNr = toSequenceNr;
    }

    /// <summary>Why.</summary>
    public Exception Cause { get; }

    /// <summary>The last sequence number to delete, inclusive.</summary>
    public long ToSequenceNr { get; }

    /// <inheritdoc/>
    public override string ToString() => $"DeleteMessagesFailure<toSequenceNr: {ToSequenceNr}, cause: {Cause}>";
}
