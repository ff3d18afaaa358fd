using Akka.Actor;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

/// <summary>
/// What the specifications of persistence share: an in-memory journal and one that can be made to fail.
/// </summary>
public abstract class PersistenceSpec : ActorSpec
{
    private static int _ids;

    private static readonly string Journals = $$"""
        akka.persistence {
          journal {
            plugin = "akka.persistence.journal.inmem"
            faulty {
              class = "{{typeof(FaultyJournal).FullName}}, {{typeof(FaultyJournal).Assembly.GetName().Name}}"
              plugin-dispatcher = "akka.actor.default-dispatcher"
            }
          }
          snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
        }
        """;

    protected PersistenceSpec(string hocon = "") : base(Journals + "\n" + hocon)
    {
    }

    protected const string Faulty = "akka.persistence.journal.faulty";

    /// <summary>An identity that no other test has.</summary>
    protected static string NewId(string prefix = "id") =>
        $"{prefix}-{Interlocked.Increment(ref _ids)}-{Guid.NewGuid():N}";

    protected IActorRef Start(string id, string journal = "") =>
        Sys.ActorOf(Props.Create(() => new Tracing(TestActor, id, journal)));

    /// <summary>
    /// Traces commands as cmd:x, stored events as x@sequence number, and the end of recovery as RC@number.
    /// </summary>
    protected class Tracing : ReceivePersistentActor
    {
        private readonly IActorRef _probe;

        public Tracing(IActorRef probe, string id, string journal)
        {
            _probe = probe;
            PersistenceId = id;
            if (journal.Length > 0) JournalPluginId = journal;

            Recover<string>(text => Trace($"replay {text}@{LastSequenceNr}"));
            Recover<SnapshotOffer>(offer => Trace($"snapshot {offer.Snapshot}@{offer.Metadata.SequenceNr}"));
            Recover<RecoveryCompleted>(_ => Trace($"RC@{LastSequenceNr}"));

            Command<string>(text => text == "two", _ =>
            {
                Trace("cmd:two");
                Persist("t1", TraceEvent);
                Persist("t2", TraceEvent);
                Trace("end");
            });
            Command<string>(text => text == "all", _ => PersistAll(["x", "y", "z"], TraceEvent));
            Command<string>(text => text == "async", _ =>
            {
                Trace("cmd");
                PersistAsync("x1", Trace);
                PersistAsync("x2", Trace);
                DeferAsync("d", Trace);
                Trace("end");
            });
            Command<string>(text => text == "defer", _ =>
            {
                DeferAsync("deferred", Trace);
                Trace("end");
            });
            Command<string>(text => text == "persist and throw", text =>
            {
                Persist(text, TraceEvent);
                throw new Boom();
            });
            Command<string>(text => text == "throw in handler", text => Persist(text, _ => throw new Boom()));
            Command<string>(text => text == "snapshot", _ => SaveSnapshot($"state at {LastSequenceNr}"));
            Command<string>(text => text.StartsWith("delete to ", StringComparison.Ordinal),
                text => DeleteMessages(long.Parse(text["delete to ".Length..], null)));
            Command<string>(text => text.StartsWith("sender", StringComparison.Ordinal), text =>
                Persist(text, stored => Sender.Tell($"{stored} stored")));
            Command<string>(text =>
            {
                Trace($"cmd:{text}");
                Persist(text, TraceEvent);
            });
            Command<SaveSnapshotSuccess>(saved => Trace($"saved@{saved.Metadata.SequenceNr}"));
            Command<DeleteMessagesSuccess>(deleted => Trace($"deleted to {deleted.ToSequenceNr}"));
            CommandAny(message => _probe.Tell(message));
        }

        public override string PersistenceId { get; }

        protected override void PostStop()
        {
            Trace("PostStop");
            base.PostStop();
        }

        protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
            Trace($"REJ(@{sequenceNr},last={LastSequenceNr})");

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
            Trace($"OnPersistFailure({cause.Message},@{sequenceNr})");

        protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
            Trace("OnRecoveryFailure");

        protected void Trace(string step) => _probe.Tell(step);

        private void TraceEvent(string stored) => Trace($"{stored}@{LastSequenceNr}");
    }
}
