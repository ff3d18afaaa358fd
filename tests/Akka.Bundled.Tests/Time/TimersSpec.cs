using Akka.Actor;

namespace Akka.Conformance.Time;

public sealed class TimersSpec : ActorSpec
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_single_timer_fires_once()
    {
        Run(timers => timers.StartSingleTimer("key", "tick", Tick));
        await ExpectTrace("tick");
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task A_periodic_timer_goes_on_until_cancelled()
    {
        var actor = Run(timers => timers.StartPeriodicTimer("key", "tick", Tick));
        await ExpectTrace("tick", "tick", "tick");
        actor.Tell(new Command(timers => timers.Cancel("key"), "cancelled"));
        await FishForMessageAsync(message => message is "cancelled", Eventually);
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task A_key_tells_timers_apart_and_replaces()
    {
        Run(timers =>
        {
            timers.StartSingleTimer("a", "first", Tick);
            timers.StartSingleTimer("a", "second", 2 * Tick);
            timers.StartSingleTimer("b", "other", 4 * Tick);
        });
        await ExpectTrace("second", "other");
    }

    [Fact]
    public async Task A_timer_that_fired_into_the_mailbox_does_not_outlive_its_cancellation()
    {
        var gate = new Gate();
        var actor = Run(timers => timers.StartSingleTimer("key", "tick", Tick));
        actor.Tell(new Command(timers =>
        {
            gate.Pass();
            timers.Cancel("key");
        }, "cancelled"));
        // The same scheduler, later: the timer has fired by then, and the actor is still in the command.
        Sys.Scheduler.Advanced.ScheduleOnce(4 * Tick, gate.Open);
        await FishForMessageAsync(message => message is "cancelled", Eventually);
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task Ticks_pile_up_behind_a_slow_handler()
    {
        var gate = new Gate();
        var actor = Sys.ActorOf(Props.Create(() => new SlowTicker(TestActor, gate, Tick)));
        await ExpectTrace("slow tick");
        Sys.Scheduler.Advanced.ScheduleOnce(6 * Tick, gate.Open);
        // Told at the end of the slow tick, so what comes before it was in the mailbox then.
        var before = await ReceiveWhileAsync<string>(text => text != "slow tick is over", Eventually).ToListAsync();
        Assert.True(before.Count >= 3, $"{before.Count} ticks were waiting");
        await ExpectTrace("slow tick is over");
        await ExpectTrace("tick", "tick");
        Sys.Stop(actor);
    }

    [Fact]
    public async Task A_timer_can_be_asked_for()
    {
        Run(timers =>
        {
            timers.StartSingleTimer("key", "tick", TimeSpan.FromHours(1));
            TestActor.Tell(timers.IsTimerActive("key"));
            timers.CancelAll();
            TestActor.Tell(timers.IsTimerActive("key"));
        });
        await ExpectTrace(true, false);
    }

    [Fact]
    public async Task The_message_of_a_timer_has_no_sender()
    {
        Sys.ActorOf(Props.Create(() => new TellsSender(TestActor)));
        await ExpectTrace(Sys.DeadLetters, Sys.DeadLetters);
    }

    private IActorRef Run(Action<ITimerScheduler> setUp)
    {
        var actor = Sys.ActorOf(Props.Create(() => new Timed(TestActor)));
        actor.Tell(new Command(setUp, null));
        return actor;
    }

    private sealed record Command(Action<ITimerScheduler> Run, string? Reply);

    private sealed class Timed : ReceiveActor, IWithTimers
    {
        public Timed(IActorRef probe)
        {
            Receive<Command>(command =>
            {
                command.Run(Timers);
                if (command.Reply is not null) probe.Tell(command.Reply);
            });
            ReceiveAny(message => probe.Tell(message));
        }

        public ITimerScheduler Timers { get; set; } = null!;
    }

    private sealed class TellsSender : ReceiveActor, IWithTimers
    {
        public TellsSender(IActorRef probe) => Receive<string>(_ => probe.Tell(Sender));

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Timers.StartSingleTimer("once", "tick", Tick);
            Timers.StartPeriodicTimer("often", "tick", 2 * Tick);
        }
    }

    private sealed class SlowTicker : ReceiveActor, IWithTimers
    {
        private readonly TimeSpan _interval;

        public SlowTicker(IActorRef probe, Gate gate, TimeSpan interval)
        {
            _interval = interval;
            var first = true;
            Receive<string>(text =>
            {
                if (!first)
                {
                    probe.Tell(text);
                    return;
                }

                first = false;
                probe.Tell("slow tick");
                gate.Pass();
                Self.Tell("slow tick is over");
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("key", "tick", _interval);
    }
}
