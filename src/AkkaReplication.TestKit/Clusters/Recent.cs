namespace AkkaReplication.Testing;

/// <summary>The last things that happened in a cluster, for messages about what did not happen. Any thread.</summary>
internal sealed class Recent
{
    private const int Kept = 30;

    private readonly Lock _lock = new();
    private readonly Queue<string> _last = new();

    public void Add(ClusterObservation observation)
    {
        // Too many to be of use here.
        if (observation is HighWatermarkMoved)
            return;
        lock (_lock)
        {
            if (_last.Count == Kept)
                _last.Dequeue();
            _last.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {observation}");
        }
    }

    public void Clear()
    {
        lock (_lock)
            _last.Clear();
    }

    public override string ToString()
    {
        lock (_lock)
            return string.Join(Environment.NewLine, _last.Select(happened => $"  {happened}"));
    }
}
