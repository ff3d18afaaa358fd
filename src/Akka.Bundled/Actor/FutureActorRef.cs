using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// A reference that stands for a task and takes one answer. It costs no actor: it gets a path, and becomes known under
/// it, only when someone asks for the path, as remoting does.
/// </summary>
internal abstract class PromiseActorRef(IActorRefProvider provider) : MinimalActorRef
{
    private static readonly ActorPath NoPath = new RootActorPath(Address.AllSystems, "/completed");

    private ActorPath? _path;

    public override IActorRefProvider Provider => provider;

    public override IInternalActorRef Parent => provider.TempContainer;

    public override ActorPath Path => Volatile.Read(ref _path) is { } path && !ReferenceEquals(path, NoPath)
        ? path
        : MakePath();

    protected abstract bool IsCompleted { get; }

    /// <summary>Forgets the path; called once the answer is there.</summary>
    protected void Unregister()
    {
        // Either there is no path yet, and none will be registered, or it is taken back here.
        if (Interlocked.CompareExchange(ref _path, NoPath, null) is { } path)
        {
            provider.UnregisterTempActor(path);
        }
    }

    protected void TooLate(object message, IActorRef? sender) =>
        provider.DeadLetters.Tell(new DeadLetter(message, sender, this), sender);

    private ActorPath MakePath()
    {
        var fresh = provider.TempPath();
        var before = Interlocked.CompareExchange(ref _path, fresh, null);
        if (before is null)
        {
            provider.RegisterTempActor(this, fresh);
            if (IsCompleted)
            {
                provider.UnregisterTempActor(fresh);
            }

            return fresh;
        }

        if (!ReferenceEquals(before, NoPath))
        {
            return before;
        }

        // Completed before anyone asked: it needs a path to be named in the log, but nobody must find it.
        var named = Interlocked.CompareExchange(ref _path, fresh, NoPath);
        return ReferenceEquals(named, NoPath) ? fresh : named!;
    }
}

/// <summary>The sender of an Ask: completes its task with the first message it gets.</summary>
internal sealed class FutureActorRef<T> : PromiseActorRef
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _timeoutAfter;
    private Timer? _timeout;
    private CancellationTokenRegistration _cancellation;

    public FutureActorRef(IActorRefProvider provider)
        : base(provider)
    {
    }

    public Task<T> Answer => _answer.Task;

    protected override bool IsCompleted => _answer.Task.IsCompleted;

    /// <summary>Lets the task fail by itself: called before the question is sent.</summary>
    public void Limit(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (timeout != Timeout.InfiniteTimeSpan)
        {
            // Started only once the field is set, so that it finds itself there.
            _timeoutAfter = timeout;
            _timeout = new Timer(
                static state => ((FutureActorRef<T>)state!).TimedOut(), this, Timeout.Infinite, Timeout.Infinite);
            _timeout.Change(timeout, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((FutureActorRef<T>)state!).Cancelled(token), this);
        }
    }

    protected override void TellInternal(object message, IActorRef? sender)
    {
        var taken = message switch
        {
            ISystemMessage => true,
            T answer => _answer.TrySetResult(answer),
            Status.Failure failure => _answer.TrySetException(
                failure.Cause ?? new TaskCanceledException("Task cancelled by actor via Failure message.")),
            _ => _answer.TrySetException(new ArgumentException(
                $"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]"))
        };

        if (taken)
        {
            Finish();
        }
        else
        {
            TooLate(message, sender);
        }
    }

    private void TimedOut()
    {
        if (_answer.TrySetException(new AskTimeoutException($"Timeout after {_timeoutAfter} seconds")))
        {
            Finish();
        }
    }

    private void Cancelled(CancellationToken token)
    {
        if (_answer.TrySetCanceled(token))
        {
            Finish();
        }
    }

    private void Finish()
    {
        _timeout?.Dispose();
        _cancellation.Unregister();
        Unregister();
    }
}

/// <summary>A watcher that is a task: true when the watched actor has stopped, false when that took too long.</summary>
internal sealed class WatchActorRef : PromiseActorRef
{
    private readonly TaskCompletionSource<bool> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IInternalActorRef _target;

    public WatchActorRef(IInternalActorRef target)
        : base(target.Provider) => _target = target;

    protected override bool IsCompleted => _stopped.Task.IsCompleted;

    public async Task<bool> WatchAsync(Action? afterwards, CancellationToken token)
    {
        using var registration = token.UnsafeRegister(
            static state => ((WatchActorRef)state!)._stopped.TrySetResult(false), this);
        _target.SendSystemMessage(new Watch(_target, this));
        afterwards?.Invoke();
        try
        {
            return await _stopped.Task.ConfigureAwait(false);
        }
        finally
        {
            _target.SendSystemMessage(new Unwatch(_target, this));
            Unregister();
        }
    }

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification notification && notification.Actor.Path.Equals(_target.Path))
        {
            _stopped.TrySetResult(true);
        }
    }
}
