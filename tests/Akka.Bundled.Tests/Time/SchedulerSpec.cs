using System.Diagnostics;
using Akka.Actor;

namespace Akka.Conformance.Time;

public sealed class SchedulerSpec : ActorSpec
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task A_tell_comes_once_and_not_early()
    {
        var clock = Stopwatch.StartNew();
        Sys.Scheduler.ScheduleTellOnce(Delay, TestActor, "later", ActorRefs.NoSender);
        await ExpectTrace("later");
        Assert.True(clock.Elapsed >= Delay, $"after {clock.Elapsed}");
        await ExpectNoMsgAsync(Delay);
    }

    [Fact]
    public async Task A_scheduled_tell_names_its_sender()
    {
        var origin = CreateTestProbe();
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.Zero, TestActor, "now", origin.Ref);
        await ExpectMsgFromAsync(origin.Ref, "now");
    }

    [Fact]
    public async Task A_repeated_tell_goes_on_until_cancelled()
    {
        var repeated = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(0, 50, TestActor, "tick", ActorRefs.NoSender);
        await ExpectTrace("tick", "tick", "tick");
        repeated.Cancel();
        // One may have been on its way. The same scheduler, later: it has been told by then.
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.Zero, TestActor, "cancelled", ActorRefs.NoSender);
        await FishForMessageAsync(message => message is "cancelled", Eventually);
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task What_is_cancelled_in_time_does_not_happen()
    {
        Sys.Scheduler.ScheduleTellOnceCancelable(Delay, TestActor, "never", ActorRefs.NoSender).Cancel();
        using var cancelable = new Cancelable(Sys.Scheduler);
        Sys.Scheduler.Advanced.ScheduleOnce(Delay, () => TestActor.Tell("never"), cancelable);
        cancelable.Cancel();
        await ExpectNoMsgAsync(2 * Delay);
    }

    [Fact]
    public async Task A_cancelable_can_cancel_itself_later()
    {
        using var cancelable = new Cancelable(Sys.Scheduler, Delay);
        Assert.False(cancelable.IsCancellationRequested);
        await AwaitConditionAsync(() => cancelable.IsCancellationRequested, Eventually, TimeSpan.FromMilliseconds(20));
        Assert.True(cancelable.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Actions_run_in_the_order_of_their_times()
    {
        Sys.Scheduler.Advanced.ScheduleOnce(2 * Delay, () => TestActor.Tell("second"));
        Sys.Scheduler.Advanced.ScheduleOnce(Delay, () => TestActor.Tell("first"));
        await ExpectTrace("first", "second");
    }

    [Fact]
    public async Task Repeats_keep_to_the_rate_they_were_given()
    {
        const int Repeats = 8;
        var interval = TimeSpan.FromMilliseconds(50);
        var clock = Stopwatch.StartNew();
        var repeated = Sys.Scheduler.Advanced.ScheduleRepeatedlyCancelable(interval, interval,
            () => TestActor.Tell("tick"));
        for (var i = 0; i < Repeats; i++) await ExpectMsgAsync("tick", Eventually);
        repeated.Cancel();
        // Not faster than asked for; a tick of the wheel is the resolution.
        Assert.True(clock.Elapsed >= Repeats * interval - TimeSpan.FromMilliseconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public void The_clocks_go_forward()
    {
        var time = (ITimeProvider)Sys.Scheduler;
        var first = time.MonotonicClock;
        Assert.True(time.HighResMonotonicClock >= TimeSpan.Zero);
        Assert.True(time.MonotonicClock >= first);
        Assert.True((DateTimeOffset.UtcNow - time.Now).Duration() < TimeSpan.FromMinutes(1));
    }
}
