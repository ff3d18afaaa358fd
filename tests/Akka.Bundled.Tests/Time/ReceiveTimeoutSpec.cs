using Akka.Actor;

namespace Akka.Conformance.Time;

public sealed class ReceiveTimeoutSpec : ActorSpec
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_receive_timeout_keeps_firing_while_nothing_comes()
    {
        Sys.ActorOf(Props.Create(() => new Idle(TestActor, new Instances()))).Tell(Timeout);
        await ExpectTrace("1:timeout", "1:timeout", "1:timeout");
    }

    [Fact]
    public async Task A_receive_timeout_survives_a_restart()
    {
        var instances = new Instances();
        var actor = Sys.ActorOf(Props.Create(() => new Idle(TestActor, instances)));
        actor.Tell(Timeout);
        actor.Tell(new Boom());
        await FishForMessageAsync(message => message is "2:timeout", Eventually);
    }

    [Fact]
    public async Task A_receive_timeout_can_be_switched_off()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Idle(TestActor, new Instances())));
        actor.Tell(Timeout);
        await ExpectTrace("1:timeout");
        actor.Tell("off");
        await FishForMessageAsync(message => message is "off", Eventually);
        // One may have come into the mailbox before it was switched off.
        actor.Tell("after it");
        await FishForMessageAsync(message => message is "after it", Eventually);
        await ExpectNoMsgAsync(3 * Timeout);
    }

    [Fact]
    public async Task A_message_may_leave_the_receive_timeout_alone()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Idle(TestActor, new Instances())));
        actor.Tell(Timeout);
        var often = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(TimeSpan.Zero, TimeSpan.FromMilliseconds(20), actor,
            new Uninfluential(), ActorRefs.NoSender);
        await ExpectTrace("1:timeout");
        often.Cancel();
    }

    [Fact]
    public async Task The_message_of_a_timer_may_leave_the_receive_timeout_alone()
    {
        Sys.ActorOf(Props.Create(() => new Ticking(TestActor)));
        await ExpectTrace("timeout");
    }

    private sealed class Uninfluential : INotInfluenceReceiveTimeout;

    private sealed class Idle : ReceiveActor
    {
        public Idle(IActorRef probe, Instances instances)
        {
            var id = instances.Next();
            Receive<TimeSpan>(time => Context.SetReceiveTimeout(time));
            Receive<string>(text =>
            {
                Context.SetReceiveTimeout(null);
                probe.Tell(text);
            });
            Receive<ReceiveTimeout>(_ => probe.Tell($"{id}:timeout"));
            Receive<Boom>(boom => throw boom);
            Receive<Uninfluential>(_ => { });
        }
    }

    private sealed class Ticking : ReceiveActor, IWithTimers
    {
        public Ticking(IActorRef probe)
        {
            Receive<Uninfluential>(_ => { });
            Receive<ReceiveTimeout>(_ => probe.Tell("timeout"));
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Context.SetReceiveTimeout(Timeout);
            Timers.StartPeriodicTimer("key", new Uninfluential(), TimeSpan.FromMilliseconds(20));
        }
    }
}
