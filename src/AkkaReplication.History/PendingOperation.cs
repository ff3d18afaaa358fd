namespace AkkaReplication.History;

/// <summary>
/// An operation under way. It is given its outcome once; a second one, or one that comes after the recorder was closed,
/// is ignored. What it was told is added by one thread at a time.
/// </summary>
public sealed class PendingOperation
{
    private readonly HistoryRecorder _recorder;
    private readonly OperationKind _kind;
    private readonly int _process;
    private readonly SendAcks _acks;
    private readonly Isolation _isolation;
    private readonly List<OperationStep> _steps = new(1);
    private int _isComplete;

    internal PendingOperation(
        HistoryRecorder recorder, OperationKind kind, int process, SendAcks acks, Isolation isolation)
    {
        _recorder = recorder;
        _kind = kind;
        _process = process;
        _acks = acks;
        _isolation = isolation;
    }

    /// <summary>When it was begun, by the recorder's clock.</summary>
    public long InvokedNs { get; internal set; }

    /// <summary>A copy: another thread may be adding to what is under way.</summary>
    internal OperationStep[] Steps
    {
        get
        {
            lock (_steps)
                return [.. _steps];
        }
    }

    /// <summary>A transaction sends a value; or it became known where the value of a send goes.</summary>
    /// <returns>What <see cref="Acknowledged"/> takes.</returns>
    public int Send(string key, HistoryValue value) => Add(OperationStep.Send(key, value));

    /// <summary>The offset of something that this operation sent became known.</summary>
    /// <param name="send">What <see cref="Send"/> returned; 0 for the only value of an operation that is no transaction.
    /// </param>
    /// <param name="offset">Where it stands.</param>
    public PendingOperation Acknowledged(int send, long offset)
    {
        lock (_steps)
        {
            if (_isComplete == 0)
                _steps[send] = _steps[send] with { Offset = offset };
        }

        return this;
    }

    /// <summary>A record was returned. To be called in the order in which the client saw the records.</summary>
    public PendingOperation Record(string key, long offset, HistoryValue value) =>
        With(OperationStep.Record(key, offset, value));

    /// <summary>Nothing was returned for a key that was asked for.</summary>
    public PendingOperation Polled(string key) =>
        With(new OperationStep(StepKind.Polled, key, OperationStep.UnknownOffset));

    /// <summary>The high watermark that came with a key's records; for a poll of committed records the last stable offset.
    /// </summary>
    public PendingOperation HighWatermark(string key, long offset) => With(OperationStep.HighWatermark(key, offset));

    /// <summary>The key was given to, or taken from, the process in the meantime.</summary>
    public PendingOperation Rebalanced(string key) => With(OperationStep.Rebalanced(key));

    /// <summary>A final read has come to the key's end: everything below the offset has been read.</summary>
    public PendingOperation End(string key, long offset) => With(OperationStep.End(key, offset));

    /// <summary>It happened.</summary>
    public void Ok() => Complete(Outcome.Ok);

    /// <summary>The only value of a send was acknowledged at an offset.</summary>
    public void Ok(long offset)
    {
        if (offset >= 0)
            Acknowledged(0, offset);
        Complete(Outcome.Ok);
    }

    /// <summary>It did not happen and never will.</summary>
    public void Fail() => Complete(Outcome.Fail);

    /// <summary>Nobody knows whether it happened, or will.</summary>
    public void Unknown() => Complete(Outcome.Info);

    internal OperationHistory.Header HeaderWith(Outcome outcome) => new(_kind, outcome, _acks, _isolation, _process);

    private PendingOperation With(in OperationStep step)
    {
        Add(step);
        return this;
    }

    private int Add(in OperationStep step)
    {
        lock (_steps)
        {
            if (_isComplete == 0)
                _steps.Add(step);
            return _steps.Count - 1;
        }
    }

    private void Complete(Outcome outcome)
    {
        if (Interlocked.Exchange(ref _isComplete, 1) == 0)
            _recorder.Complete(this, outcome);
    }
}
