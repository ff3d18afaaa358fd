using Akka.Actor;
using Akka.TestKit.TestEvent;

namespace Akka.TestKit.Internal;

/// <summary>
/// Puts filters to work around a block of a test; they must be gone from the listeners when it returns.
/// </summary>
internal sealed class EventFilterApplier : IEventFilterApplier
{
    private readonly TestKitBase _testKit;
    private readonly ActorSystem _system;
    private readonly IReadOnlyList<LogFilter> _filters;

    public EventFilterApplier(TestKitBase testKit, ActorSystem system, IReadOnlyList<LogFilter> filters)
    {
        _testKit = testKit;
        _system = system;
        _filters = filters;
    }

    public EventFilterFactory And => new(_testKit, _system, _filters);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, null, Returning(action), cancellationToken);

    public void Expect(int expectedCount, TimeSpan timeout, Action action,
        CancellationToken cancellationToken = default) =>
        Expect(expectedCount, timeout, Returning(action), cancellationToken);

    public T Expect<T>(int expectedCount, Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, null, func, cancellationToken);

    public T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func,
        CancellationToken cancellationToken = default) =>
        Expect(expectedCount, (TimeSpan?)timeout, func, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, null, Returning(actionAsync), cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, TimeSpan? timeout,
        CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, timeout, Returning(actionAsync), cancellationToken);

    public Task ExpectAsync(int expectedCount, TimeSpan timeout, Func<Task> action,
        CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, timeout, Returning(action), cancellationToken);

    public Task<T> ExpectAsync<T>(int expectedCount, Func<Task<T>> func,
        CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, null, func, cancellationToken);

    public Task<T> ExpectAsync<T>(int expectedCount, TimeSpan timeout, Func<Task<T>> func,
        CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, (TimeSpan?)timeout, func, cancellationToken);

    public void ExpectOne(Action action, CancellationToken cancellationToken = default) =>
        Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, action, cancellationToken);

    public T ExpectOne<T>(Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(1, func, cancellationToken);

    public T ExpectOne<T>(TimeSpan timeout, Func<T> func, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, func, cancellationToken);

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, actionAsync, cancellationToken);

    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, action, cancellationToken);

    public Task<T> ExpectOneAsync<T>(Func<Task<T>> func, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, func, cancellationToken);

    public Task<T> ExpectOneAsync<T>(TimeSpan timeout, Func<Task<T>> func,
        CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, func, cancellationToken);

    public IUnmutableFilter Mute() => new MutedFilters(_system, _filters);

    public void Mute(Action action, CancellationToken cancellationToken = default) =>
        Mute(Returning(action), cancellationToken);

    public T Mute<T>(Func<T> func, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var muted = Mute();
        return func();
    }

    public Task MuteAsync(Func<Task> action, CancellationToken cancellationToken = default) =>
        MuteAsync(Returning(action), cancellationToken);

    public async Task<T> MuteAsync<T>(Func<Task<T>> func, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var muted = Mute();
        return await func();
    }

    private T Expect<T>(int expected, TimeSpan? timeout, Func<T> func, CancellationToken cancellation)
    {
        var wait = Wait(timeout);
        using var count = new EventCount(_filters, expected);
        using var muted = Mute();
        var result = func();
        count.Reached.Wait(wait, cancellation);
        Check(count, expected, wait);
        return result;
    }

    private async Task<T> ExpectAsync<T>(int expected, TimeSpan? timeout, Func<Task<T>> func,
        CancellationToken cancellation)
    {
        var wait = Wait(timeout);
        using var count = new EventCount(_filters, expected);
        using var muted = Mute();
        var result = await func();
        await count.Reached.WaitAsync(wait, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing |
            ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellation.ThrowIfCancellationRequested();
        Check(count, expected, wait);
        return result;
    }

    private TimeSpan Wait(TimeSpan? timeout) =>
        timeout is { } given ? _testKit.Dilated(given) : _testKit.TestKitSettings.TestEventFilterLeeway;

    private void Check(EventCount count, int expected, TimeSpan wait)
    {
        var actual = count.Value;
        if (actual == expected) return;

        var filters = string.Join(", ", _filters);
        if (actual < expected)
            _testKit.Fail("Timeout ({0}) while waiting for messages. Only received {1}/{2} that matched filter [{3}]",
                wait, actual, expected, filters);
        else
            _testKit.Fail("Received {0} too many. Expected {1} but received {2} that matched filter [{3}]",
                actual - expected, expected, actual, filters);
    }

    private static Func<Done> Returning(Action action) => () =>
    {
        action();
        return Done.Instance;
    };

    private static Func<Task<Done>> Returning(Func<Task> action) => async () =>
    {
        await action();
        return Done.Instance;
    };

    /// <summary>Counts matches; it must be told of every one of them, on whatever thread.</summary>
    private sealed class EventCount : IDisposable
    {
        private readonly IReadOnlyList<LogFilter> _filters;
        private readonly int _goal;
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _value;

        public EventCount(IReadOnlyList<LogFilter> filters, int expected)
        {
            _filters = filters;
            // When none is expected, the first one decides.
            _goal = Math.Max(1, expected);
            foreach (var filter in filters) filter.Matched += OnMatched;
        }

        public Task Reached => _reached.Task;

        public int Value => Volatile.Read(ref _value);

        public void Dispose()
        {
            foreach (var filter in _filters) filter.Matched -= OnMatched;
        }

        private void OnMatched()
        {
            if (Interlocked.Increment(ref _value) >= _goal) _reached.TrySetResult();
        }
    }

    private sealed class MutedFilters : IUnmutableFilter
    {
        private readonly ActorSystem _system;
        private readonly IReadOnlyList<LogFilter> _filters;
        private int _unmuted;

        public MutedFilters(ActorSystem system, IReadOnlyList<LogFilter> filters)
        {
            _system = system;
            _filters = filters;
            system.EventStream.Publish(new MuteEvents(filters));
        }

        public void Unmute()
        {
            if (Interlocked.Exchange(ref _unmuted, 1) == 0)
                _system.EventStream.Publish(new UnmuteEvents(_filters));
        }

        public void Dispose() => Unmute();
    }
}
