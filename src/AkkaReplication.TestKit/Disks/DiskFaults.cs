using System.Diagnostics;
using AkkaReplication.Testing.Times;

namespace AkkaReplication.Testing.Disks;

/// <summary>What is wrong with one broker's disks, and what came of it. Any thread.</summary>
internal sealed class DiskFaults
{
    private readonly Lock _lock = new();
    private volatile bool _isFaulty;
    private bool _failsWrites;
    private bool _failsReads;
    private bool _failsFlushes;
    private bool _isAbandoned;
    private bool _isFull;
    private bool _isFullToTheLastByte;
    private TimeSpan _delay;
    private TaskCompletionSource? _gate;
    private TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _failed;
    private long _delayed;
    private int _hanging;

    /// <summary>Calls that failed because of a fault.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Calls that were held up.</summary>
    public long Delayed => Interlocked.Read(ref _delayed);

    /// <summary>Calls that wait for the disk to be healed.</summary>
    public int Hanging => Volatile.Read(ref _hanging);

    /// <summary>Calls may wait: whoever needs an answer soon must not count on one.</summary>
    public bool HoldsUp
    {
        get
        {
            lock (_lock)
                return _gate is not null || _delay > TimeSpan.Zero;
        }
    }

    /// <summary>What is wrong, in words; empty when nothing is.</summary>
    public string Description
    {
        get
        {
            lock (_lock)
            {
                return string.Join(", ", new[]
                {
                    _failsReads ? "reads fail" : "",
                    _failsWrites ? "writes fail" : "",
                    _failsFlushes ? "flushes fail" : "",
                    _isFull ? "full" : "",
                    _isFullToTheLastByte ? "full to the last byte" : "",
                    _delay > TimeSpan.Zero ? $"slow by {_delay.TotalMilliseconds} ms" : "",
                    _gate is not null ? "hangs" : "",
                }.Where(fault => fault.Length > 0));
            }
        }
    }

    public void FailReads() => Change(() => _failsReads = true);

    public void FailWrites() => Change(() => _failsWrites = true);

    public void FailFlushes() => Change(() => _failsFlushes = true);

    public void Fill() => Change(() => _isFull = true);

    public void FillToTheLastByte() => Change(() => _isFullToTheLastByte = true);

    public void Slow(TimeSpan delay) => Change(() => _delay = delay);

    public void Hang() => Change(() => _gate ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Nothing is wrong any more; what waits goes on.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            _failsReads = _failsWrites = _failsFlushes = _isFull = _isFullToTheLastByte = _isFaulty = false;
            _delay = TimeSpan.Zero;
            _gate?.TrySetResult();
            _gate = null;
            _healed.TrySetResult();
            _healed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Counts begin anew.</summary>
    public void ForgetCounts()
    {
        Interlocked.Exchange(ref _failed, 0);
        Interlocked.Exchange(ref _delayed, 0);
    }

    /// <summary>
    /// The process is being killed: none of its calls hangs any more, they end with an error that nobody hears of. Until the
    /// result is disposed of.
    /// </summary>
    public IDisposable Abandon()
    {
        lock (_lock)
        {
            _isAbandoned = true;
            _gate?.TrySetException(NobodyHears());
            return new Killing(this);
        }
    }

    /// <summary>Free bytes as the disk tells them, given those that there are.</summary>
    public long? FreeBytes(Func<long?> real)
    {
        if (!_isFaulty)
            return real();
        Enter(DiskCall.Look, "free space");
        lock (_lock)
        {
            // A disk that is full to the last byte said that it had room: others were faster.
            return _isFullToTheLastByte ? long.MaxValue : _isFull ? 0 : real();
        }
    }

    /// <summary>Before a call: waits, or throws, as the faults say.</summary>
    public void Enter(DiskCall call, string path)
    {
        if (!_isFaulty)
            return;
        Task? wait = null;
        TimeSpan delay = default;
        lock (_lock)
        {
            var fails = call switch
            {
                DiskCall.Read => _failsReads,
                DiskCall.Write => _failsWrites,
                DiskCall.Flush => _failsFlushes,
                _ => false,
            };
            if (fails)
                throw Fail($"Input/output error: {path} ({call})");
            if (call == DiskCall.Write && _isFullToTheLastByte)
                throw Fail($"No space left on device: {path}");
            if (_gate is { } gate)
                wait = _isAbandoned ? throw NobodyHears() : gate.Task;
            else if (_delay > TimeSpan.Zero)
                (wait, delay) = (_healed.Task, _delay);
        }

        if (wait is null)
            return;
        Interlocked.Increment(ref _delayed);
        Interlocked.Increment(ref _hanging);
        try
        {
            if (delay > TimeSpan.Zero)
                WaitAtLeast(wait, delay);
            else
                wait.GetAwaiter().GetResult();
        }
        finally
        {
            Interlocked.Decrement(ref _hanging);
        }
    }

    /// <summary>Until the disk is healed; otherwise never shorter than the delay, which waits alone may be by a tick of theirs.</summary>
    private static void WaitAtLeast(Task healed, TimeSpan delay)
    {
        var began = Stopwatch.GetTimestamp();
        for (var left = delay; left > TimeSpan.Zero; left = delay - Stopwatch.GetElapsedTime(began))
        {
            if (healed.Wait(left.RoundedUp()))
                return;
        }
    }

    private static IOException NobodyHears() => new("The process was killed while its disk hung.");

    private IOException Fail(string message)
    {
        Interlocked.Increment(ref _failed);
        return new IOException(message);
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _isFaulty = true;
        }
    }

    private sealed class Killing(DiskFaults faults) : IDisposable
    {
        public void Dispose()
        {
            lock (faults._lock)
            {
                faults._isAbandoned = false;
                if (faults._gate is not null)
                    faults._gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}

/// <summary>Kinds of calls that fail apart from each other.</summary>
internal enum DiskCall
{
    /// <summary>Asks about names, or takes a lock: waits, but does not fail.</summary>
    Look,
    Read,
    Write,
    Flush,
}
