namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Repeats <paramref name="assertion"/> until it no longer throws; when the time is over, what it throws goes
    /// through.
    /// </summary>
    /// <param name="assertion">Throws as long as what it checks does not hold.</param>
    /// <param name="duration">The time, dilated; what is left of Within, or the default, when not given.</param>
    /// <param name="interval">The pause between two attempts, 100 ms when not given.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public void AwaitAssert(Action assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        Completed(RetryAssert(async: false, Immediately(assertion), duration, interval, cancellationToken));

    /// <inheritdoc cref="AwaitAssert" />
    public Task AwaitAssertAsync(Action assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        RetryAssert(async: true, Immediately(assertion), duration, interval, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitAssert" />
    public Task AwaitAssertAsync(Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        RetryAssert(async: true, assertion, duration, interval, cancellationToken).AsTask();

    /// <summary>Waits until <paramref name="conditionIsFulfilled"/>, in the default time.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <summary>Waits until <paramref name="conditionIsFulfilled"/>, at most <paramref name="max"/>.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max,
        CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <summary>As above, failing with <paramref name="message"/>.</summary>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, string message,
        CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <summary>
    /// Waits until <paramref name="conditionIsFulfilled"/>, looking every <paramref name="interval"/>.
    /// </summary>
    /// <param name="conditionIsFulfilled">What to wait for.</param>
    /// <param name="max">The time, dilated; what is left of Within, or the default, when not given.</param>
    /// <param name="interval">The pause between two looks, 100 ms when not given.</param>
    /// <param name="message">Added to the failure.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public void AwaitCondition(Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval,
        string? message = null, CancellationToken cancellationToken = default) =>
        Completed(RequireCondition(async: false, Immediately(conditionIsFulfilled), max, interval, message,
            cancellationToken));

    /// <summary>Waits until <paramref name="conditionIsFulfilled"/>, in the default time.</summary>
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled,
        CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <summary>Waits until <paramref name="conditionIsFulfilled"/>, in the default time.</summary>
    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    /// <summary>Waits until <paramref name="conditionIsFulfilled"/>, at most <paramref name="max"/>.</summary>
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, TimeSpan? max,
        CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, null, cancellationToken);

    /// <summary>As above, failing with <paramref name="message"/>.</summary>
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, string message,
        CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <summary>As above, failing with <paramref name="message"/>.</summary>
    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, TimeSpan? max, string message,
        CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)" />
    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval,
        string? message = null, CancellationToken cancellationToken = default) =>
        RequireCondition(async: true, conditionIsFulfilled, max, interval, message, cancellationToken).AsTask();

    /// <inheritdoc cref="AwaitCondition(Func{bool}, TimeSpan?, TimeSpan?, string, CancellationToken)" />
    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval,
        string? message = null, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(Immediately(conditionIsFulfilled), max, interval, message, cancellationToken);

#pragma warning disable CA1822 // Akka.NET has these as instance members.
    /// <summary>Waits until <paramref name="conditionIsFulfilled"/>; false, not a failure, when it never was.</summary>
    /// <param name="conditionIsFulfilled">What to wait for.</param>
    /// <param name="max">The time, not dilated.</param>
    /// <param name="interval">The pause between two looks, 100 ms when not given.</param>
    /// <param name="cancellationToken">Ends the waiting early, by exception.</param>
    public bool AwaitConditionNoThrow(Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        Completed(RetryCondition(async: false, Immediately(conditionIsFulfilled), max, interval, cancellationToken));

    /// <inheritdoc cref="AwaitConditionNoThrow" />
    public Task<bool> AwaitConditionNoThrowAsync(Func<Task<bool>> conditionIsFulfilled, TimeSpan max,
        TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        RetryCondition(async: true, conditionIsFulfilled, max, interval, cancellationToken).AsTask();
#pragma warning restore CA1822

    /// <inheritdoc cref="AwaitConditionNoThrow" />
    public Task<bool> AwaitConditionNoThrowAsync(Func<bool> conditionIsFulfilled, TimeSpan max,
        TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        AwaitConditionNoThrowAsync(Immediately(conditionIsFulfilled), max, interval, cancellationToken);

    private async ValueTask<int> RetryAssert(bool async, Func<Task> assertion, TimeSpan? duration, TimeSpan? interval,
        CancellationToken cancellation)
    {
        var end = Now + RemainingOrDilated(duration);
        for (var attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            var pause = Min(interval ?? DefaultInterval, end - Now);
            try
            {
                await assertion();
                return attempt;
            }
            catch (Exception) when (pause > TimeSpan.Zero && Now + pause < end)
            {
                // The next attempt tells; the last one is not caught.
            }

            await Pause(async, pause, cancellation);
        }
    }

    private async ValueTask<bool> RequireCondition(bool async, Func<Task<bool>> condition, TimeSpan? max,
        TimeSpan? interval, string? message, CancellationToken cancellation)
    {
        var wait = RemainingOrDilated(max);
        if (!await RetryCondition(async, condition, wait, interval, cancellation))
            Fail("Timeout {0} expired while waiting for condition. {1}", wait, message);
        return true;
    }

    private static async ValueTask<bool> RetryCondition(bool async, Func<Task<bool>> condition, TimeSpan max,
        TimeSpan? interval, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, TimeSpan.Zero);
        var end = Now + max;
        while (!await condition())
        {
            var left = end - Now;
            if (left <= TimeSpan.Zero) return false;
            await Pause(async, Min(interval ?? DefaultInterval, left), cancellation);
        }

        return true;
    }

    private static ValueTask Pause(bool async, TimeSpan time, CancellationToken cancellation)
    {
        if (async) return new ValueTask(Task.Delay(time, cancellation));
        cancellation.WaitHandle.WaitOne(time);
        cancellation.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    private static Func<Task> Immediately(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    private static Func<Task<bool>> Immediately(Func<bool> condition) => () => Task.FromResult(condition());
}
