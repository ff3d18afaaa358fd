using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>Keeps events in memory, as long as the actor system lives: for tests.</summary>
public class MemoryJournal : AsyncWriteJournal
{
    private readonly Dictionary<string, Stream> _streams = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception?>?> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        lock (_streams)
        {
            foreach (var write in messages)
            {
                foreach (var @event in (IEnumerable<IPersistentRepresentation>)write.Payload)
                {
                    Append(@event.WithTimestamp(DateTime.UtcNow.Ticks));
                }
            }
        }

        return Task.FromResult<IImmutableList<Exception?>?>(null);
    }

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        lock (_streams)
        {
            return Task.FromResult(_streams.TryGetValue(persistenceId, out var stream) ? stream.Highest : 0L);
        }
    }

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        IPersistentRepresentation[] events;
        lock (_streams)
        {
            events = _streams.TryGetValue(persistenceId, out var stream)
                ? [.. stream.Events.Where(e => e.SequenceNr >= fromSequenceNr && e.SequenceNr <= toSequenceNr)]
                : [];
        }

        foreach (var @event in events.Take((int)Math.Min(max, int.MaxValue)))
        {
            recoveryCallback(@event);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr)
    {
        lock (_streams)
        {
            if (_streams.TryGetValue(persistenceId, out var stream))
            {
                stream.Events.RemoveAll(e => e.SequenceNr <= toSequenceNr);
            }
        }

        return Task.CompletedTask;
    }

    private void Append(IPersistentRepresentation @event)
    {
        if (!_streams.TryGetValue(@event.PersistenceId, out var stream))
        {
            _streams[@event.PersistenceId] = stream = new Stream();
        }

        stream.Events.Add(@event);
        stream.Highest = Math.Max(stream.Highest, @event.SequenceNr);
    }

    private sealed class Stream
    {
        public List<IPersistentRepresentation> Events { get; } = [];

        public long Highest { get; set; }
    }
}
