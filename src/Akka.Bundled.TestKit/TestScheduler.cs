using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>
/// A scheduler whose time stands still until a test moves it. What falls due runs on the thread that moves the time, in
/// the order of time; nothing ever runs by itself. Ask timeouts do not follow it.
/// </summary>
/// <remarks>
/// Named in <c>akka.scheduler.implementation</c>. A repeated item runs at most once per move and its next turn counts
/// from the new time; what is scheduled while the time moves waits for the next move.
/// </remarks>
public class TestScheduler : IScheduler, IAdvancedScheduler
{
    private readonly object _gate = new();
    private readonly List<Item> _items = [];
    private DateTimeOffset _now = DateTimeOffset.UtcNow;
    private long _sequence;

    /// <summary>
    /// Starts at the present time. Both arguments are those that every scheduler gets; they are not used.
    /// </summary>
    public TestScheduler(Config schedulerConfig, ILoggingAdapter log)
    {
    }

    /// <inheritdoc />
    public IAdvancedScheduler Advanced => this;

    /// <inheritdoc />
    public DateTimeOffset Now => TimeNow;

    /// <summary>The real clock: only <see cref="Now"/> stands still.</summary>
    public TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(0);

    /// <summary>The real clock: only <see cref="Now"/> stands still.</summary>
    public TimeSpan HighResMonotonicClock => Stopwatch.GetElapsedTime(0);

    /// <summary>The time as the test has it.</summary>
    protected DateTimeOffset TimeNow
    {
        get
        {
            lock (_gate)
                return _now;
        }
    }

    /// <summary>Moves the time on by <paramref name="offset"/> and runs what falls due.</summary>
    public void Advance(TimeSpan offset)
    {
        foreach (var item in Due(offset))
        {
            if (item.IsCancelled) continue;
            item.Run();
            if (item.Interval is not null && !item.IsCancelled) Repeat(item);
        }
    }

    /// <summary>Moves the time on to <paramref name="when"/> and runs what falls due.</summary>
    /// <exception cref="InvalidOperationException">It is in the past.</exception>
    public void AdvanceTo(DateTimeOffset when)
    {
        var offset = when - TimeNow;
        if (offset < TimeSpan.Zero) throw new InvalidOperationException("Time does not run backwards.");
        Advance(offset);
    }

    /// <inheritdoc />
    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender) =>
        Schedule(delay, null, () => receiver.Tell(message, sender), null);

    /// <inheritdoc />
    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef? sender,
        ICancelable? cancelable) =>
        Schedule(delay, null, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc />
    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message,
        IActorRef? sender) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), null);

    /// <inheritdoc />
    public void ScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message,
        IActorRef? sender, ICancelable? cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc />
    public void ScheduleOnce(TimeSpan delay, Action action) => Schedule(delay, null, action, null);

    /// <inheritdoc />
    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Schedule(delay, null, action, cancelable);

    /// <inheritdoc />
    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action) =>
        Schedule(initialDelay, interval, action, null);

    /// <inheritdoc />
    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    /// <inheritdoc />
    public void ScheduleOnce(TimeSpan delay, IRunnable action) => Schedule(delay, null, action.Run, null);

    /// <inheritdoc />
    public void ScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        Schedule(delay, null, action.Run, cancelable);

    /// <inheritdoc />
    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action) =>
        Schedule(initialDelay, interval, action.Run, null);

    /// <inheritdoc />
    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action,
        ICancelable? cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan? interval, Action action, ICancelable? cancelable)
    {
        lock (_gate)
            _items.Add(new Item(_now + delay, _sequence++, interval, action, cancelable));
    }

    private void Repeat(Item item)
    {
        lock (_gate)
            _items.Add(item with { Due = _now + item.Interval!.Value, Sequence = _sequence++ });
    }

    private List<Item> Due(TimeSpan offset)
    {
        lock (_gate)
        {
            _now += offset;
            var due = _items.Where(item => item.Due <= _now).OrderBy(item => item.Due).ThenBy(item => item.Sequence)
                .ToList();
            _items.RemoveAll(item => item.Due <= _now);
            return due;
        }
    }

    private sealed record Item(
        DateTimeOffset Due, long Sequence, TimeSpan? Interval, Action Run, ICancelable? Cancelable)
    {
        public bool IsCancelled => Cancelable?.IsCancellationRequested == true;
    }
}
