namespace AkkaReplication.History.Checking;

/// <summary>
/// Whether each process reads forward and leaves nothing out, and with that, which records somebody must have been given:
/// those between what a process was to read first and what it read last.
/// </summary>
internal sealed class PollOrderCheck(HistoryIndex index, KeyLog log, Findings findings, Metrics metrics)
{
    private readonly ReaderState[] _readers = CreateReaders(index.ProcessCount);
    private readonly List<int> _records = [];
    private int[] _covered = [];

    /// <summary>Whether some process that was given later records must have been given this one.</summary>
    public bool IsCovered(int logIndex) => _covered[logIndex] > 0;

    public void Run()
    {
        if (_covered.Length <= log.Count)
            _covered = new int[Math.Max(log.Count + 1, _covered.Length * 2)];
        Array.Clear(_covered, 0, log.Count + 1);
        for (var start = 0; start < log.Positions; start = log.EndOfOperation(start))
            CheckOperation(start, log.EndOfOperation(start));
        for (var i = 1; i <= log.Count; i++)
            _covered[i] += _covered[i - 1];
    }

    private static ReaderState[] CreateReaders(int count)
    {
        var readers = new ReaderState[count];
        for (var i = 0; i < count; i++)
            readers[i] = new ReaderState();
        return readers;
    }

    private void CheckOperation(int start, int end)
    {
        var operation = log.OperationAt(start);
        if (index.OutcomeOf(operation) != Outcome.Ok)
            return;
        switch (index.KindOf(operation))
        {
            case OperationKind.Assign:
                Assign(operation, log.OffsetAt(end - 1));
                break;
            case OperationKind.Poll or OperationKind.FinalRead or OperationKind.Txn:
                CheckPoll(operation, start, end);
                break;
        }
    }

    private void Assign(int operation, long from)
    {
        var reader = ReaderOf(operation);
        reader.Session = index.PollSessionOf(operation);
        reader.LastOperation = operation;
        // Where the log was cut below the position, the process is sent elsewhere.
        reader.Next = from < 0 || index.IsDropped(log.Key, from, operation) ? -1 : log.LowestIndexFrom(from);
    }

    private void CheckPoll(int operation, int start, int end)
    {
        var isKnown = Collect(start, end);
        var reader = ReaderOf(operation);
        if (reader.Session != index.PollSessionOf(operation))
        {
            reader.Session = index.PollSessionOf(operation);
            reader.Next = -1;
        }

        if (_records.Count > 0)
        {
            Cover(operation, isKnown ? reader.Next : -1);
            if (isKnown)
            {
                CheckWithin(operation);
                CheckFrom(reader, operation);
            }
        }

        if (!isKnown)
        {
            reader.Next = -1;
        }
        else if (_records.Count > 0)
        {
            reader.Next = log.IndexAt(_records[^1]) + 1;
            reader.LastOperation = operation;
        }
    }

    /// <summary>Whether the position of the process is known throughout: not if the key came or went in the meantime, nor if
    /// it read what is excused.</summary>
    private bool Collect(int start, int end)
    {
        var isKnown = true;
        _records.Clear();
        for (var position = start; position < end; position++)
        {
            var kind = log.KindAt(position);
            isKnown &= kind != StepKind.Rebalanced && (kind != StepKind.Record || log.IndexAt(position) >= 0);
            if (kind == StepKind.Record && log.IndexAt(position) >= 0)
                _records.Add(position);
        }

        return isKnown;
    }

    /// <summary>
    /// Of a value that stands twice, reading it proves only that what stands before its first place was passed over.
    /// </summary>
    private void Cover(int operation, int next)
    {
        var first = log.IndexAt(_records[0]);
        var last = -1;
        foreach (var position in _records)
            last = Math.Max(last, log.FirstIndexOf(log.ValueAt(position)));
        var from = next >= 0 ? Math.Min(next, first)
            : index.Has(operation, OperationFlags.StartUnknown) ? first
            : 0;
        if (from > last)
            return;
        _covered[from]++;
        _covered[last + 1]--;
    }

