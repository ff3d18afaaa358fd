namespace AkkaReplication.History.Checking;

/// <summary>Whether what a process sent stands in the order in which it was sent.</summary>
internal sealed class SendOrderCheck(HistoryIndex index, KeyLog log, Findings findings, Metrics metrics)
{
    private readonly WriterState[] _writers = CreateWriters(index.ProcessCount);

    public void Run()
    {
        for (var start = 0; start < log.Positions; start = log.EndOfOperation(start))
        {
            var operation = log.OperationAt(start);
            if (index.KindOf(operation) is OperationKind.Send or OperationKind.Txn && index.IsCommitted(operation))
                CheckOperation(operation, start, log.EndOfOperation(start));
        }
    }

    private static WriterState[] CreateWriters(int count)
    {
        var writers = new WriterState[count];
        for (var i = 0; i < count; i++)
            writers[i] = new WriterState();
        return writers;
    }

    private void CheckOperation(int operation, int start, int end)
    {
        var (first, last) = (-1, -1);
        for (var position = start; position < end; position++)
        {
            if (log.KindAt(position) != StepKind.Send || Lowest(position) < 0)
                continue;
            if (last >= 0)
                CheckWithin(operation, last, position);
            first = first < 0 ? position : first;
            last = position;
        }

        if (first < 0)
            return;
        var writer = WriterOf(operation);
        if (writer.LastPosition >= 0 && Highest(first) <= Lowest(writer.LastPosition))
            AddBetween(writer.LastPosition, first);
        writer.LastPosition = last;
    }

    private void CheckWithin(int operation, int previous, int current)
    {
        if (Highest(current) <= Lowest(previous))
        {
            if (MayRetry(operation))
                metrics.RetryReorderings++;
            else
                AddWithin(operation, previous, current);
        }
        else if (Lowest(current) > Highest(previous) + 1)
        {
            metrics.InternalSendSkips++;
        }
    }

    /// <summary>Where the value certainly stands, at the lowest: where it was acknowledged, or else where it was read; or
    /// -1.</summary>
    private int Lowest(int position) =>
        log.IndexAt(position) is var own and >= 0 ? own : log.FirstIndexOf(log.ValueAt(position));

    private int Highest(int position) =>
        log.IndexAt(position) is var own and >= 0 ? own : log.LastIndexOf(log.ValueAt(position));

    private bool MayRetry(int operation) => !index.Options.IsIdempotent || !index.IsStrong(operation);

    private void AddBetween(int previous, int current)
    {
        var (before, operation) = (log.OperationAt(previous), log.OperationAt(current));
        if (MayRetry(before) || MayRetry(operation))
        {
            metrics.RetryReorderings++;
            return;
        }

        findings.Add(
            AnomalyClass.NonmonotonicSend, log.Key, log.ValueAt(current), log.OffsetOf(Highest(current)),
            () => (Sentence(previous, current), [before, operation]));
    }

    private void AddWithin(int operation, int previous, int current) => findings.Add(
        AnomalyClass.InternalNonmonotonicSend, log.Key, log.ValueAt(current), log.OffsetOf(Highest(current)),
        () => (Sentence(previous, current), [operation]));

    private string Sentence(int previous, int current)
    {
        var values = log.History.Values;
        return $"{values.ValueOf(log.ValueAt(current))} was sent after {values.ValueOf(log.ValueAt(previous))} and stands "
            + $"at offset {log.OffsetOf(Highest(current))}, before it at {log.OffsetOf(Lowest(previous))}";
    }

    private WriterState WriterOf(int operation)
    {
        var writer = _writers[index.ProcessOf(operation)];
        if (writer.Key != log.Key || writer.Session != index.SendSessionOf(operation))
        {
            writer.Key = log.Key;
            writer.Session = index.SendSessionOf(operation);
            writer.LastPosition = -1;
        }

        return writer;
    }

    /// <summary>What a process sent last to the key.</summary>
    private sealed class WriterState
    {
        public int Key { get; set; } = -1;

        public int Session { get; set; } = -1;

        public int LastPosition { get; set; } = -1;
    }
}
