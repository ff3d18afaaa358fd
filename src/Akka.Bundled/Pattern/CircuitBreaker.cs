using Akka.Actor;

namespace Akka.Pattern;

/// <summary>
/// Refuses calls to something that keeps failing, so that callers fail at once instead of waiting, and tries again
/// after a while. It never retries a call and never runs two trial calls at a time.
/// </summary>
/// <remarks>
/// Closed: calls pass; <see cref="MaxFailures"/> failures without a success between them open it. A call that takes
/// longer than <see cref="CallTimeout"/> counts as failed, with <see cref="TimeoutException"/>. Open: calls fail with
/// <see cref="OpenCircuitException"/> until the reset timeout has passed. Half open: one call is tried; its outcome
/// closes or opens the breaker.
/// </remarks>
public class CircuitBreaker
{
    private static readonly TimeSpan NoMaximum = TimeSpan.FromDays(36500);

    private readonly Lock _sync = new();
    private readonly List<Action> _onOpen = [];
    private readonly List<Action> _onHalfOpen = [];
    private readonly List<Action> _onClose = [];
    private State _state = State.Closed;
    private long _failures;
    private bool _trialRunning;
    private TimeSpan _currentResetTimeout;
    private TimeSpan _openUntil;
    private Exception? _lastCaughtException;

    /// <summary>Creates a closed breaker whose reset timeout does not grow.</summary>
    public CircuitBreaker(IScheduler scheduler, int maxFailures, TimeSpan callTimeout, TimeSpan resetTimeout)
        : this(scheduler, maxFailures, callTimeout, resetTimeout, NoMaximum, 1.0, 0.0)
    {
    }

    /// <summary>Creates a closed breaker whose reset timeout grows by the factor with every failed trial.</summary>
    public CircuitBreaker(
        IScheduler scheduler,
        int maxFailures,
        TimeSpan callTimeout,
        TimeSpan resetTimeout,
        TimeSpan maxResetTimeout,
        double exponentialBackoffFactor)
        : this(scheduler, maxFailures, callTimeout, resetTimeout, maxResetTimeout, exponentialBackoffFactor, 0.0)
    {
    }

    /// <summary>
    /// Creates a closed breaker whose reset timeout grows by the factor, and a random part of it, with every failed
    /// trial.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The backoff factor is below 1, or the random factor not from 0 to 1.
    /// </exception>
    public CircuitBreaker(
        IScheduler scheduler,
        int maxFailures,
        TimeSpan callTimeout,
        TimeSpan resetTimeout,
        TimeSpan maxResetTimeout,
        double exponentialBackoffFactor,
        double randomFactor)
    {
        if (exponentialBackoffFactor < 1.0)
        {
            throw new ArgumentException("factor must be >= 1.0", nameof(exponentialBackoffFactor));
        }

        if (randomFactor is < 0.0 or > 1.0)
        {
            throw new ArgumentException("randomFactor must be between 0.0 and 1.0", nameof(randomFactor));
        }

        Scheduler = scheduler;
        MaxFailures = maxFailures;
        CallTimeout = callTimeout;
        ResetTimeout = resetTimeout;
        MaxResetTimeout = maxResetTimeout;
        ExponentialBackoffFactor = exponentialBackoffFactor;
        RandomFactor = randomFactor;
        _currentResetTimeout = resetTimeout;
    }

    private enum State
    {
        Closed,
        Open,
        HalfOpen
    }

    /// <summary>What ends the open state.</summary>
    public IScheduler Scheduler { get; }

    /// <summary>How many failures without a success between them open the breaker.</summary>
    public int MaxFailures { get; }

    /// <summary>After which time a call counts as failed.</summary>
    public TimeSpan CallTimeout { get; }

    /// <summary>How long the breaker stays open at first.</summary>
    public TimeSpan ResetTimeout { get; }

    /// <summary>How long the breaker stays open at most.</summary>
    public TimeSpan MaxResetTimeout { get; }

    /// <summary>By what the open time grows after a failed trial.</summary>
    public double ExponentialBackoffFactor { get; }

    /// <summary>Which part of the open time is added at random, from 0 to 1.</summary>
    public double RandomFactor { get; }

    /// <summary>How many calls have failed since the last success.</summary>
    public long CurrentFailureCount => Volatile.Read(ref _failures);

    /// <summary>The last failure; null after a success.</summary>
    public Exception? LastCaughtException => Volatile.Read(ref _lastCaughtException);

    /// <summary>Whether calls pass.</summary>
    public bool IsClosed => CurrentState == State.Closed;

    /// <summary>Whether calls are refused.</summary>
    public bool IsOpen => CurrentState == State.Open;

    /// <summary>Whether one call may try.</summary>
    public bool IsHalfOpen => CurrentState == State.HalfOpen;

    private State CurrentState
    {
        get
        {
            lock (_sync)
            {
                return _state;
            }
        }
    }

    /// <summary>Creates a closed breaker.</summary>
    public static CircuitBreaker Create(
        IScheduler scheduler, int maxFailures, TimeSpan callTimeout, TimeSpan resetTimeout) =>
        new(scheduler, maxFailures, callTimeout, resetTimeout);

    /// <summary>A new breaker with the same settings whose open time doubles up to the given maximum.</summary>
    public CircuitBreaker WithExponentialBackoff(TimeSpan maxResetTimeout) =>
        new(Scheduler, MaxFailures, CallTimeout, ResetTimeout, maxResetTimeout, 2.0, RandomFactor);

