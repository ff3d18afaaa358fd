namespace AkkaReplication;

/// <summary>
/// Who waits for a state of a cluster, and who wants to hear of what happens with every append. Those that act ask here
/// first, which costs them the reading of a field while there is nobody. Any thread.
/// </summary>
internal sealed class ClusterWatchers
{
    private readonly Lock _lock = new();
    private volatile Action? _listeners;
    private volatile int _highWatermarks;

    /// <summary>Moves of high watermarks are to be published.</summary>
    public bool WantHighWatermarks => _highWatermarks > 0;

    /// <summary>Something that a description of the cluster shows may be different now.</summary>
    public void Changed() => _listeners?.Invoke();

    /// <summary>
    /// Calls the listener after every change, on the thread of the actor that made it, until the result is disposed of. It
    /// must return at once.
    /// </summary>
    public IDisposable Listen(Action listener)
    {
        lock (_lock)
            _listeners += listener;
        return new Ending(() =>
        {
            lock (_lock)
                _listeners -= listener;
        });
    }

    /// <summary>Moves of high watermarks are published until the result is disposed of.</summary>
    public IDisposable WatchHighWatermarks()
    {
        lock (_lock)
            _highWatermarks++;
        return new Ending(() =>
        {
            lock (_lock)
                _highWatermarks--;
        });
    }

    private sealed class Ending(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
