using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace AkkaReplication.Testing.Times;

/// <summary>
/// A scheduler whose time a test can move: it flows as usual unless it is frozen, and jumps on top of that. Timers and the
/// monotonic clock follow the same time. Named in <c>akka.scheduler.implementation</c>.
/// </summary>
public sealed class VirtualScheduler : SchedulerBase, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Lock _running = new();
    private readonly PriorityQueue<Item, (TimeSpan Due, long Number)> _items = new();
    private readonly Timer _alarm;
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
    private readonly TimeSpan _start;
    private long _stopwatch = Stopwatch.GetTimestamp();
    private TimeSpan _now;
    private bool _isFrozen;
    private bool _isDisposed;
    private long _number;
    private long _fired;

    /// <summary>Begins at the present time. The arguments are those that every scheduler gets.</summary>
    public VirtualScheduler(Config scheduler, ILoggingAdapter log)
        : base(scheduler, log)
    {
        // As other schedulers do, so that moments of this clock look alike; it never has to agree with another one.
        _now = _start = Stopwatch.GetElapsedTime(0);
        _alarm = new Timer(_ => RunDue());
    }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock
    {
        get
        {
            lock (_lock)
                return Catch();
        }
    }

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <summary>Timers that have fired so far.</summary>
    internal long Fired => Interlocked.Read(ref _fired);

    /// <summary>Time passes only when it is advanced.</summary>
    internal bool IsFrozen
    {
        get
        {
            lock (_lock)
                return _isFrozen;
        }
    }

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => _startedAt + (MonotonicClock - _start);

    /// <summary>Nothing fires any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _items.Clear();
        }

        _alarm.Dispose();
    }

    internal void Freeze()
    {
        lock (_lock)
        {
            Catch();
            _isFrozen = true;
            SetAlarm();
        }
    }

    internal void Thaw()
    {
        lock (_lock)
        {
            Catch();
            _isFrozen = false;
            SetAlarm();
        }
    }

    /// <summary>When the next timer fires, or null when there is none.</summary>
    internal TimeSpan? NextDue()
    {
        lock (_lock)
            return _items.TryPeek(out _, out var next) ? next.Due : null;
    }

    /// <summary>Moves the time on to this moment, if it is not there already, and fires what is due, in order.</summary>
    internal void AdvanceTo(TimeSpan moment)
    {
        lock (_lock)
        {
            if (moment > Catch())
                _now = moment;
        }

        RunDue();
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef? sender, ICancelable? cancelable) =>
        Add(delay, null, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef? sender,
        ICancelable? cancelable) =>
        Add(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable? cancelable) =>
        Add(delay, null, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable? cancelable) =>
        Add(delay, null, action.Run, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable? cancelable) =>
        Add(initialDelay, interval, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable? cancelable) =>
        Add(initialDelay, interval, action.Run, cancelable);

    private void Add(TimeSpan delay, TimeSpan? interval, Action action, ICancelable? cancelable)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _items.Enqueue(new Item(interval, action, cancelable), (Catch() + delay, _number++));
            SetAlarm();
        }
    }

    /// <summary>The time now. Under the lock.</summary>
    private TimeSpan Catch()
    {
        var stopwatch = Stopwatch.GetTimestamp();
        if (!_isFrozen)
            _now += Stopwatch.GetElapsedTime(_stopwatch, stopwatch);
        _stopwatch = stopwatch;
        return _now;
    }

    /// <summary>Under the lock.</summary>
    private void SetAlarm()
    {
        if (_isDisposed)
            return;
        var wait = Timeout.InfiniteTimeSpan;
        if (!_isFrozen && _items.TryPeek(out _, out var next))
            wait = next.Due > _now ? next.Due - _now + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
        _alarm.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void RunDue()
    {
        // One at a time, so that what is due first fires first.
        lock (_running)
        {
            while (TakeDue() is { } item)
            {
                if (item.Cancelable?.IsCancellationRequested == true)
                    continue;
                Interlocked.Increment(ref _fired);
                try
                {
                    item.Action();
                }
                catch (Exception e)
                {
                    Log.Error(e, "A scheduled action threw");
                }
            }
        }
    }

    private Item? TakeDue()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return null;
            if (!_items.TryPeek(out var item, out var next) || next.Due > Catch())
            {
                SetAlarm();
                return null;
            }

            _items.Dequeue();
            if (item.Interval is { } interval && item.Cancelable?.IsCancellationRequested != true)
                _items.Enqueue(item, (next.Due + interval, _number++));
            return item;
        }
    }

    private sealed record Item(TimeSpan? Interval, Action Action, ICancelable? Cancelable);
}
