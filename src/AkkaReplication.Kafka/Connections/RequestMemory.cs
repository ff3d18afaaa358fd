namespace AkkaReplication.Kafka.Connections;

/// <summary>
/// The memory that requests may hold in a broker. Whoever finds too little waits in line, without having taken any: nobody
/// holds a part while it waits for the rest. Any thread.
/// </summary>
internal sealed class RequestMemory(long capacityBytes)
{
    private readonly LinkedList<Claim> _waiting = new();
    private readonly Lock _lock = new();
    private long _takenBytes;

    /// <summary>Bytes that are taken now.</summary>
    public long TakenBytes
    {
        get
        {
            lock (_lock)
                return _takenBytes;
        }
    }

    /// <summary>Takes that much, at most the whole capacity, as soon as it is there.</summary>
    public ValueTask TakeAsync(long bytes, CancellationToken ct)
    {
        Claim claim;
        lock (_lock)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                _takenBytes += bytes;
                return ValueTask.CompletedTask;
            }

            claim = new Claim(bytes);
            _waiting.AddLast(claim);
        }

        return new ValueTask(WaitAsync(claim, ct));
    }

    /// <summary>Gives back what was taken.</summary>
    public void Give(long bytes)
    {
        lock (_lock)
        {
            _takenBytes -= bytes;
            Grant();
        }
    }

    private async Task WaitAsync(Claim claim, CancellationToken ct)
    {
        using var cancelling = ct.Register(() => Forget(claim, ct));
        await claim.Granted.Task.ConfigureAwait(false);
    }

    private void Forget(Claim claim, CancellationToken ct)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(claim))
                return;
            Grant();
        }

        claim.Granted.TrySetCanceled(ct);
    }

    private void Grant()
    {
        while (_waiting.First is { Value: var claim } && Fits(claim.Bytes))
        {
            _waiting.RemoveFirst();
            _takenBytes += claim.Bytes;
            claim.Granted.TrySetResult();
        }
    }

    private bool Fits(long bytes) => _takenBytes + bytes <= capacityBytes || _takenBytes == 0;

    private sealed record Claim(long Bytes)
    {
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
