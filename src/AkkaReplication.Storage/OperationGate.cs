namespace AkkaReplication.Storage;

/// <summary>
/// Counts operations under way and, once closed, lets no further one begin; closing is complete when the last is over (F6).
/// </summary>
internal sealed class OperationGate
{
    private const long Closed = 1L << 62;

    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _state;

    public bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    /// <summary>Begins an operation, which <see cref="Exit"/> must end; false once the gate is closed.</summary>
    public bool TryEnter()
    {
        if ((Interlocked.Increment(ref _state) & Closed) == 0)
            return true;

        Exit();
        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _state) == Closed)
            _drained.TrySetResult();
    }

    /// <summary>Lets nothing more begin; complete when nothing is under way. Must not be awaited inside an operation.</summary>
    public Task CloseAsync()
    {
        if (Interlocked.Or(ref _state, Closed) == 0)
            _drained.TrySetResult();
        return _drained.Task;
    }
}
