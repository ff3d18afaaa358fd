using Akka.Actor;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

public sealed class PersistSpec : PersistenceSpec
{
    [Fact]
    public async Task Persist_stores_first_and_handles_then_before_the_next_command()
    {
        var actor = Start(NewId());
        actor.Tell("a");
        actor.Tell("two");
        actor.Tell("b");
        await ExpectTrace("RC@0", "cmd:a", "a@1", "cmd:two", "end", "t1@2", "t2@3", "cmd:b", "b@4");
    }

    [Fact]
    public async Task PersistAsync_does_not_hold_up_commands()
    {
        var actor = Start(NewId());
        await ExpectTrace("RC@0");
        actor.Tell("async");
        actor.Tell("b");
        var trace = (await ReceiveNAsync(7, Eventually).ToListAsync()).Cast<string>().ToList();
        // Commands go on at once; how far they get before the first event is stored is a matter of timing.
        Assert.Equal(["cmd", "end"], trace.Take(2));
        Assert.Equal(["x1", "x2", "d", "b@3"], trace.Skip(2).Where(step => step != "cmd:b"));
        Assert.True(trace.IndexOf("cmd:b") < trace.IndexOf("b@3"));
    }

    [Fact]
    public async Task DeferAsync_runs_at_once_when_nothing_is_pending()
    {
        Start(NewId()).Tell("defer");
        await ExpectTrace("RC@0", "deferred", "end");
    }

    [Fact]
    public async Task PersistAll_is_one_atomic_write()
    {
        var id = NewId();
        Start(id, Faulty).Tell("all");
        await ExpectTrace("RC@0", "x@1", "y@2", "z@3");
        Assert.Equal([3], FaultyJournal.Batches[id]);
    }

    [Fact]
    public async Task The_sender_is_still_there_when_the_event_is_stored()
    {
        var actor = Start(NewId());
        await ExpectTrace("RC@0");
        Assert.Equal("sender? stored", await actor.Ask<string>("sender?", Eventually));
        var asked = Enumerable.Range(0, 50).Select(i => actor.Ask<string>($"sender {i}", Eventually));
        var others = await Task.WhenAll(asked);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"sender {i} stored"), others);
    }

    [Fact]
    public async Task A_rejected_event_leaves_a_gap()
    {
        var id = NewId();
        var actor = Start(id, Faulty);
        actor.Tell("a");
        actor.Tell("reject");
        actor.Tell("b");
        await ExpectTrace("RC@0", "cmd:a", "a@1", "cmd:reject", "REJ(@2,last=2)", "cmd:b", "b@3");
        await StopAndAwait(actor);
        await ExpectTrace("PostStop");

        Start(id, Faulty);
        await ExpectTrace("replay a@1", "replay b@3", "RC@3");
    }

    [Fact]
    public async Task A_failed_write_stops_the_actor()
    {
        var letters = Listener<Akka.Event.DeadLetter>();
        var actor = Start(NewId(), Faulty);
        await ExpectTrace("RC@0");
        await WatchAsync(actor);
        actor.Tell("fail");
        actor.Tell("queued");
        await ExpectTrace("cmd:fail", "OnPersistFailure(write failed,@1)", "PostStop");
        await ExpectTerminatedAsync(actor);
        await letters.ExpectMsgAsync<Akka.Event.DeadLetter>(letter => letter.Message is "queued", Eventually);
    }

    [Fact]
    public async Task A_handler_that_throws_restarts_the_actor_after_the_event_was_stored()
    {
        var actor = Start(NewId());
        await ExpectTrace("RC@0");
        actor.Tell("throw in handler");
        actor.Tell("next");
        await ExpectTrace("PostStop", "replay throw in handler@1", "RC@1", "cmd:next", "next@2");
    }

    [Fact]
    public async Task A_command_that_persists_and_then_throws_has_stored_its_event()
    {
        var actor = Start(NewId());
        await ExpectTrace("RC@0");
        actor.Tell("persist and throw");
        await ExpectTrace("PostStop", "replay persist and throw@1", "RC@1");
    }

    [Fact]
    public async Task Persisting_during_replay_is_refused()
    {
        var id = NewId();
        var actor = Start(id);
        actor.Tell("a");
        await ExpectTrace("RC@0", "cmd:a", "a@1");
        await StopAndAwait(actor);
        await ExpectTrace("PostStop");
        Sys.ActorOf(Props.Create(() => new PersistingInRecovery(TestActor, id)));
        await ExpectTrace(nameof(InvalidOperationException), "recovered");
    }

    [Fact]
    public async Task Persisting_once_recovered_is_allowed_from_the_recovery_handler()
    {
        Sys.ActorOf(Props.Create(() => new PersistingWhenRecovered(TestActor, NewId("when-recovered"))));
        await ExpectTrace(false, "first");
    }

    private sealed class PersistingInRecovery : ReceivePersistentActor
    {
        public PersistingInRecovery(IActorRef probe, string id)
        {
            PersistenceId = id;
            Recover<string>(_ =>
            {
                try
                {
                    Persist("no", _ => { });
                }
                catch (InvalidOperationException failure)
                {
                    probe.Tell(failure.GetType().Name);
                }
            });
            Recover<RecoveryCompleted>(_ => probe.Tell("recovered"));
            CommandAny(_ => { });
        }

        public override string PersistenceId { get; }
    }

    private sealed class PersistingWhenRecovered : ReceivePersistentActor
    {
        public PersistingWhenRecovered(IActorRef probe, string id)
        {
            PersistenceId = id;
            Recover<RecoveryCompleted>(_ =>
            {
                probe.Tell(IsRecovering);
                Persist("first", stored => probe.Tell(stored));
            });
            CommandAny(_ => { });
        }

        public override string PersistenceId { get; }
    }
}
