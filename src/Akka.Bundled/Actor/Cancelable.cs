namespace Akka.Actor;

/// <summary>
/// Owns one cancellation; what is scheduled with it looks at it before it runs. It costs a token source only if
/// someone asks for the token.
/// </summary>
public class Cancelable : ICancelable, IDisposable
{
    private readonly IActionScheduler? _scheduler;
    private CancellationTokenSource? _source;
    private TimerWheel.Entry? _entry;
    private volatile bool _cancelled;

    /// <summary>Cancels by itself after <paramref name="delay"/>.</summary>
    public Cancelable(IActionScheduler scheduler, TimeSpan delay)
        : this(scheduler) => CancelAfter(delay);

    /// <summary>Cancels by itself after <paramref name="delay"/>.</summary>
    public Cancelable(IScheduler scheduler, TimeSpan delay)
        : this(scheduler.Advanced, delay)
    {
    }

    /// <summary>Cancels by itself after a delay in milliseconds.</summary>
    public Cancelable(IScheduler scheduler, int millisecondsDelay)
        : this(scheduler.Advanced, TimeSpan.FromMilliseconds(millisecondsDelay))
    {
    }

    /// <summary>Cancels when told to.</summary>
    public Cancelable(IScheduler scheduler)
        : this(scheduler.Advanced)
    {
    }

    /// <summary>Cancels when told to.</summary>
    public Cancelable(IActionScheduler scheduler)
        : this(scheduler, null)
    {
    }

    private Cancelable(IActionScheduler? scheduler, CancellationTokenSource? source)
    {
        _scheduler = scheduler;
        _source = source;
    }

    /// <inheritdoc/>
    public bool IsCancellationRequested =>
        _cancelled || Volatile.Read(ref _source) is { IsCancellationRequested: true };

    /// <inheritdoc/>
    public CancellationToken Token => Source().Token;

    /// <summary>True once disposed.</summary>
    public bool IsDisposed { get; private set; }

    /// <inheritdoc/>
    public void Cancel() => Cancel(false);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It has been disposed.</exception>
    public void Cancel(bool throwOnFirstException)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _cancelled = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _source)?.Cancel(throwOnFirstException);
        Volatile.Read(ref _entry)?.Forget();
    }

    /// <inheritdoc/>
    public void CancelAfter(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        _scheduler?.ScheduleOnce(
            delay,
            () =>
            {
                if (!IsDisposed)
                {
                    Cancel();
                }
            });
    }

    /// <inheritdoc/>
    public void CancelAfter(int millisecondsDelay) => CancelAfter(TimeSpan.FromMilliseconds(millisecondsDelay));

    /// <summary>Gives one that is cancelled already.</summary>
    public static ICancelable CreateCanceled() => new Cancelable(null, null) { _cancelled = true };

    /// <summary>Gives one that is cancelled as soon as one of <paramref name="cancelables"/> is.</summary>
    public static ICancelable CreateLinkedCancelable(IScheduler scheduler, params ICancelable[] cancelables) =>
        CreateLinkedCancelable(scheduler.Advanced, cancelables);

    /// <inheritdoc cref="CreateLinkedCancelable(IScheduler, ICancelable[])"/>
    public static ICancelable CreateLinkedCancelable(IActionScheduler scheduler, params ICancelable[] cancelables) =>
        CreateLinkedCancelable(scheduler, Array.ConvertAll(cancelables, c => c.Token));

    /// <summary>Gives one that is cancelled as soon as one of <paramref name="cancellationTokens"/> is.</summary>
    public static ICancelable CreateLinkedCancelable(
        IScheduler scheduler, params CancellationToken[] cancellationTokens) =>
        CreateLinkedCancelable(scheduler.Advanced, cancellationTokens);

    /// <inheritdoc cref="CreateLinkedCancelable(IScheduler, CancellationToken[])"/>
    public static ICancelable CreateLinkedCancelable(
        IActionScheduler scheduler, params CancellationToken[] cancellationTokens) =>
        new Cancelable(scheduler, CancellationTokenSource.CreateLinkedTokenSource(cancellationTokens));

    /// <summary>Releases what the token holds; nothing is cancelled.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the token holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            _source?.Dispose();
        }
    }

    /// <summary>Lets a wheel forget what was scheduled with this as soon as it is cancelled.</summary>
    internal void Bind(TimerWheel.Entry entry)
    {
        Volatile.Write(ref _entry, entry);
        Interlocked.MemoryBarrier();
        if (_cancelled)
        {
            entry.Forget();
        }
    }

    private CancellationTokenSource Source()
    {
        if (Volatile.Read(ref _source) is { } source)
        {
            return source;
        }

        var fresh = new CancellationTokenSource();
        if (Interlocked.CompareExchange(ref _source, fresh, null) is { } other)
        {
            fresh.Dispose();
            return other;
        }

        // Cancelled before, or at the same time by someone who did not see the source yet.
        if (_cancelled)
        {
            fresh.Cancel();
        }

        return fresh;
    }
}

/// <summary>Shorthands of <see cref="ICancelable"/>.</summary>
public static class CancelableExtensions
{
    /// <summary>Cancels what may be null.</summary>
    public static void CancelIfNotNull(this ICancelable? cancelable) => cancelable?.Cancel();
}
