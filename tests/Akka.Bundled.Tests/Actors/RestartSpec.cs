using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class RestartSpec : ActorSpec
{
    public RestartSpec() : base(VirtualTime)
    {
    }

    [Fact]
    public async Task A_restart_runs_the_hooks_in_order_and_brings_back_the_stash()
    {
        var instances = new Instances();
        var actor = Sys.ActorOf(Props.Create(() => new Restarting(TestActor, instances)));
        foreach (var message in new[] { "stash1", "stash2", "become", "boom", "after" }) actor.Tell(message);
        await ExpectTrace(
            "1.PreStart",
            "1.PreRestart(boom)", "1.PostStop",
            "2.PostRestart", "2.PreStart",
            "2:stash1", "2:stash2", "2:after");
        // The timer of the first instance died with it.
        Scheduler.Advance(Restarting.TimerDelay);
        actor.Tell("at last");
        await ExpectTrace("2:at last");
    }

    [Fact]
    public async Task A_restart_keeps_the_reference_and_the_mailbox_but_loses_the_failing_message()
    {
        var instances = new Instances();
        var gate = new Gate();
        var actor = Sys.ActorOf(Props.Create(() => new Failing(TestActor, instances, gate)));
        foreach (var message in new[] { "boom", "a", "b" }) actor.Tell(message);
        gate.Open();
        await ExpectTrace("2:a", "2:b");
    }

    [Fact]
    public async Task A_restart_stops_the_children_by_default()
    {
        var actor = Sys.ActorOf(Props.Create(() => new WithChild(TestActor)));
        actor.Tell("child?");
        var child = await ExpectMsgAsync<IActorRef>();
        await WatchAsync(child);
        actor.Tell("boom");
        await ExpectTerminatedAsync(child);
    }

    [Fact]
    public async Task A_restart_may_keep_the_children()
    {
        var actor = Sys.ActorOf(Props.Create(() => new KeepingChild(TestActor)));
        actor.Tell("child?");
        var child = await ExpectMsgAsync<IActorRef>();
        actor.Tell("boom");
        actor.Tell("child?");
        Assert.Equal(child, await ExpectMsgAsync<IActorRef>());
    }

    [Fact]
    public async Task A_failing_actor_is_restarted_without_limit_by_default()
    {
        var instances = new Instances();
        var gate = new Gate();
        gate.Open();
        var actor = Sys.ActorOf(Props.Create(() => new Failing(TestActor, instances, gate)));
        for (var i = 0; i < 30; i++) actor.Tell("boom");
        actor.Tell("still here");
        await ExpectTrace("31:still here");
    }

    private sealed class Restarting : ReceiveActor, IWithUnboundedStash, IWithTimers
    {
        public static readonly TimeSpan TimerDelay = TimeSpan.FromHours(1);

        private readonly IActorRef _probe;
        private readonly int _id;

        public Restarting(IActorRef probe, Instances instances)
        {
            _probe = probe;
            _id = instances.Next();
            Receive<string>(text => text == "become", _ => Become(() => ReceiveAny(_ => throw new Boom())));
            ReceiveAny(message =>
            {
                if (_id == 1)
                    Stash.Stash();
                else
                    probe.Tell($"{_id}:{message}");
            });
        }

        public IStash Stash { get; set; } = null!;

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            _probe.Tell($"{_id}.PreStart");
            if (_id == 1) Timers.StartSingleTimer("key", "timer", TimerDelay);
        }

        protected override void PostStop() => _probe.Tell($"{_id}.PostStop");

        protected override void PreRestart(Exception reason, object? message)
        {
            _probe.Tell($"{_id}.PreRestart({message})");
            base.PreRestart(reason, message);
        }

        protected override void PostRestart(Exception reason)
        {
            _probe.Tell($"{_id}.PostRestart");
            base.PostRestart(reason);
        }
    }

    private sealed class Failing : ReceiveActor
    {
        public Failing(IActorRef probe, Instances instances, Gate gate)
        {
            var id = instances.Next();
            Receive<string>(text => text == "boom", _ =>
            {
                gate.Pass();
                throw new Boom();
            });
            ReceiveAny(message => probe.Tell($"{id}:{message}"));
        }
    }

    private sealed class WithChild : ReceiveActor
    {
        public WithChild(IActorRef probe)
        {
            var child = Context.ActorOf(BlackHoleActor.Props, "child");
            Receive<string>(text => text == "child?", _ => probe.Tell(child));
            ReceiveAny(_ => throw new Boom());
        }
    }

    private sealed class KeepingChild : ReceiveActor
    {
        public KeepingChild(IActorRef probe)
        {
            Receive<string>(text => text == "child?", _ => probe.Tell(Context.Child("child")));
            ReceiveAny(_ => throw new Boom());
        }

        protected override void PreStart() => Context.ActorOf(BlackHoleActor.Props, "child");

        protected override void PreRestart(Exception reason, object? message)
        {
        }

        protected override void PostRestart(Exception reason)
        {
        }
    }
}
