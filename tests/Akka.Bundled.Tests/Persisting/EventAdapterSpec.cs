using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Akka.Conformance.Persisting;

/// <summary>Events can look different in the journal.</summary>
public sealed class EventAdapterSpec : PersistenceSpec
{
    private readonly string _name;

    public EventAdapterSpec() : this(NewId("adapted"))
    {
    }

    private EventAdapterSpec(string name) : base($$"""
        akka.persistence.journal.adapted {
          class = "{{Name(typeof(ScriptedJournal))}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
          script = "{{name}}"
          event-adapters { versioned = "{{Name(typeof(Versioned))}}", splitting = "{{Name(typeof(Splitting))}}" }
          event-adapter-bindings { "{{Name(typeof(Renamed))}}" = versioned, "{{Name(typeof(Stored))}}" = versioned,
            "{{Name(typeof(Pair))}}" = splitting }
        }
        """) => _name = name;

    [Fact]
    public async Task An_event_is_adapted_to_the_journal_and_back()
    {
        var actor = Start();
        actor.Tell(new Renamed("a"));
        await ExpectTrace("recovered", "stored a");
        var stored = Assert.Single(ScriptedJournal.For(_name).Stored("id"));
        Assert.Equal(new Stored("a", 2), stored.Payload);
        Assert.Equal("v2", stored.Manifest);

        await StopAndAwait(actor);
        Start();
        await ExpectTrace("replay a", "recovered");
    }

    [Fact]
    public async Task A_stored_event_may_stand_for_several()
    {
        ScriptedJournal.For(_name).Store(new Persistent(new Pair("a", "b"), 1, "id", writerGuid: "w"));
        Start();
        await ExpectTrace("replay a", "replay b", "recovered");
    }

    private IActorRef Start() => Sys.ActorOf(Props.Create(() => new Adapted(TestActor)));

    private static string Name(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    public sealed record Renamed(string Name);

    public sealed record Stored(string Name, int Version);

    public sealed record Pair(string First, string Second);

    public sealed class Versioned : IEventAdapter
    {
        public string Manifest(object evt) => "v2";

        public object ToJournal(object evt) => new Stored(((Renamed)evt).Name, 2);

        public IEventSequence FromJournal(object evt, string manifest) =>
            EventSequence.Single(new Renamed(((Stored)evt).Name));
    }

    public sealed class Splitting : IReadEventAdapter
    {
        public IEventSequence FromJournal(object evt, string manifest) =>
            EventSequence.Create(new Renamed(((Pair)evt).First), new Renamed(((Pair)evt).Second));
    }

    private sealed class Adapted : ReceivePersistentActor
    {
        public Adapted(IActorRef probe)
        {
            JournalPluginId = "akka.persistence.journal.adapted";
            Recover<Renamed>(replayed => probe.Tell($"replay {replayed.Name}"));
            Recover<RecoveryCompleted>(_ => probe.Tell("recovered"));
            Command<Renamed>(command => Persist(command, stored => probe.Tell($"stored {stored.Name}")));
        }

        public override string PersistenceId => "id";
    }
}
