namespace Akka.TestKit;

/// <summary>A place where a number of threads wait for each other, again and again.</summary>
public class TestBarrier
{
    private readonly object _gate = new();
    private readonly TestKitBase _testKit;
    private readonly int _count;
    private readonly TimeSpan _defaultTimeout;
    private int _waiting;
    private long _round;

    /// <summary>A barrier for <paramref name="count"/> threads.</summary>
    /// <param name="testKit">Dilates the times.</param>
    /// <param name="count">How many threads must arrive.</param>
    /// <param name="defaultTimeout">How long <see cref="Await()"/> waits; <c>akka.test.default-timeout</c> when not
    /// given.</param>
    public TestBarrier(TestKitBase testKit, int count, TimeSpan? defaultTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _testKit = testKit;
        _count = count;
        _defaultTimeout = defaultTimeout ?? testKit.TestKitSettings.DefaultTimeout;
    }

    /// <summary>Waits for the others, at most the default time.</summary>
    /// <exception cref="TimeoutException">Not all arrived in time.</exception>
    public void Await() => Await(_defaultTimeout);

    /// <summary>Waits for the others, at most <paramref name="timeout"/> dilated.</summary>
    /// <exception cref="TimeoutException">Not all arrived in time.</exception>
    public void Await(TimeSpan timeout)
    {
        var wait = _testKit.Dilated(timeout);
        var end = TestKitBase.Now + wait;
        lock (_gate)
        {
            var round = _round;
            if (++_waiting == _count)
            {
                Reset();
                return;
            }

            while (round == _round)
            {
                var left = end - TestKitBase.Now;
                if (left <= TimeSpan.Zero)
                {
                    _waiting--;
                    throw new TimeoutException($"Not all {_count} threads reached the barrier within {wait}.");
                }

                Monitor.Wait(_gate, left);
            }
        }
    }

    /// <summary>Lets all who wait go and starts afresh.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _waiting = 0;
            _round++;
            Monitor.PulseAll(_gate);
        }
    }
}
