using Akka.Actor;
using Akka.Persistence.Serialization;

namespace Akka.Persistence;

/// <summary>What an actor hands to its journal in one piece.</summary>
public interface IPersistentEnvelope
{
    /// <summary>The events, or a message that is not stored.</summary>
    object Payload { get; }

    /// <summary>Who sent the command.</summary>
    IActorRef? Sender { get; }

    /// <summary>How many replies it has.</summary>
    int Size { get; }
}

/// <summary>One event as a journal sees it.</summary>
public interface IPersistentRepresentation : IMessage
{
    /// <summary>The event.</summary>
    object Payload { get; }

    /// <summary>What the journal's adapters have to say about the event; otherwise empty.</summary>
    string Manifest { get; }

    /// <summary>The actor's id.</summary>
    string PersistenceId { get; }

    /// <summary>The event's place, from 1 on.</summary>
    long SequenceNr { get; }

    /// <summary>When the journal stored it, in ticks of UTC; 0 when it does not say.</summary>
    long Timestamp { get; }

    /// <summary>Which incarnation of the actor wrote it.</summary>
    string WriterGuid { get; }

    /// <summary>Whether it was deleted; no journal of today says so.</summary>
    bool IsDeleted { get; }

    /// <summary>Who sent the command; null when it comes from the journal.</summary>
    IActorRef? Sender { get; }

    /// <summary>The same with another time.</summary>
    IPersistentRepresentation WithTimestamp(long timestamp);

    /// <summary>The same with another event.</summary>
    IPersistentRepresentation WithPayload(object payload);

    /// <summary>The same with another manifest.</summary>
    IPersistentRepresentation WithManifest(string manifest);

    /// <summary>The same event with other circumstances, and without a time.</summary>
    IPersistentRepresentation Update(
        long sequenceNr, string persistenceId, bool isDeleted, IActorRef? sender, string writerGuid);
}
