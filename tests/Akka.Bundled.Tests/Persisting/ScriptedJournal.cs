using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Conformance.Persisting;

/// <summary>
/// A journal that does what the test says, call by call. The test and the journal meet by the name in the journal's
/// configuration, which also shows that a plugin gets its own section.
/// </summary>
public sealed class ScriptedJournal(Config config) : AsyncWriteJournal
{
    private static readonly ConcurrentDictionary<string, Script> Scripts = new();

    private readonly Script _script = For(config.GetString("script")!);

    public static Script For(string name) => Scripts.GetOrAdd(name, _ => new Script());

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        _script.Recoveries.Enqueue(persistenceId);
        return _script.OnRecover(persistenceId, _script.Highest(persistenceId));
    }

    public override Task ReplayMessagesAsync(IActorContext context, string persistenceId, long fromSequenceNr,
        long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (var stored in _script.Stored(persistenceId).Where(e => e.SequenceNr >= fromSequenceNr))
            recoveryCallback(stored);
        return Task.CompletedTask;
    }

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var events = messages.SelectMany(write => (IEnumerable<IPersistentRepresentation>)write.Payload).ToArray();
        _script.Writes.Add([.. events.Select(e => e.Payload)]);
        await _script.OnWrite(events);
        foreach (var e in events) _script.Store(e);
        return null!;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) => Task.CompletedTask;

    /// <summary>What happened to a journal, and what is to happen.</summary>
    public sealed class Script
    {
        private readonly List<IPersistentRepresentation> _events = [];

        /// <summary>The payloads of each write, in the order in which the writes began.</summary>
        public BlockingCollection<object[]> Writes { get; } = [];

        /// <summary>Who asked to recover, in order.</summary>
        public ConcurrentQueue<string> Recoveries { get; } = new();

        /// <summary>Called for each write; events are stored when its task has ended.</summary>
        public Func<IPersistentRepresentation[], Task> OnWrite { get; set; } = _ => Task.CompletedTask;

        /// <summary>
        /// Called for each recovery with the highest number stored; gives what the journal is to answer.
        /// </summary>
        public Func<string, long, Task<long>> OnRecover { get; set; } = (_, highest) => Task.FromResult(highest);

        public void Store(IPersistentRepresentation e)
        {
            lock (_events) _events.Add(e);
        }

        public IPersistentRepresentation[] Stored(string persistenceId)
        {
            lock (_events) return [.. _events.Where(e => e.PersistenceId == persistenceId)];
        }

        public long Highest(string persistenceId) =>
            Stored(persistenceId).Select(e => e.SequenceNr).DefaultIfEmpty(0).Max();
    }
}
