namespace AkkaReplication.Storage.Files;

/// <summary>
/// How many of the logs' files are open at once, over all brokers of the process: beyond the capacity those that were not
/// used for long are closed until they are used again. Any thread.
/// </summary>
/// <remarks>
/// Only a flushed file is closed: the system reports a failed write to those who had the file open (the same reason for
/// which a log whose flush failed is never read again). When none is flushed, the oldest ones are, in the background, and
/// the capacity is exceeded meanwhile.
/// </remarks>
/// <param name="capacity">1 or more.</param>
/// <param name="flushes">Where files are flushed so that they can be closed.</param>
internal sealed class OpenFiles(int capacity, TaskScheduler flushes)
{
    // Each open looks at a few only, so that it costs the same however many there are.
    private const int LooksPerOpen = 16;
    private const int FlushesPerRound = 64;
    private const int MostOpenFiles = 1 << 17;

    private readonly LinkedList<PooledFile> _open = [];
    private readonly Lock _lock = new();
    private bool _isFlushing;

    /// <summary>For the whole process; leaves a quarter of what the system allows to everything else.</summary>
    public static OpenFiles Shared { get; } = new(
        OperatingSystem.IsWindows() ? MostOpenFiles : (int)Math.Clamp(Unix.OpenFileLimit() / 4 * 3, 64, MostOpenFiles),
        TaskScheduler.Default);

    /// <summary>Files open now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _open.Count;
        }
    }

    /// <summary>A file was opened.</summary>
    public void Add(PooledFile file)
    {
        lock (_lock)
        {
            // Closed again already, or even opened once more.
            if (file.Place.List is not null || !file.IsOpen)
                return;

            _open.AddLast(file.Place);
            CloseUnused(file);
            if (_open.Count <= capacity || _isFlushing)
                return;
            _isFlushing = true;
        }

        _ = Task.Factory.StartNew(FlushOldest, CancellationToken.None, TaskCreationOptions.DenyChildAttach, flushes);
    }

    /// <summary>A file was closed.</summary>
    public void Remove(PooledFile file)
    {
        lock (_lock)
        {
            if (!file.IsOpen)
                file.Place.List?.Remove(file.Place);
        }
    }

    /// <summary>Each file gets a second chance when it was used since it was looked at last.</summary>
    private void CloseUnused(PooledFile added)
    {
        for (var looks = 0; looks < LooksPerOpen && _open.Count > capacity && _open.First is { } oldest; looks++)
        {
            _open.Remove(oldest);
            if (oldest.Value == added || oldest.Value.TakeUsed() || !oldest.Value.TryClose())
                _open.AddLast(oldest);
        }
    }

    private void FlushOldest()
    {
        PooledFile[] oldest;
        lock (_lock)
            oldest = [.. _open.Take(Math.Max(1, Math.Min(FlushesPerRound, _open.Count - capacity)))];

        foreach (var file in oldest)
            file.FlushToClose();

        lock (_lock)
        {
            _isFlushing = false;
            foreach (var file in oldest)
            {
                if (file.Place.List is not null && _open.Count > capacity && file.TryClose())
                    _open.Remove(file.Place);
            }
        }
    }
}
