namespace AkkaReplication.History.Checking;

/// <summary>
/// What every check needs to know of a history, worked out once: the order of invocations, who wrote a value and whether
/// anybody was given it, which operations certainly took effect, where a process's position ceased to be known, and the
/// steps of each key.
/// </summary>
internal sealed class HistoryIndex
{
    private readonly OperationFlags[] _flags;
    private readonly int[] _pollSessions;
    private readonly int[] _sendSessions;
    private readonly int[] _processes;
    private readonly int[] _writers;
    private readonly int[] _writerKeys;
    private readonly bool[] _isReturned;
    private readonly int[] _keyStarts;
    private readonly int[] _keySteps;
    private readonly int[] _keyOperations;
    private readonly Excuses _excuses;

    public HistoryIndex(OperationHistory history, HistoryCheckOptions options, CancellationToken ct)
    {
        History = history;
        Options = options;
        Order = InvocationOrder.Of(history);
        var sessions = new Sessions(history, Order);
        (_flags, _pollSessions, _sendSessions, _processes) =
            (sessions.Flags, sessions.PollSessions, sessions.SendSessions, sessions.Processes);
        ProcessCount = sessions.ProcessCount;
        ct.ThrowIfCancellationRequested();
        _excuses = new Excuses(history, options.Excuses);

        _writers = new int[history.Values.Count];
        _writerKeys = new int[history.Values.Count];
        _isReturned = new bool[history.Values.Count];
        Array.Fill(_writers, -1);
        FindWriters();
        ct.ThrowIfCancellationRequested();
        FindReturned();
        FindCommitted();
        ct.ThrowIfCancellationRequested();
        (_keyStarts, _keySteps, _keyOperations) = StepsByKey();
    }

    public OperationHistory History { get; }

    public HistoryCheckOptions Options { get; }

    /// <summary>The operations, as they were invoked.</summary>
    public int[] Order { get; }

    public int ProcessCount { get; }

    public int KeyCount => History.Keys.Count;

    public long SentCount { get; private set; }

    public long AcknowledgedCount { get; private set; }

    public long ReturnedCount { get; private set; }

    public int[] KeyStarts => _keyStarts;

    /// <summary>The steps about keys, key by key (from <see cref="KeyStarts"/> on), within a key as they were invoked.
    /// </summary>
    public int[] KeySteps => _keySteps;

    /// <summary>The operations of <see cref="KeySteps"/>.</summary>
    public int[] KeyOperations => _keyOperations;

    public OperationKind KindOf(int operation) => History.HeaderOf(operation).Kind;

    public Outcome OutcomeOf(int operation) => History.HeaderOf(operation).Outcome;

    /// <summary>A dense number.</summary>
    public int ProcessOf(int operation) => _processes[operation];

    /// <summary>Two polls of a process with the same number have no assignment, crash or unknown outcome between them.
    /// </summary>
    public int PollSessionOf(int operation) => _pollSessions[operation];

    /// <summary>Two sends of a process with the same number have no crash between them.</summary>
    public int SendSessionOf(int operation) => _sendSessions[operation];

    public bool Has(int operation, OperationFlags flag) => (_flags[operation] & flag) != 0;

    /// <summary>Whether the operation must have taken effect: it succeeded, or something that it sent was read. A send with
    /// acks=0 or 1 is only certain in the latter case.</summary>
    public bool IsCommitted(int operation) => Has(operation, OperationFlags.Committed);

    /// <summary>Whether an acknowledgement of the operation promises that its values are kept.</summary>
    public bool IsStrong(int operation) => History.HeaderOf(operation).Acks == SendAcks.All;

    public bool IsAcknowledged(int operation) => OutcomeOf(operation) == Outcome.Ok && IsStrong(operation);

    /// <summary>The operation that sent a value, or -1.</summary>
    public int WriterOf(int value) => _writers[value];

    /// <summary>The key that a value was sent to.</summary>
    public int WriterKeyOf(int value) => _writerKeys[value];

    /// <summary>Whether a successful poll of the value's key returned it.</summary>
    public bool IsReturned(int value) => _isReturned[value];

