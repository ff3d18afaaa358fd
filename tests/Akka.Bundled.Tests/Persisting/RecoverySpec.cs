using Akka.Actor;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

public sealed class RecoverySpec : PersistenceSpec
{
    [Fact]
    public async Task Events_come_back_in_order_before_the_first_command()
    {
        var id = await Stored("a", "b");
        Start(id).Tell("c");
        await ExpectTrace("replay a@1", "replay b@2", "RC@2", "cmd:c", "c@3");
    }

    [Fact]
    public async Task A_snapshot_comes_first_and_replaces_what_it_covers()
    {
        var id = await Stored("a", "b", "snapshot", "c");
        Start(id);
        await ExpectTrace("snapshot state at 2@2", "replay c@3", "RC@3");
    }

    [Fact]
    public async Task Events_that_were_deleted_do_not_come_back_but_are_still_counted()
    {
        var id = await Stored("a", "b", "delete to 2");
        Start(id).Tell("c");
        await ExpectTrace("RC@2", "cmd:c", "c@3");
    }

    [Fact]
    public async Task Recovery_can_stop_early()
    {
        var id = await Stored("a", "b", "c");
        var upToTwo = new Recovery(SnapshotSelectionCriteria.None, 2, long.MaxValue);
        Sys.ActorOf(Props.Create(() => new Limited(TestActor, id, upToTwo)));
        await ExpectTrace("a", "b", "recovered");
        var onlyOne = new Recovery(SnapshotSelectionCriteria.None, long.MaxValue, 1);
        Sys.ActorOf(Props.Create(() => new Limited(TestActor, id, onlyOne)));
        await ExpectTrace("a", "recovered");
    }

    [Fact]
    public async Task Recovery_can_be_switched_off()
    {
        var id = await Stored("a", "b");
        Sys.ActorOf(Props.Create(() => new Limited(TestActor, id, Recovery.None)));
        await ExpectTrace("recovered");
    }

    [Fact]
    public async Task A_recovery_that_fails_stops_the_actor()
    {
        var actor = Start(NewId("unreadable"), Faulty);
        await WatchAsync(actor);
        await ExpectMsgAsync("OnRecoveryFailure", Eventually);
        await FishForMessageAsync(message => message is Terminated, Eventually);
    }

    [Fact]
    public async Task Many_actors_recover_at_once()
    {
        const int Actors = 120;
        var ids = Enumerable.Range(0, Actors).Select(i => NewId($"many-{i}")).ToArray();
        foreach (var id in ids) Start(id);
        var recovered = await ReceiveNAsync(Actors, Eventually).ToListAsync();
        Assert.All(recovered, step => Assert.Equal("RC@0", step));
    }

    [Fact]
    public async Task Two_actors_with_different_identities_do_not_see_each_other()
    {
        var first = await Stored("a");
        var second = await Stored("b");
        Start(first);
        await ExpectTrace("replay a@1", "RC@1");
        Start(second);
        await ExpectTrace("replay b@1", "RC@1");
    }

    /// <summary>An identity that has gone through these commands; its actor has stopped.</summary>
    private async Task<string> Stored(params string[] commands)
    {
        var id = NewId();
        var actor = Start(id);
        foreach (var command in commands)
        {
            actor.Tell(command);
            // The last trace of each command: the event is stored, the snapshot saved, the events deleted.
            await FishForMessageAsync(message => message is string step &&
                (step.StartsWith($"{command}@", StringComparison.Ordinal) ||
                    step.StartsWith("saved@", StringComparison.Ordinal) ||
                    step.StartsWith("deleted to", StringComparison.Ordinal)), Eventually);
        }

        await StopAndAwait(actor);
        await ExpectTrace("PostStop");
        return id;
    }

    private sealed class Limited : ReceivePersistentActor
    {
        public Limited(IActorRef probe, string id, Recovery recovery)
        {
            PersistenceId = id;
            Recovery = recovery;
            Recover<string>(text => probe.Tell(text));
            Recover<RecoveryCompleted>(_ => probe.Tell("recovered"));
            CommandAny(_ => { });
        }

        public override string PersistenceId { get; }

        public override Recovery Recovery { get; }
    }
}