    private void CheckWithin(int operation)
    {
        for (var i = 1; i < _records.Count; i++)
        {
            var (previous, current) = (log.IndexAt(_records[i - 1]), log.IndexAt(_records[i]));
            if (current <= previous)
                AddWithin(AnomalyClass.InternalNonmonotonicPoll, operation, _records[i - 1], _records[i]);
            else if (Skipped(previous + 1, current, operation) > 0)
                AddWithin(AnomalyClass.InternalPollSkip, operation, _records[i - 1], _records[i]);
        }
    }

    private void CheckFrom(ReaderState reader, int operation)
    {
        if (reader.Next < 0)
            return;
        var first = log.IndexAt(_records[0]);
        var isSubscribed = index.Has(operation, OperationFlags.Subscribed);
        if (first < reader.Next)
        {
            if (isSubscribed)
                metrics.SubscribedNonmonotonicPolls++;
            else
                AddBetween(AnomalyClass.NonmonotonicPoll, reader, operation, _records[0]);
        }
        else if (Skipped(reader.Next, first, operation) > 0)
        {
            if (isSubscribed)
                metrics.SubscribedPollSkips++;
            else
                AddBetween(AnomalyClass.PollSkip, reader, operation, _records[0]);
        }
    }

    /// <summary>How many records were jumped over that had to be shown.</summary>
    private int Skipped(int from, int to, int operation)
    {
        var below = index.ExcusedBelow(log.Key);
        if (below > 0 && from < to)
            from = Math.Max(from, log.LowestIndexFrom(below));
        return log.Visible(from, to, log.History.HeaderOf(operation).Isolation);
    }

    private void AddWithin(AnomalyClass anomaly, int operation, int previous, int current) => findings.Add(
        anomaly, log.Key, log.ValueAt(current), log.OffsetAt(current),
        () => anomaly == AnomalyClass.InternalPollSkip
            ? ($"one poll goes from offset {log.OffsetAt(previous)} to {log.OffsetAt(current)}, "
                + $"over {Between(log.IndexAt(previous) + 1, log.IndexAt(current))}",
                [Witness(log.IndexAt(previous) + 1, operation), operation])
            : ($"one poll goes back from offset {log.OffsetAt(previous)} to {log.OffsetAt(current)}", [operation]));

    private void AddBetween(AnomalyClass anomaly, ReaderState reader, int operation, int record)
    {
        var (next, previous) = (reader.Next, reader.LastOperation);
        findings.Add(anomaly, log.Key, log.ValueAt(record), log.OffsetAt(record), () =>
        {
            var was = index.KindOf(previous) == OperationKind.Assign
                ? "its assignment"
                : $"offset {log.OffsetOf(next - 1)}";
            return anomaly == AnomalyClass.PollSkip
                ? ($"after {was} the process read offset {log.OffsetAt(record)}, "
                    + $"without {Between(next, log.IndexAt(record))}",
                    [previous, Witness(next, operation), operation])
                : ($"after {was} the process read offset {log.OffsetAt(record)} (again)", [previous, operation]);
        });
    }

    private string Between(int from, int to) => to - from == 1
        ? $"offset {log.OffsetOf(from)}"
        : $"{to - from} records from offset {log.OffsetOf(from)} to {log.OffsetOf(to - 1)}";

    /// <summary>Another operation that shows that the record exists.</summary>
    private int Witness(int logIndex, int operation)
    {
        foreach (var position in log.PositionsOf(logIndex))
        {
            if (log.OperationAt(position) != operation)
                return log.OperationAt(position);
        }

        return -1;
    }

    private ReaderState ReaderOf(int operation)
    {
        var reader = _readers[index.ProcessOf(operation)];
        if (reader.Key != log.Key)
        {
            reader.Key = log.Key;
            reader.Session = -1;
            reader.Next = -1;
        }

        return reader;
    }

    /// <summary>Where a process stands in the key.</summary>
    private sealed class ReaderState
    {
        public int Key { get; set; } = -1;

        public int Session { get; set; } = -1;

        /// <summary>The index of what it must read next, or -1 if that is not known.</summary>
        public int Next { get; set; } = -1;

        public int LastOperation { get; set; } = -1;
    }
}
