using Akka.Actor;
using Akka.Event;

namespace Akka.Conformance.Kit;

public sealed class TestSchedulerSpec : ActorSpec
{
    public TestSchedulerSpec() : base(VirtualTime)
    {
    }

    [Fact]
    public void Nothing_happens_until_time_moves()
    {
        Scheduler.ScheduleTellOnce(TimeSpan.FromHours(1), TestActor, "an hour", ActorRefs.NoSender);
        ExpectNoMsg(50);
        Scheduler.Advance(TimeSpan.FromMinutes(59));
        ExpectNoMsg(50);
        Scheduler.Advance(TimeSpan.FromMinutes(1));
        ExpectMsg("an hour");
    }

    [Fact]
    public void What_is_due_runs_in_the_order_of_time()
    {
        Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMinutes(3), () => TestActor.Tell("c"));
        Scheduler.ScheduleTellOnce(TimeSpan.FromMinutes(1), TestActor, "a", ActorRefs.NoSender);
        Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMinutes(2), () => TestActor.Tell("b"));
        Scheduler.Advance(TimeSpan.FromMinutes(5));
        ExpectMsg("a");
        ExpectMsg("b");
        ExpectMsg("c");
    }

    [Fact]
    public void A_repeat_runs_once_each_time()
    {
        var cancelable = new Cancelable((IScheduler)Scheduler);
        Scheduler.ScheduleTellRepeatedly(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TestActor, "tick",
            ActorRefs.NoSender, cancelable);
        for (var i = 0; i < 3; i++)
        {
            Scheduler.Advance(TimeSpan.FromMinutes(1));
            ExpectMsg("tick");
        }

        cancelable.Cancel();
        Scheduler.Advance(TimeSpan.FromMinutes(1));
        ExpectNoMsg(50);
    }

    [Fact]
    public void Time_is_what_the_test_makes_it()
    {
        var start = Scheduler.Now;
        Scheduler.Advance(TimeSpan.FromDays(1));
        Assert.Equal(start + TimeSpan.FromDays(1), Scheduler.Now);
        Scheduler.AdvanceTo(start + TimeSpan.FromDays(2));
        Assert.Equal(start + TimeSpan.FromDays(2), Scheduler.Now);
        Assert.Throws<InvalidOperationException>(() => Scheduler.AdvanceTo(start));
    }

    [Fact]
    public async Task Timers_of_actors_follow_it()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Timed(TestActor)));
        actor.Tell("start");
        await ExpectMsgAsync("started");
        Scheduler.Advance(TimeSpan.FromHours(1));
        await ExpectMsgAsync("tick");
    }

    [Fact]
    public async Task Timers_end_with_their_actor()
    {
        var letters = Listener<AllDeadLetters>();
        var actor = Sys.ActorOf(Props.Create(() => new Timed(TestActor)));
        actor.Tell("start");
        await ExpectMsgAsync("started");
        Sys.Stop(actor);
        await ExpectMsgAsync("disposed");
        Scheduler.Advance(TimeSpan.FromHours(1));
        Sys.DeadLetters.Tell("the first letter");
        await letters.ExpectMsgAsync<AllDeadLetters>(letter => letter.Message is "the first letter");
    }

    private sealed class Timed : ReceiveActor, IWithTimers, IDisposable
    {
        private readonly IActorRef _probe;

        public Timed(IActorRef probe)
        {
            _probe = probe;
            Receive<string>(text =>
            {
                if (text == "start")
                {
                    Timers.StartSingleTimer("key", "tick", TimeSpan.FromHours(1));
                    probe.Tell("started");
                }
                else
                {
                    probe.Tell(text);
                }
            });
        }

        public ITimerScheduler Timers { get; set; } = null!;

        /// <summary>The last of an actor: who watches it is told before its timers end.</summary>
        public void Dispose() => _probe.Tell("disposed");
    }
}
