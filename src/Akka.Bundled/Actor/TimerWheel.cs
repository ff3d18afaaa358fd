using System.Collections.Concurrent;
using System.Diagnostics;
using System.Numerics;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// Owns what is scheduled and the thread that runs it. An entry stands in the slot of the tick it is due in, with all
/// those due whole turns of the wheel later. New entries, and those that were cancelled, come in through queues, so
/// that only the thread touches slots.
/// </summary>
internal sealed class TimerWheel : IDisposable
{
    private readonly ConcurrentQueue<Entry> _incoming = new();
    private readonly ConcurrentQueue<Entry> _cancelled = new();
    private readonly LinkedList<Entry>[] _slots;
    private readonly List<Entry> _due = [];
    private readonly long _tickTicks;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILoggingAdapter _log;
    private readonly Thread _thread;

    // Never spins: between two ticks there is nothing to be quick about.
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly Lock _startLock = new();
    private volatile bool _started;
    private volatile bool _disposed;

    public TimerWheel(TimeSpan tick, int ticksPerWheel, TimeSpan shutdownTimeout, ILoggingAdapter log)
    {
        _tickTicks = tick.Ticks;
        _slots = new LinkedList<Entry>[BitOperations.RoundUpToPowerOf2((uint)ticksPerWheel)];
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new LinkedList<Entry>();
        }

        _shutdownTimeout = shutdownTimeout;
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "HashedWheelTimerScheduler" };
    }

    private long Elapsed => Stopwatch.GetElapsedTime(_start).Ticks;

    /// <summary>Schedules; an interval of zero means once.</summary>
    /// <exception cref="SchedulerException">The scheduler has been disposed.</exception>
    public void Add(TimeSpan delay, TimeSpan interval, IRunnable action, ICancelable? cancelable)
    {
        if (cancelable is { IsCancellationRequested: true })
        {
            return;
        }

        if (_disposed)
        {
            throw new SchedulerException("cannot enqueue after timer shutdown");
        }

        StartThread();
        var entry = new Entry(this, Elapsed + delay.Ticks, interval.Ticks, action, cancelable);
        _incoming.Enqueue(entry);
        (cancelable as Cancelable)?.Bind(entry);
    }

    public void Dispose()
    {
        lock (_startLock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _stop.Set();
        }

        // Whoever disposes from a scheduled action cannot wait for that action.
        if (_started && Thread.CurrentThread != _thread && !_thread.Join(_shutdownTimeout))
        {
            _log.Warning("Failed to shutdown scheduler within {0}", _shutdownTimeout);
        }
    }

    private void StartThread()
    {
        if (_started)
        {
            return;
        }

        lock (_startLock)
        {
            if (!_started && !_disposed)
            {
                _started = true;
                _thread.Start();
            }
        }
    }

    private void Run()
    {
        for (var tick = Elapsed / _tickTicks; WaitForEndOf(tick); tick++)
        {
            TakeIncoming(tick);
            RemoveCancelled();
            RunSlot(tick);
        }
    }

    /// <summary>Waits until a tick is over, so that what is due within it is due; false when the wheel stops.</summary>
    private bool WaitForEndOf(long tick)
    {
        while (!_disposed)
        {
            var wait = ((tick + 1) * _tickTicks) - Elapsed;
            if (wait <= 0)
            {
                return true;
            }

            // Rounded up: waking a fraction of a millisecond too early would only mean to wait again.
            _stop.Wait((int)((wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond));
        }

        return false;
    }

    private void TakeIncoming(long tick)
    {
        // Not more than are there now, or actions that schedule actions could keep the thread here.
        for (var left = _incoming.Count; left > 0 && _incoming.TryDequeue(out var entry); left--)
        {
            if (!entry.IsCancelled)
            {
                Place(entry, tick);
            }
        }
    }

    private void RemoveCancelled()
    {
        while (_cancelled.TryDequeue(out var entry))
        {
            entry.Node.List?.Remove(entry.Node);
        }
    }

    private void Place(Entry entry, long tick)
    {
        var due = Math.Max(entry.DueTicks / _tickTicks, tick);
        _slots[due & (_slots.Length - 1)].AddLast(entry.Node);
    }

    private void RunSlot(long tick)
    {
        var slot = _slots[tick & (_slots.Length - 1)];
        if (slot.Count == 0)
        {
            return;
        }

        TakeDue(slot, (tick + 1) * _tickTicks);
        foreach (var entry in _due)
        {
            if (_disposed)
            {
                return;
            }

            RunEntry(entry, tick);
        }

        _due.Clear();
    }

    /// <summary>Moves what is due before a time out of a slot, in the order in which it is due.</summary>
    private void TakeDue(LinkedList<Entry> slot, long before)
    {
        for (var node = slot.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.DueTicks < before || node.Value.IsCancelled)
            {
                slot.Remove(node);
                _due.Add(node.Value);
            }

            node = next;
        }

        _due.Sort(static (a, b) => a.DueTicks.CompareTo(b.DueTicks));
    }

    private void RunEntry(Entry entry, long tick)
    {
        if (entry.IsCancelled)
        {
            return;
        }

        try
        {
            entry.Action.Run();
        }
        catch (Exception e)
        {
            _log.Error(e, "Error while executing scheduled task {0}", entry.Action);
            return;
        }

        if (entry.IntervalTicks > 0)
        {
            // A fixed rate: from when it was due, not from when it ran.
            entry.DueTicks += entry.IntervalTicks;
            Place(entry, tick + 1);
        }
    }

    /// <summary>Something scheduled; its node is in a slot, or nowhere.</summary>
    internal sealed class Entry
    {
        private readonly TimerWheel _wheel;
        private readonly ICancelable? _cancelable;

        public Entry(TimerWheel wheel, long dueTicks, long intervalTicks, IRunnable action, ICancelable? cancelable)
        {
            _wheel = wheel;
            _cancelable = cancelable;
            DueTicks = dueTicks;
            IntervalTicks = intervalTicks;
            Action = action;
            Node = new LinkedListNode<Entry>(this);
        }

        public LinkedListNode<Entry> Node { get; }

        public long DueTicks { get; set; }

        public long IntervalTicks { get; }

        public IRunnable Action { get; }

        public bool IsCancelled => _cancelable is { IsCancellationRequested: true };

        /// <summary>Called once it is cancelled: it must not stay in memory until its time would have come.</summary>
        public void Forget()
        {
            if (!_wheel._disposed)
            {
                _wheel._cancelled.Enqueue(this);
            }
        }
    }
}

/// <summary>Something cannot be scheduled any more.</summary>
public sealed class SchedulerException : AkkaException
{
    /// <summary>With a message.</summary>
    public SchedulerException(string? message)
        : base(message)
    {
    }
}
