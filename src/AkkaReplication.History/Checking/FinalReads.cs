namespace AkkaReplication.History.Checking;

/// <summary>One complete reading of a key.</summary>
/// <param name="Number">From 0, among those of the key.</param>
/// <param name="Process">Who read.</param>
/// <param name="InvokedNs">When it began.</param>
/// <param name="LastOperation">The operation that came to the end.</param>
internal sealed record FinalRead(int Number, int Process, long InvokedNs, int LastOperation);

/// <summary>The complete readings of a key, and what each of them should have shown and did not.</summary>
internal sealed class FinalReads(HistoryIndex index, KeyLog log)
{
    private const int BitsPerPass = 64;
    private readonly List<FinalRead> _reads = [];
    private readonly Dictionary<int, int> _numberOfProcess = [];
    private readonly List<int> _distinct = [];

    public int Count => _reads.Count;

    public void Load()
    {
        _reads.Clear();
        _numberOfProcess.Clear();
        var begunNs = new Dictionary<int, long>();
        for (var start = 0; start < log.Positions;)
        {
            var end = log.EndOfOperation(start);
            var operation = log.OperationAt(start);
            if (index.KindOf(operation) == OperationKind.FinalRead)
            {
                var process = index.ProcessOf(operation);
                begunNs.TryAdd(process, log.History.InvokedNs(operation));
                if (index.OutcomeOf(operation) == Outcome.Ok && HasEnd(start, end))
                    Complete(process, begunNs[process], operation);
            }

            start = end;
        }
    }

    /// <summary>A complete reading that began after a moment, or null.</summary>
    public FinalRead? After(long timeNs) => _reads.Find(read => read.InvokedNs > timeNs);

    /// <summary>
    /// Names every record that was known before a complete reading began and that it does not show at its offset: the reading,
    /// and a position that proves the record.
    /// </summary>
    public void FindMissing(Action<FinalRead, int> onMissing)
    {
        for (var from = 0; from < _reads.Count; from += BitsPerPass)
        {
            var pass = _reads.GetRange(from, Math.Min(BitsPerPass, _reads.Count - from));
            for (var logIndex = 0; logIndex < log.Count; logIndex++)
                FindMissingAt(logIndex, pass, onMissing);
        }

        FindMissingExcused(onMissing);
    }

    private bool HasEnd(int start, int end)
    {
        for (var position = start; position < end; position++)
        {
            if (log.KindAt(position) == StepKind.End)
                return true;
        }

        return false;
    }

    private void Complete(int process, long begunNs, int operation)
    {
        if (_numberOfProcess.TryGetValue(process, out var number))
        {
            _reads[number] = _reads[number] with { LastOperation = operation };
            return;
        }

        _numberOfProcess.Add(process, _reads.Count);
        _reads.Add(new FinalRead(_reads.Count, process, begunNs, operation));
    }

    private void FindMissingAt(int logIndex, List<FinalRead> pass, Action<FinalRead, int> onMissing)
    {
        var positions = log.PositionsOf(logIndex);
        _distinct.Clear();
        foreach (var position in positions)
        {
            var value = log.ValueAt(position);
            if (_distinct.Contains(value))
                continue;
            _distinct.Add(value);
            var (shown, proof, provenNs) = Scan(positions, value, pass[0].Number);
            foreach (var read in pass)
            {
                if (proof >= 0 && provenNs < read.InvokedNs && (shown & (1UL << (read.Number - pass[0].Number))) == 0)
                    onMissing(read, proof);
            }
        }
    }

    /// <summary>Which readings show a value here, and the earliest proof that it stands here.</summary>
    private (ulong Shown, int Proof, long ProvenNs) Scan(ReadOnlySpan<int> positions, int value, int firstNumber)
    {
        var (shown, proof, provenNs) = (0UL, -1, long.MaxValue);
        foreach (var position in positions)
        {
            if (log.ValueAt(position) != value)
                continue;
            var operation = log.OperationAt(position);
            if (IsProof(position) && log.History.CompletedNs(operation) < provenNs)
                (proof, provenNs) = (position, log.History.CompletedNs(operation));
            shown |= ShownBy(position, firstNumber);
        }

        return (shown, proof, provenNs);
    }

    private ulong ShownBy(int position, int firstNumber)
    {
        var operation = log.OperationAt(position);
        return log.KindAt(position) == StepKind.Record
            && index.KindOf(operation) == OperationKind.FinalRead
            && index.OutcomeOf(operation) == Outcome.Ok
            && _numberOfProcess.TryGetValue(index.ProcessOf(operation), out var number)
            && number >= firstNumber && number < firstNumber + BitsPerPass
                ? 1UL << (number - firstNumber)
                : 0;
    }

    /// <summary>An acknowledgement that promises to keep, or a record that a successful poll of committed records returned.
    /// </summary>
    private bool IsProof(int position)
    {
        var operation = log.OperationAt(position);
        if (log.KindAt(position) == StepKind.Send)
            return index.IsAcknowledged(operation);
        return index.OutcomeOf(operation) == Outcome.Ok
            && log.History.HeaderOf(operation).Isolation == Isolation.Committed;
    }

    /// <summary>
    /// What was acknowledged where a loss is excused, and a reading that began after the excuse does not show there.
    /// </summary>
    private void FindMissingExcused(Action<FinalRead, int> onMissing)
    {
        for (var position = 0; _reads.Count > 0 && position < log.Positions; position++)
        {
            if (log.KindAt(position) != StepKind.Send || log.IndexAt(position) >= 0)
                continue;
            var (operation, offset) = (log.OperationAt(position), log.OffsetAt(position));
            if (offset < 0 || !index.IsAcknowledged(operation) || !index.IsDropped(log.Key, offset, operation))
                continue;
            foreach (var read in _reads)
            {
                var isAfter = log.History.CompletedNs(operation) < read.InvokedNs
                    && !index.IsDropped(log.Key, offset, read.LastOperation);
                if (isAfter && !IsShown(position, read))
                    onMissing(read, position);
            }
        }
    }

    private bool IsShown(int position, FinalRead read)
    {
        var logIndex = log.LowestIndexFrom(log.OffsetAt(position));
        if (logIndex >= log.Count || log.OffsetOf(logIndex) != log.OffsetAt(position))
            return false;
        foreach (var at in log.PositionsOf(logIndex))
        {
            var operation = log.OperationAt(at);
            if (log.ValueAt(at) == log.ValueAt(position)
                && log.KindAt(at) == StepKind.Record
                && index.KindOf(operation) == OperationKind.FinalRead
                && index.OutcomeOf(operation) == Outcome.Ok
                && index.ProcessOf(operation) == read.Process)
                return true;
        }

        return false;
    }
}