    /// <summary>A new breaker with the same settings and the given random factor.</summary>
    public CircuitBreaker WithRandomFactor(double randomFactor) => new(
        Scheduler, MaxFailures, CallTimeout, ResetTimeout, MaxResetTimeout, ExponentialBackoffFactor, randomFactor);

    /// <summary>Calls the body, whose first part runs on this thread, if the breaker lets it.</summary>
    public Task<T> WithCircuitBreaker<T>(Func<Task<T>> body) => WithCircuitBreaker(body, static call => call());

    /// <summary>Calls the body, whose first part runs on this thread, if the breaker lets it.</summary>
    public async Task<T> WithCircuitBreaker<T, TState>(TState state, Func<TState, Task<T>> body)
    {
        EnterCall();
        try
        {
            var result = await body(state).WaitAsync(CallTimeout).ConfigureAwait(false);
            Succeed();
            return result;
        }
        catch (Exception cause)
        {
            Fail(cause);
            throw;
        }
    }

    /// <summary>Calls the body, whose first part runs on this thread, if the breaker lets it.</summary>
    public Task WithCircuitBreaker(Func<Task> body) => WithCircuitBreaker(body, static call => call());

    /// <summary>Calls the body, whose first part runs on this thread, if the breaker lets it.</summary>
    public async Task WithCircuitBreaker<TState>(TState state, Func<TState, Task> body)
    {
        EnterCall();
        try
        {
            await body(state).WaitAsync(CallTimeout).ConfigureAwait(false);
            Succeed();
        }
        catch (Exception cause)
        {
            Fail(cause);
            throw;
        }
    }

    /// <summary>Calls the body on another thread, if the breaker lets it, and waits.</summary>
    public void WithSyncCircuitBreaker(Action body) =>
        WithCircuitBreaker(body, static call => Task.Run(call)).GetAwaiter().GetResult();

    /// <summary>Calls the body on another thread, if the breaker lets it, and waits.</summary>
    public T WithSyncCircuitBreaker<T>(Func<T> body) =>
        WithCircuitBreaker(body, static call => Task.Run(call)).GetAwaiter().GetResult();

    /// <summary>Counts a success that happened elsewhere.</summary>
    public void Succeed()
    {
        lock (_sync)
        {
            if (_state == State.Open)
            {
                return;
            }

            _failures = 0;
            _lastCaughtException = null;
            if (_state == State.HalfOpen)
            {
                _currentResetTimeout = ResetTimeout;
                Become(State.Closed, _onClose);
            }
        }
    }

    /// <summary>Counts a failure that happened elsewhere.</summary>
    public void Fail() => Fail(new UserCalledFailException());

    /// <summary>Has the callback run, on a thread of the pool, whenever the breaker opens.</summary>
    public CircuitBreaker OnOpen(Action callback) => AddListener(_onOpen, callback);

    /// <summary>Has the callback run, on a thread of the pool, whenever the breaker lets one call try.</summary>
    public CircuitBreaker OnHalfOpen(Action callback) => AddListener(_onHalfOpen, callback);

    /// <summary>Has the callback run, on a thread of the pool, whenever the breaker closes.</summary>
    public CircuitBreaker OnClose(Action callback) => AddListener(_onClose, callback);

    /// <exception cref="OpenCircuitException">The breaker is open, or half open with a trial under way.</exception>
    private void EnterCall()
    {
        lock (_sync)
        {
            switch (_state)
            {
                case State.Open:
                    var remaining = _openUntil - Scheduler.MonotonicClock;
                    throw new OpenCircuitException(
                        _lastCaughtException, remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero);
                case State.HalfOpen when _trialRunning:
                    throw new OpenCircuitException(
                        "Circuit breaker is half open, only one call is allowed; this call is failing fast.",
                        _lastCaughtException,
                        TimeSpan.Zero);
                case State.HalfOpen:
                    _trialRunning = true;
                    break;
            }
        }
    }

    private void Fail(Exception cause)
    {
        lock (_sync)
        {
            if (_state == State.Open)
            {
                return;
            }

            _lastCaughtException = cause;
            if (_state == State.HalfOpen || ++_failures == MaxFailures)
            {
                Open();
            }
        }
    }

    private void Open()
    {
        _openUntil = Scheduler.MonotonicClock + _currentResetTimeout;
        Scheduler.Advanced.ScheduleOnce(_currentResetTimeout, AttemptReset);
        var growth = ExponentialBackoffFactor * (1.0 + (Random.Shared.NextDouble() * RandomFactor));
        var next = _currentResetTimeout * growth;
        _currentResetTimeout = next < MaxResetTimeout ? next : _currentResetTimeout;
        Become(State.Open, _onOpen);
    }

    private void AttemptReset()
    {
        lock (_sync)
        {
            if (_state == State.Open)
            {
                _trialRunning = false;
                Become(State.HalfOpen, _onHalfOpen);
            }
        }
    }

    private void Become(State state, List<Action> listeners)
    {
        _state = state;
        foreach (var listener in listeners)
        {
            _ = Task.Run(listener);
        }
    }

    private CircuitBreaker AddListener(List<Action> listeners, Action callback)
    {
        lock (_sync)
        {
            listeners.Add(callback);
        }

        return this;
    }
}
