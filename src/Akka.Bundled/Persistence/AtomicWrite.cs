using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence.Serialization;

namespace Akka.Persistence;

/// <summary>Events of one actor that a journal must store all or none of.</summary>
public sealed class AtomicWrite : IPersistentEnvelope, IMessage
{
    private readonly IImmutableList<IPersistentRepresentation> _events;

    /// <summary>Creates the write of one event.</summary>
    public AtomicWrite(IPersistentRepresentation @event)
        : this(ImmutableArray.Create(@event))
    {
    }

    /// <summary>Creates the write of several events with consecutive sequence numbers.</summary>
    /// <exception cref="ArgumentException">There is no event, or they are of several actors.</exception>
    public AtomicWrite(IImmutableList<IPersistentRepresentation> payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (payload.Count == 0)
        {
            throw new ArgumentException("Payload of AtomicWrite must not be empty.", nameof(payload));
        }

        _events = payload;
        PersistenceId = payload[0].PersistenceId;
        LowestSequenceNr = payload[0].SequenceNr;
        HighestSequenceNr = payload[^1].SequenceNr;
        Size = payload.Count;
        for (var i = 1; i < payload.Count; i++)
        {
            if (payload[i].PersistenceId != PersistenceId)
            {
                throw new ArgumentException(
                    $"AtomicWrite must contain messages for the same persistenceId, yet {PersistenceId} and "
                    + $"{payload[i].PersistenceId} were found.",
                    nameof(payload));
            }
        }
    }

    /// <summary>The events, an immutable list of <see cref="IPersistentRepresentation"/>.</summary>
    public object Payload => _events;

    /// <summary>Nobody: each event has its own sender.</summary>
    public IActorRef? Sender => null;

    /// <summary>The number of events.</summary>
    public int Size { get; }

    /// <summary>The actor's id.</summary>
    public string PersistenceId { get; }

    /// <summary>The sequence number of the first event.</summary>
    public long LowestSequenceNr { get; }

    /// <summary>The sequence number of the last event.</summary>
    public long HighestSequenceNr { get; }

    internal IImmutableList<IPersistentRepresentation> Events => _events;

    /// <summary>Whether both have the same events.</summary>
    public bool Equals(AtomicWrite? other) =>
        other is not null && PersistenceId == other.PersistenceId && _events.SequenceEqual(other._events);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AtomicWrite);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PersistenceId, LowestSequenceNr, HighestSequenceNr);

    /// <inheritdoc/>
    public override string ToString() =>
        $"AtomicWrite<pid: {PersistenceId}, lowSeqNr: {LowestSequenceNr}, highSeqNr: {HighestSequenceNr}, "
        + $"size: {Size}>";
}
