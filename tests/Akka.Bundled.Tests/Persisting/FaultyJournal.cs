using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Conformance.Persisting;

/// <summary>
/// A journal in memory that rejects payloads beginning with "reject" and fails on those beginning with "fail". Its
/// contents outlive its system, under the name that the system's configuration gives.
/// </summary>
public sealed class FaultyJournal : AsyncWriteJournal
{
    private static readonly ConcurrentDictionary<string, List<IPersistentRepresentation>> Contents = new();

    /// <summary>The sizes of the batches written, for each persistence id.</summary>
    public static readonly ConcurrentDictionary<string, ConcurrentQueue<int>> Batches = new();

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) =>
        persistenceId.StartsWith("unreadable", StringComparison.Ordinal)
            ? Task.FromException<long>(new Boom("unreadable"))
            : Task.FromResult(Read(persistenceId, events => events.Count == 0 ? 0 : events.Max(e => e.SequenceNr)));

    public override Task ReplayMessagesAsync(IActorContext context, string persistenceId, long fromSequenceNr,
        long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        var wanted = Read(persistenceId, events => events.ToList())
            .Where(e => e.SequenceNr >= fromSequenceNr && e.SequenceNr <= toSequenceNr)
            .Take((int)Math.Min(max, int.MaxValue));
        foreach (var stored in wanted) recoveryCallback(stored);
        return Task.CompletedTask;
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var results = ImmutableList.CreateBuilder<Exception>();
        foreach (var write in messages)
        {
            var events = (IImmutableList<IPersistentRepresentation>)write.Payload;
            Batches.GetOrAdd(write.PersistenceId, _ => new ConcurrentQueue<int>()).Enqueue(events.Count);
            if (events.Any(e => StartsWith(e, "fail")))
                return Task.FromException<IImmutableList<Exception>>(new Boom("write failed"));
            if (events.Any(e => StartsWith(e, "reject")))
            {
                results.Add(new Boom("rejected"));
                continue;
            }

            results.Add(null!);
            Read(write.PersistenceId, stored =>
            {
                stored.AddRange(events);
                return 0;
            });
        }

        return Task.FromResult<IImmutableList<Exception>>(results.ToImmutable());
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) =>
        Task.FromException(new NotSupportedException("This journal deletes nothing."));

    private static bool StartsWith(IPersistentRepresentation e, string prefix) =>
        e.Payload is string text && text.StartsWith(prefix, StringComparison.Ordinal);

    private static T Read<T>(string persistenceId, Func<List<IPersistentRepresentation>, T> read)
    {
        var events = Contents.GetOrAdd(persistenceId, _ => []);
        lock (events) return read(events);
    }
}
