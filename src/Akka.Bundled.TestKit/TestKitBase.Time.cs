namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private TimeSpan? _end;

    /// <summary>After an expectation of silence a Within block may end late: waiting was its purpose.</summary>
    private bool _lastWasNoMsg;

    /// <summary>What is left of the innermost Within block; zero when its time is over.</summary>
    /// <exception cref="InvalidOperationException">There is no such block.</exception>
    public TimeSpan Remaining => _end is { } end
        ? Max(TimeSpan.Zero, end - Now)
        : throw new InvalidOperationException("Remaining has a value inside of a Within block only.");

    /// <summary>What is left of the innermost Within block, or outside of one the default expectation time.</summary>
    public TimeSpan RemainingOrDefault => RemainingOr(Dilated(TestKitSettings.SingleExpectDefault));

    /// <summary>What is left of the innermost Within block, or outside of one <paramref name="duration"/>.</summary>
    protected TimeSpan RemainingOr(TimeSpan duration) => _end is null ? duration : Remaining;

    /// <summary><paramref name="duration"/> dilated, or <see cref="RemainingOrDefault"/> when there is none.</summary>
    /// <exception cref="ArgumentException">It is negative.</exception>
    public TimeSpan RemainingOrDilated(TimeSpan? duration) =>
        duration is { } given ? Dilated(given) : RemainingOrDefault;

    /// <summary><paramref name="duration"/> times <c>akka.test.timefactor</c>.</summary>
    /// <exception cref="ArgumentException">It is negative.</exception>
    public TimeSpan Dilated(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero) throw new ArgumentException("A duration cannot be negative.", nameof(duration));
        return duration * TestKitSettings.TestTimeFactor;
    }

    /// <summary>Runs <paramref name="action"/> and fails when it takes longer than <paramref name="max"/>.</summary>
    public void Within(TimeSpan max, Action action, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    /// <summary>
    /// Runs <paramref name="action"/> and fails when it takes less than <paramref name="min"/> or longer than
    /// <paramref name="max"/>.
    /// </summary>
    public void Within(TimeSpan min, TimeSpan max, Action action, string? hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(min, max, () =>
        {
            action();
            return Done.Instance;
        }, hint, epsilonValue, cancellationToken);

    /// <summary>Runs <paramref name="function"/> and fails when it takes longer than <paramref name="max"/>.</summary>
    public T Within<T>(TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    /// <summary>
    /// Runs <paramref name="function"/> and fails when it takes less than <paramref name="min"/> or longer than
    /// <paramref name="max"/>.
    /// </summary>
    public T Within<T>(TimeSpan min, TimeSpan max, Func<T> function, string? hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var block = EnterWithin(min, max, hint);
        T result;
        try
        {
            result = function();
        }
        finally
        {
            _end = block.PreviousEnd;
        }

        CheckWithin(block, epsilonValue);
        return result;
    }

    /// <summary>
    /// Awaits <paramref name="actionAsync"/>; fails when it takes longer than <paramref name="max"/>.
    /// </summary>
    public Task WithinAsync(TimeSpan max, Func<Task> actionAsync, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, actionAsync, null, epsilonValue, cancellationToken);

    /// <summary>
    /// Awaits <paramref name="actionAsync"/>; fails when it takes less than <paramref name="min"/> or longer than
    /// <paramref name="max"/>.
    /// </summary>
    public Task WithinAsync(TimeSpan min, TimeSpan max, Func<Task> actionAsync, string? hint = null,
        TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        WithinAsync(min, max, async () =>
        {
            await actionAsync();
            return Done.Instance;
        }, hint, epsilonValue, cancellationToken);

    /// <summary>Awaits <paramref name="function"/>; fails when it takes longer than <paramref name="max"/>.</summary>
    public Task<T> WithinAsync<T>(TimeSpan max, Func<Task<T>> function, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    /// <summary>
    /// Awaits <paramref name="function"/>; fails when it takes less than <paramref name="min"/> or longer than
    /// <paramref name="max"/>.
    /// </summary>
    /// <remarks>
    /// Expectations inside that name no time of their own wait for what is left of the block. <c>max</c> is dilated,
    /// <c>min</c> is not. A block that ends with an expectation of silence may end late.
    /// </remarks>
    public async Task<T> WithinAsync<T>(TimeSpan min, TimeSpan max, Func<Task<T>> function, string? hint = null,
        TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default)
    {
        var block = EnterWithin(min, max, hint);
        T result;
        try
        {
            // Longer than the block: what ends late is to be reported as late, with what it did.
            result = await function().WaitAsync(block.Max + TimeSpan.FromMilliseconds(200), cancellationToken);
        }
        catch (TimeoutException) when (Now - block.Start > block.Max)
        {
            _lastWasNoMsg = false;
            CheckWithin(block, null);
            throw;
        }
        finally
        {
            _end = block.PreviousEnd;
        }

        CheckWithin(block, epsilonValue);
        return result;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private WithinBlock EnterWithin(TimeSpan min, TimeSpan max, string? hint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(min, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, TimeSpan.Zero);
        var start = Now;
        var limit = Dilated(max);
        if (_end is { } outer)
        {
            var left = outer - start;
            if (left < min) Fail("Required min time {0} not possible, only {1} left. {2}", min, left, hint);
            limit = Min(limit, left);
        }

        var block = new WithinBlock(start, min, limit, _end, hint);
        _lastWasNoMsg = false;
        _end = start + limit;
        return block;
    }

    private void CheckWithin(WithinBlock block, TimeSpan? epsilon)
    {
        var elapsed = Now - block.Start;
        if (elapsed < block.Min)
            Fail("Failed: Block took {0}, should have at least been {1}. {2}", elapsed, block.Min, block.Hint);
        if (!_lastWasNoMsg && elapsed > block.Max + (epsilon ?? TimeSpan.Zero))
            Fail("Failed: Block took {0}, exceeding {1}. {2}", elapsed, block.Max, block.Hint);
    }

    private sealed record WithinBlock(TimeSpan Start, TimeSpan Min, TimeSpan Max, TimeSpan? PreviousEnd, string? Hint);
}
