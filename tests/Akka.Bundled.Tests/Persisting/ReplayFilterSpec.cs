using Akka.Actor;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

/// <summary>Two incarnations have written at the same time: what recovery makes of it.</summary>
public sealed class ReplayFilterSpec : PersistenceSpec
{
    private readonly string _name;

    public ReplayFilterSpec() : this(NewId("filter"))
    {
    }

    private ReplayFilterSpec(string name) : base(string.Join('\n', ModesWith(name))) => _name = name;

    [Fact]
    public Task By_default_what_the_older_writer_wrote_too_late_is_left_out() =>
        ExpectRecovery("repair-by-discard-old", "old 1", "new 2", "new 3", "recovered");

    [Fact]
    public Task With_a_warning_everything_is_replayed() =>
        ExpectRecovery("warn", "old 1", "old 2", "new 2", "old 3", "new 3", "recovered");

    [Fact]
    public Task Switched_off_it_lets_everything_pass() =>
        ExpectRecovery("off", "old 1", "old 2", "new 2", "old 3", "new 3", "recovered");

    [Fact]
    public Task It_can_make_recovery_fail() => ExpectRecovery("fail", "failed");

    [Fact]
    public async Task Writers_one_after_the_other_are_no_problem()
    {
        Store("old", 1, 2);
        Store("new", 3, 4);
        Start("fail");
        await ExpectTrace("old 1", "old 2", "new 3", "new 4", "recovered");
    }

    private async Task ExpectRecovery(string mode, params object[] trace)
    {
        Store("old", 1, 2);
        Store("new", 2);
        Store("old", 3);
        Store("new", 3);
        Start(mode);
        await ExpectTrace(trace);
    }

    private static IEnumerable<string> ModesWith(string name) =>
        new[] { "repair-by-discard-old", "warn", "fail", "off" }.Select(mode => $$"""
            akka.persistence.journal.{{mode}} {
              class = "{{typeof(ScriptedJournal).FullName}}, {{typeof(ScriptedJournal).Assembly.GetName().Name}}"
              plugin-dispatcher = "akka.actor.default-dispatcher"
              script = "{{name}}"
              replay-filter.mode = {{mode}}
            }
            """);

    private void Start(string mode) =>
        Sys.ActorOf(Props.Create(() => new Recovering(TestActor, $"akka.persistence.journal.{mode}")));

    private void Store(string writer, params long[] sequenceNrs)
    {
        foreach (var number in sequenceNrs)
            ScriptedJournal.For(_name).Store(new Persistent($"{writer} {number}", number, "id", writerGuid: writer));
    }

    private sealed class Recovering : ReceivePersistentActor
    {
        private readonly IActorRef _probe;

        public Recovering(IActorRef probe, string journal)
        {
            _probe = probe;
            JournalPluginId = journal;
            Recover<string>(stored => probe.Tell(stored));
            Recover<RecoveryCompleted>(_ => probe.Tell("recovered"));
            CommandAny(_ => { });
        }

        public override string PersistenceId => "id";

        protected override void OnRecoveryFailure(Exception reason, object? message = null) => _probe.Tell("failed");
    }
}
