namespace Akka.TestKit;

/// <summary>A gate that opens after a number of signals and lets those who wait pass.</summary>
public class TestLatch
{
    private readonly object _gate = new();
    private readonly int _count;
    private readonly TimeSpan _defaultTimeout;
    private readonly Func<TimeSpan, TimeSpan> _dilate;
    private int _left;

    /// <summary>Opens with the first signal.</summary>
    public TestLatch() : this(1)
    {
    }

    /// <summary>Opens after <paramref name="count"/> signals.</summary>
    public TestLatch(int count) : this(count, TimeSpan.FromSeconds(5))
    {
    }

    /// <summary>
    /// Opens after <paramref name="count"/> signals; waits at most <paramref name="defaultTimeout"/>.
    /// </summary>
    public TestLatch(int count, TimeSpan defaultTimeout) : this(static time => time, defaultTimeout, count)
    {
    }

    /// <summary>As above, with times stretched by <paramref name="dilate"/>.</summary>
    protected TestLatch(Func<TimeSpan, TimeSpan> dilate, TimeSpan defaultTimeout, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _dilate = dilate;
        _defaultTimeout = defaultTimeout;
        _count = count;
        _left = count;
    }

    /// <summary>Whether all signals came.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
                return _left == 0;
        }
    }

    internal static TestLatch Create(Func<TimeSpan, TimeSpan> dilate, TimeSpan defaultTimeout, int count) =>
        new(dilate, defaultTimeout, count);

    /// <summary>One signal.</summary>
    /// <exception cref="InvalidOperationException">The latch is open already.</exception>
    public void CountDown()
    {
        lock (_gate)
        {
            if (_left == 0) throw new InvalidOperationException("The latch is open; it takes no more signals.");
            if (--_left == 0) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Opens at once.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _left = 0;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Closes again, for the original number of signals.</summary>
    public void Reset()
    {
        lock (_gate)
            _left = _count;
    }

    /// <summary>Waits for the latch, at most the default time.</summary>
    /// <exception cref="TimeoutException">It did not open in time.</exception>
    public void Ready() => Ready(_defaultTimeout);

    /// <summary>Waits for the latch, at most <paramref name="timeout"/> dilated.</summary>
    /// <exception cref="TimeoutException">It did not open in time.</exception>
    public void Ready(TimeSpan timeout)
    {
        var wait = _dilate(timeout);
        var end = TestKitBase.Now + wait;
        lock (_gate)
        {
            while (_left > 0)
            {
                var left = end - TestKitBase.Now;
                if (left <= TimeSpan.Zero) throw new TimeoutException($"The latch did not open within {wait}.");
                Monitor.Wait(_gate, left);
            }
        }
    }
}
