namespace AkkaReplication.Tool.Drills;

/// <summary>
/// Watches a cluster for one drill: writes what happens on the timeline, keeps it, and waits for conditions. Every wait
/// has a deadline and says what it waited for and what it saw instead. It never changes the cluster.
/// </summary>
internal sealed class ClusterWatch : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    private readonly EmbeddedCluster _cluster;
    private readonly TimeSpan _deadline;
    private readonly Lock _lock = new();
    private readonly List<ClusterObservation> _observations = [];
    private readonly IDisposable _subscription;

    public ClusterWatch(EmbeddedCluster cluster, Timeline timeline, TimeSpan deadline)
    {
        _cluster = cluster;
        _deadline = deadline;
        _subscription = cluster.Observe(observation =>
        {
            lock (_lock)
                _observations.Add(observation);
            if (Describing.InWords(observation) is { } words)
                timeline.Say(words.Tone, words.Text);
        });
    }

    public ClusterDescription Now => _cluster.Describe();

    public PartitionDescription Partition(int number) => Now.Partitions.First(p => p.Partition.Partition == number);

    /// <summary>How many observations there have been: the point from which <see cref="Since{T}"/> looks.</summary>
    public int Mark()
    {
        lock (_lock)
            return _observations.Count;
    }

    public IReadOnlyList<T> Since<T>(int mark)
        where T : ClusterObservation
    {
        lock (_lock)
            return _observations.Skip(mark).OfType<T>().ToList();
    }

    /// <summary>Waits until the cluster is in some state.</summary>
    /// <exception cref="DrillException">It did not get there in time.</exception>
    public Task UntilAsync(string awaited, Func<ClusterDescription, bool> condition, CancellationToken ct) =>
        UntilAsync(awaited, () => condition(Now), () => Describing.InWords(Now), ct);

    /// <summary>Waits until every partition is in some state; a cluster without partitions is in none.</summary>
    public Task UntilEachAsync(string awaited, Func<PartitionDescription, bool> condition, CancellationToken ct) =>
        UntilAsync(awaited, now => !now.Partitions.IsEmpty && now.Partitions.All(condition), ct);

    /// <summary>Waits for something to have happened since a mark.</summary>
    public async Task<T> ObservedAsync<T>(string awaited, int mark, Func<T, bool> match, CancellationToken ct)
        where T : ClusterObservation
    {
        T? found = null;
        await UntilAsync(
            awaited,
            () => (found = Since<T>(mark).FirstOrDefault(match)) is not null,
            () => Describing.InWords(Now),
            ct)
            .ConfigureAwait(false);
        return found!;
    }

    public Task UntilAsync(string awaited, Func<bool> condition, Func<string> seen, CancellationToken ct) =>
        UntilAsync(awaited, () => Task.FromResult(condition()), seen, ct);

    public async Task UntilAsync(string awaited, Func<Task<bool>> condition, Func<string> seen, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(_deadline);
        using var timer = new PeriodicTimer(PollInterval);
        try
        {
            while (!await condition().WaitAsync(deadline.Token).ConfigureAwait(false))
                await timer.WaitForNextTickAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new DrillException($"waited {_deadline.TotalSeconds:0} s for {awaited}; seen: {seen()}");
        }
    }

    public void Dispose() => _subscription.Dispose();
}

/// <summary>
/// A drill came to no end: it waited in vain, or its client broke. The message says what was awaited, and what was
/// seen.
/// </summary>
internal sealed class DrillException(string message, Exception? inner = null) : Exception(message, inner);
