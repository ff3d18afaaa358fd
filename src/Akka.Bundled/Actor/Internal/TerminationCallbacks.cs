namespace Akka.Actor.Internal;

/// <summary>Owns what runs when the system has stopped: the last registered first, each once.</summary>
internal sealed class TerminationCallbacks
{
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Stack<Action>? _callbacks = new();

    public Task Task => _finished.Task;

    public void Add(Action callback)
    {
        lock (_lock)
        {
            if (_callbacks is null)
            {
                throw new InvalidOperationException("ActorSystem already terminated.");
            }

            _callbacks.Push(callback);
        }
    }

    /// <summary>Runs the callbacks after a task, and <paramref name="last"/> after them.</summary>
    public async void StartAfter(Task terminated, Action last)
    {
        await terminated.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Stack<Action> callbacks;
        lock (_lock)
        {
            callbacks = _callbacks!;
            _callbacks = null;
        }

        List<Exception> failures = [];
        foreach (var callback in callbacks.Append(last))
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }

        if (failures.Count == 0)
        {
            _finished.TrySetResult();
        }
        else
        {
            _finished.TrySetException(failures);
        }
    }
}
