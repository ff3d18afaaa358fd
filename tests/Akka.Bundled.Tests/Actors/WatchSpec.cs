using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class WatchSpec : ActorSpec
{
    [Fact]
    public async Task A_watcher_is_told_once_when_the_actor_stops()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        await WatchAsync(subject);
        await WatchAsync(subject);
        Sys.Stop(subject);
        var terminated = await ExpectTerminatedAsync(subject);
        Assert.True(terminated.ExistenceConfirmed);
        Assert.False(terminated.AddressTerminated);
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task Watching_a_dead_actor_is_answered_at_once()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        await WatchAsync(subject);
        Sys.Stop(subject);
        await ExpectTerminatedAsync(subject);

        await WatchAsync(subject);
        var terminated = await ExpectTerminatedAsync(subject);
        Assert.False(terminated.ExistenceConfirmed);
        Assert.False(terminated.AddressTerminated);
    }

    [Fact]
    public async Task Watching_an_actor_that_never_was_is_answered_at_once()
    {
        var never = ((ExtendedActorSystem)Sys).Provider.ResolveActorRef("akka://test/user/never");
        await WatchAsync(never);
        var terminated = await ExpectTerminatedAsync(never);
        Assert.False(terminated.ExistenceConfirmed);
        Assert.False(terminated.AddressTerminated);
    }

    [Fact]
    public async Task A_watcher_that_ignores_a_death_dies_of_it()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        var watcher = Sys.ActorOf(Props.Create(() => new Deaf(TestActor, subject)));
        await ExpectTrace("watching");
        await WatchAsync(watcher);
        await EventFilter.Exception<DeathPactException>().ExpectOneAsync(() =>
        {
            Sys.Stop(subject);
            return Task.CompletedTask;
        });
        Assert.True((await ExpectTerminatedAsync(watcher)).ExistenceConfirmed);
    }

    [Fact]
    public async Task A_watch_may_name_its_own_message()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        var watcher = Sys.ActorOf(Props.Create(() => new WatchingWith(TestActor, subject)));
        watcher.Tell("watch");
        await ExpectTrace("watch");
        Sys.Stop(subject);
        await ExpectTrace("gone");
    }

    [Fact]
    public async Task Unwatch_discards_a_notification_that_is_already_there()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        var gate = new Gate();
        var watcher = Sys.ActorOf(Props.Create(() => new Unwatching(TestActor, subject, gate)));
        watcher.Tell("hold");
        await ExpectTrace("holding");
        await StopAndAwait(subject);
        gate.Open();
        await ExpectTrace("marker");
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task An_unhandled_death_that_has_its_own_message_does_not_kill()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        var watcher = Sys.ActorOf(Props.Create(() => new WatchingWith(TestActor, subject)));
        watcher.Tell("watch silently");
        await ExpectTrace("watch silently");
        await StopAndAwait(subject);
        watcher.Tell("alive?");
        await ExpectTrace("alive?");
    }

    [Fact]
    public async Task A_death_comes_after_what_was_in_the_mailbox_before()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        var gate = new Gate();
        var watcher = Sys.ActorOf(Props.Create(() => new Busy(TestActor, subject, gate)));
        watcher.Tell("hold");
        await ExpectTrace("holding");
        watcher.Tell("a");
        watcher.Tell("b");
        await StopAndAwait(subject);
        gate.Open();
        await ExpectTrace("a", "b", "terminated");
    }

    [Fact]
    public async Task A_watch_outlives_a_restart()
    {
        var subject = Sys.ActorOf(BlackHoleActor.Props);
        var gate = new Gate();
        gate.Open();
        var watcher = Sys.ActorOf(Props.Create(() => new Busy(TestActor, subject, gate)));
        watcher.Tell(new Boom());
        watcher.Tell("restarted");
        await ExpectTrace("restarted");
        Sys.Stop(subject);
        await ExpectTrace("terminated");
    }

    private sealed class Busy : ReceiveActor
    {
        private readonly IActorRef _subject;

        public Busy(IActorRef probe, IActorRef subject, Gate gate)
        {
            _subject = subject;
            Receive<string>(text => text == "hold", _ =>
            {
                probe.Tell("holding");
                gate.Pass();
            });
            Receive<Boom>(boom => throw boom);
            Receive<Terminated>(_ => probe.Tell("terminated"));
            ReceiveAny(message => probe.Tell(message));
        }

        protected override void PreStart() => Context.Watch(_subject);

        protected override void PostRestart(Exception reason)
        {
            // Not PreStart: the watch of the instance before must still stand.
        }
    }

    private sealed class Deaf : ReceiveActor
    {
        public Deaf(IActorRef probe, IActorRef subject)
        {
            Context.Watch(subject);
            Receive<string>(_ => { });
            probe.Tell("watching");
        }
    }

    private sealed class WatchingWith : ReceiveActor
    {
        public WatchingWith(IActorRef probe, IActorRef subject)
        {
            Receive<string>(text =>
            {
                if (text == "watch") Context.WatchWith(subject, "gone");
                if (text == "watch silently") Context.WatchWith(subject, new object());
                probe.Tell(text);
            });
        }
    }

    private sealed class Unwatching : ReceiveActor
    {
        public Unwatching(IActorRef probe, IActorRef subject, Gate gate)
        {
            Context.Watch(subject);
            Receive<string>(text => text == "hold", _ =>
            {
                probe.Tell("holding");
                gate.Pass();
                Context.Unwatch(subject);
                Self.Tell("marker");
            });
            ReceiveAny(message => probe.Tell(message));
        }
    }
}
