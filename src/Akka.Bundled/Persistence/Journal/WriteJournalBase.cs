using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>The base of journals: prepares events for storage and gives them back as they were.</summary>
public abstract class WriteJournalBase : ActorBase
{
    private readonly EventAdapters _eventAdapters;

    /// <summary>Creates the journal; it must be started by the persistence extension.</summary>
    protected WriteJournalBase()
    {
        _eventAdapters = Persistence.Instance.Apply(Context.System).AdaptersFor(Self);
    }

    /// <summary>The writes with their events as they are to be stored: adapted, and without senders.</summary>
    protected IEnumerable<AtomicWrite> PreparePersistentBatch(IEnumerable<IPersistentEnvelope> resequenceables)
    {
        foreach (var write in resequenceables.OfType<AtomicWrite>())
        {
            var events = ImmutableArray.CreateBuilder<IPersistentRepresentation>(write.Size);
            foreach (var @event in write.Events)
            {
                events.Add(AdaptToJournal(@event.Update(
                    @event.SequenceNr, @event.PersistenceId, @event.IsDeleted, ActorRefs.NoSender, @event.WriterGuid)));
            }

            yield return new AtomicWrite(events.MoveToImmutable());
        }
    }

    /// <summary>The events that a stored one stands for.</summary>
    protected IEnumerable<IPersistentRepresentation> AdaptFromJournal(IPersistentRepresentation representation)
    {
        var adapter = _eventAdapters.Get(representation.Payload.GetType());
        return adapter is IdentityEventAdapter
            ? [representation]
            : adapter.FromJournal(representation.Payload, representation.Manifest)
                .Events.Select(representation.WithPayload);
    }

    /// <summary>The event as it is to be stored.</summary>
    protected IPersistentRepresentation AdaptToJournal(IPersistentRepresentation representation)
    {
        var payload = representation.Payload;
        var adapter = _eventAdapters.Get(payload.GetType());

        // An event that no adapter writes keeps the manifest it came with.
        return adapter is IdentityEventAdapter or NoopWriteEventAdapter
            ? representation
            : representation.WithPayload(adapter.ToJournal(payload)).WithManifest(adapter.Manifest(payload));
    }
}
