using Akka.Actor;
using Akka.Pattern;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

/// <summary>How a journal treats its actors and its plugin.</summary>
public sealed class JournalSpec : PersistenceSpec
{
    private readonly string _name;

    public JournalSpec() : this(NewId("journal"))
    {
    }

    private JournalSpec(string name) : base(Journal(name)) => _name = name;

    private ScriptedJournal.Script Script => ScriptedJournal.For(_name);

    [Fact]
    public async Task Events_that_come_up_during_a_write_go_out_together()
    {
        var write = new TaskCompletionSource();
        Script.OnWrite = _ => write.Task;
        var actor = StartWriting("id");
        actor.Tell("a");
        Assert.Equal(["a"], await NextWrite());
        foreach (var command in new[] { "b", "c", "d" }) actor.Tell(command);
        await ExpectTrace("cmd:a", "cmd:b", "cmd:c", "cmd:d");
        Assert.Empty(Script.Writes);

        write.SetResult();
        await ExpectTrace("a", "b", "c", "d");
        Assert.Equal(["b", "c", "d"], await NextWrite());
    }

    [Fact]
    public async Task Actors_do_not_wait_for_each_other_but_are_answered_in_order()
    {
        var slow = new TaskCompletionSource();
        Script.OnWrite = events => events[0].PersistenceId == "slow" ? slow.Task : Task.CompletedTask;
        StartWriting("slow").Tell("s");
        Assert.Equal(["s"], await NextWrite());
        await ExpectTrace("cmd:s");
        StartWriting("quick").Tell("q");
        Assert.Equal(["q"], await NextWrite());
        await ExpectTrace("cmd:q");
        await ExpectNoMsgAsync(AShortWhile);

        slow.SetResult();
        var handled = await ReceiveNAsync(2, Eventually).ToListAsync();
        Assert.Equal(["q", "s"], handled.Cast<string>().Order());
    }

    [Fact]
    public async Task After_too_many_failures_the_breaker_spares_the_plugin()
    {
        // Reads count as well: a recovery that succeeds makes up for a write that failed. So all recover first.
        var actors = new Dictionary<string, IActorRef>();
        foreach (var id in new[] { "first", "second", "third" })
        {
            actors[id] = StartWriting(id);
            actors[id].Tell("begin");
            await ExpectTrace("cmd:begin", "begin");
            Assert.Equal(["begin"], await NextWrite());
        }

        Script.OnWrite = _ => Task.FromException(new Boom("disk"));
        foreach (var id in new[] { "first", "second" })
        {
            actors[id].Tell(id);
            await ExpectTrace($"cmd:{id}", "failure Boom");
            Assert.Equal([id], await NextWrite());
        }

        actors["third"].Tell("third");
        await ExpectTrace("cmd:third", $"failure {nameof(OpenCircuitException)}");
        Assert.Empty(Script.Writes);
    }

    [Fact]
    public async Task A_write_that_takes_too_long_has_failed()
    {
        Script.OnWrite = _ => new TaskCompletionSource().Task;
        var actor = Sys.ActorOf(Props.Create(() => new Writing(TestActor, "id", Hasty)));
        await WatchAsync(actor);
        actor.Tell("a");
        await ExpectTrace("cmd:a");
        await ExpectMsgAsync<string>(step => step.StartsWith("failure", StringComparison.Ordinal), Eventually);
        await ExpectTerminatedAsync(actor, Eventually);
    }

    [Fact]
    public async Task A_limited_number_of_actors_recovers_at_a_time()
    {
        var first = new TaskCompletionSource<long>();
        Script.OnRecover = (id, highest) => id == "first" ? first.Task : Task.FromResult(highest);
        var waiting = StartWriting("first");
        await AwaitConditionAsync(() => Task.FromResult(Script.Recoveries.Contains("first")), Eventually);
        StartWriting("second").Tell("x");
        await ExpectNoMsgAsync(AShortWhile);
        Assert.DoesNotContain("second", Script.Recoveries);

        first.SetResult(0);
        await ExpectTrace("cmd:x", "x");
        await StopAndAwait(waiting);
    }

    [Fact]
    public async Task An_actor_that_stops_while_it_recovers_makes_room_for_the_next()
    {
        Script.OnRecover = (id, highest) =>
            id == "first" ? new TaskCompletionSource<long>().Task : Task.FromResult(highest);
        var hanging = StartWriting("first");
        await AwaitConditionAsync(() => Task.FromResult(Script.Recoveries.Contains("first")), Eventually);
        StartWriting("second").Tell("x");
        Sys.Stop(hanging);
        await ExpectTrace("cmd:x", "x");
    }

    [Fact]
    public async Task A_recovery_without_progress_fails()
    {
        Script.OnRecover = (_, _) => new TaskCompletionSource<long>().Task;
        var actor = Sys.ActorOf(Props.Create(() => new Writing(TestActor, "id", Impatient)));
        await WatchAsync(actor);
        await ExpectTrace($"recovery {nameof(RecoveryTimedOutException)}");
        await ExpectTerminatedAsync(actor, Eventually);
    }

    private const string Scripted = "akka.persistence.journal.scripted";
    private const string Hasty = "akka.persistence.journal.hasty";
    private const string Impatient = "akka.persistence.journal.impatient";

    private static string Journal(string name) => $$"""
        akka.persistence.max-concurrent-recoveries = 1
        akka.persistence.journal.scripted {
          class = "{{typeof(ScriptedJournal).FullName}}, {{typeof(ScriptedJournal).Assembly.GetName().Name}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
          script = "{{name}}"
          circuit-breaker { max-failures = 2, call-timeout = 10m, reset-timeout = 10m }
        }
        akka.persistence.journal.hasty {
          class = "{{typeof(ScriptedJournal).FullName}}, {{typeof(ScriptedJournal).Assembly.GetName().Name}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
          script = "{{name}}"
          circuit-breaker { max-failures = 2, call-timeout = 200ms, reset-timeout = 10m }
        }
        akka.persistence.journal.impatient {
          class = "{{typeof(ScriptedJournal).FullName}}, {{typeof(ScriptedJournal).Assembly.GetName().Name}}"
          plugin-dispatcher = "akka.actor.default-dispatcher"
          script = "{{name}}"
          recovery-event-timeout = 200ms
        }
        """;

    private IActorRef StartWriting(string id) => Sys.ActorOf(Props.Create(() => new Writing(TestActor, id, Scripted)));

    /// <summary>The payloads of the next write, which may have begun already.</summary>
    private Task<object[]> NextWrite() => Task.Run(() =>
        Script.Writes.TryTake(out var write, Eventually) ? write : throw new TimeoutException("There was no write."));

    private sealed class Writing : ReceivePersistentActor
    {
        private readonly IActorRef _probe;

        public Writing(IActorRef probe, string id, string journal)
        {
            _probe = probe;
            PersistenceId = id;
            JournalPluginId = journal;
            RecoverAny(_ => { });
            Command<string>(command =>
            {
                probe.Tell($"cmd:{command}");
                PersistAsync(command, stored => probe.Tell(stored));
            });
        }

        public override string PersistenceId { get; }

        protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
            _probe.Tell($"failure {cause.GetType().Name}");

        protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
            _probe.Tell($"recovery {reason.GetType().Name}");
    }
}