    /// <summary>Whether a poll of committed records must show a record with this value.</summary>
    public bool IsVisible(int value)
    {
        var writer = _writers[value];
        return writer < 0 || KindOf(writer) != OperationKind.Txn || IsCommitted(writer);
    }

    /// <summary>Whether a test excuses what an operation knows of an offset: it proves nothing.</summary>
    public bool IsDropped(int key, long offset, int operation) =>
        _excuses.IsAny && _excuses.Drops(key, offset, History.InvokedNs(operation));

    /// <summary>Whether a test excuses the loss of what was sent, without a known offset, by an operation.</summary>
    public bool IsLossExcused(int key, int operation) =>
        _excuses.IsAny && _excuses.MayDrop(key, History.InvokedNs(operation));

    /// <summary>What stands below this offset of the key may be gone.</summary>
    public long ExcusedBelow(int key) => _excuses.Below(key);

    private void FindWriters()
    {
        foreach (var operation in Order)
        {
            if (KindOf(operation) is not (OperationKind.Send or OperationKind.Txn))
                continue;
            for (var step = History.StepsStart(operation); step < History.StepsEnd(operation); step++)
            {
                if (History.StepKindOf(step) != StepKind.Send)
                    continue;
                var value = History.StepValue(step);
                if (_writers[value] >= 0)
                {
                    throw new InvalidHistoryException(
                        $"operations {_writers[value] + 1} and {operation + 1} both send the value "
                        + $"{History.Values.ValueOf(value)}; every value is sent once in a history");
                }

                _writers[value] = operation;
                _writerKeys[value] = History.StepKey(step);
                SentCount++;
                if (IsAcknowledged(operation))
                    AcknowledgedCount++;
            }
        }
    }

    private void FindReturned()
    {
        for (var operation = 0; operation < History.Count; operation++)
        {
            var header = History.HeaderOf(operation);
            if (header.Outcome != Outcome.Ok)
                continue;
            for (var step = History.StepsStart(operation); step < History.StepsEnd(operation); step++)
            {
                if (History.StepKindOf(step) != StepKind.Record)
                    continue;
                var value = History.StepValue(step);
                var writer = _writers[value];
                if (writer >= 0 && _writerKeys[value] != History.StepKey(step))
                    continue;

                // What is read of a transaction that is not committed yet may come to nothing.
                var proves = header.Isolation == Isolation.Committed
                    || writer < 0 || KindOf(writer) != OperationKind.Txn;
                if (!_isReturned[value] && proves)
                {
                    _isReturned[value] = true;
                    ReturnedCount++;
                }
            }
        }
    }

    private void FindCommitted()
    {
        for (var operation = 0; operation < History.Count; operation++)
        {
            var header = History.HeaderOf(operation);
            if (header.Outcome == Outcome.Fail)
                continue;
            var isCommitted = header.Outcome == Outcome.Ok && header.Acks == SendAcks.All;
            for (var step = History.StepsStart(operation); !isCommitted && step < History.StepsEnd(operation); step++)
                isCommitted = History.StepKindOf(step) == StepKind.Send && _isReturned[History.StepValue(step)];
            if (isCommitted)
                _flags[operation] |= OperationFlags.Committed;
        }
    }

    private (int[] Starts, int[] Steps, int[] Operations) StepsByKey()
    {
        var starts = new int[KeyCount + 1];
        for (var step = 0; step < History.StepCount; step++)
            starts[History.StepKey(step) + 1]++;
        for (var key = 0; key < KeyCount; key++)
            starts[key + 1] += starts[key];

        var next = starts.AsSpan(0, KeyCount).ToArray();
        var steps = new int[History.StepCount];
        var operations = new int[History.StepCount];
        foreach (var operation in Order)
        {
            for (var step = History.StepsStart(operation); step < History.StepsEnd(operation); step++)
            {
                ref var at = ref next[History.StepKey(step)];
                steps[at] = step;
                operations[at++] = operation;
            }
        }

        return (starts, steps, operations);
    }
}
