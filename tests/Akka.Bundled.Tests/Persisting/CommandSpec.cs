using Akka.Actor;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

/// <summary>Commands that wait: in the user's stash, for an event, for a task.</summary>
public sealed class CommandSpec : PersistenceSpec
{
    [Fact]
    public async Task Stashed_commands_come_before_those_that_arrived_later()
    {
        var actor = StartClosed();
        foreach (var command in new[] { "a", "b", "open", "c", "d" }) actor.Tell(command);
        await ExpectTrace("stash a", "stash b", "open", "a", "b", "c", "d");
    }

    [Fact]
    public async Task Each_unstashed_command_waits_for_the_event_of_the_one_before()
    {
        var actor = StartClosed();
        foreach (var command in new[] { "keep a", "keep b", "open", "keep c" }) actor.Tell(command);
        await ExpectTrace("stash keep a", "stash keep b", "open",
            "keep a", "kept keep a", "keep b", "kept keep b", "keep c", "kept keep c");
    }

    [Fact]
    public async Task Stashed_commands_survive_a_restart()
    {
        var actor = StartClosed();
        foreach (var command in new[] { "a", "b", "boom", "open", "c" }) actor.Tell(command);
        await ExpectTrace("stash a", "stash b");
        var trace = await ReceiveNAsync(6, Eventually).ToListAsync();
        Assert.Equal(["stash a", "stash b", "open", "a", "b", "c"], trace.Cast<string>());
    }

    [Fact]
    public async Task An_asynchronous_command_may_persist_after_an_await()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Asynchronous(TestActor, NewId("id"))));
        actor.Tell("a");
        actor.Tell("b");
        await ExpectTrace("< a", "> a", "stored a@1", "< b", "> b", "stored b@2");
    }

    [Fact]
    public async Task An_asynchronous_command_that_fails_restarts_the_actor_and_keeps_what_it_persisted()
    {
        var id = NewId();
        var actor = Sys.ActorOf(Props.Create(() => new Asynchronous(TestActor, id)));
        actor.Tell("boom");
        actor.Tell("b");
        await ExpectTrace("< boom", "> boom", "replay boom@1", "< b", "> b", "stored b@2");
    }

    [Fact]
    public async Task A_handler_may_persist_again_and_commands_go_on_waiting()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Chaining(TestActor, NewId("id"))));
        actor.Tell(2);
        actor.Tell(0);
        await ExpectTrace("command 2", "stored 2", "stored 1", "stored 0", "command 0", "stored 0");
    }

    private IActorRef StartClosed() => Sys.ActorOf(Props.Create(() => new Closed(TestActor, NewId("id"))));

    private sealed class Closed : ReceivePersistentActor
    {
        public Closed(IActorRef probe, string id)
        {
            PersistenceId = id;
            RecoverAny(_ => { });
            Command<string>(command => command == "boom", _ => throw new Boom());
            Command<string>(command => command == "open", _ => Persist("opened", _ =>
            {
                probe.Tell("open");
                Stash.UnstashAll();
                Become(() =>
                {
                    Command<string>(command => command.StartsWith("keep", StringComparison.Ordinal), command =>
                    {
                        probe.Tell(command);
                        Persist(command, stored => probe.Tell($"kept {stored}"));
                    });
                    CommandAny(probe.Tell);
                });
            }));
            Command<string>(command =>
            {
                probe.Tell($"stash {command}");
                Stash.Stash();
            });
        }

        public override string PersistenceId { get; }
    }

    private sealed class Asynchronous : ReceivePersistentActor
    {
        public Asynchronous(IActorRef probe, string id)
        {
            PersistenceId = id;
            Recover<string>(stored => probe.Tell($"replay {stored}@{LastSequenceNr}"));
            CommandAsync<string>(async command =>
            {
                probe.Tell($"< {command}");
                await Task.Yield();
                Persist(command, stored => probe.Tell($"stored {stored}@{LastSequenceNr}"));
                probe.Tell($"> {command}");
                if (command == "boom") throw new Boom();
            });
        }

        public override string PersistenceId { get; }
    }

    private sealed class Chaining : ReceivePersistentActor
    {
        private readonly IActorRef _probe;

        public Chaining(IActorRef probe, string id)
        {
            _probe = probe;
            PersistenceId = id;
            RecoverAny(_ => { });
            Command<int>(number =>
            {
                probe.Tell($"command {number}");
                Keep(number);
            });
        }

        public override string PersistenceId { get; }

        private void Keep(int number) => Persist(number, stored =>
        {
            _probe.Tell($"stored {stored}");
            if (stored > 0) Keep(stored - 1);
        });
    }
}
