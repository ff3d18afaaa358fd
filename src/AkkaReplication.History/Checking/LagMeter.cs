namespace AkkaReplication.History.Checking;

/// <summary>How far behind each poll was when it was invoked, and how often subscribed processes were given a value.
/// </summary>
internal sealed class LagMeter(HistoryIndex index, KeyLog log, Metrics metrics)
{
    private readonly int[] _key = Filled(index.ProcessCount);
    private readonly int[] _highest = new int[index.ProcessCount];
    private readonly long[] _assignedNs = new long[index.ProcessCount];
    private readonly List<long> _consumed = [];
    private long[] _existsFromNs = [];

    public void Run()
    {
        FindExistence();
        _consumed.Clear();
        for (var start = 0; start < log.Positions;)
        {
            var end = log.EndOfOperation(start);
            var operation = log.OperationAt(start);
            if (index.OutcomeOf(operation) == Outcome.Ok)
            {
                var kind = index.KindOf(operation);
                if (kind == OperationKind.Assign)
                    StateOf(operation).AssignedNs = log.History.CompletedNs(operation);
                else if (kind is OperationKind.Poll or OperationKind.FinalRead or OperationKind.Txn)
                    Measure(operation, start, end);
            }

            start = end;
        }

        CountConsumed();
    }

    private static int[] Filled(int count)
    {
        var keys = new int[count];
        Array.Fill(keys, -1);
        return keys;
    }

    /// <summary>A record exists from the moment at which it, or anything after it, is known to exist.</summary>
    private void FindExistence()
    {
        if (_existsFromNs.Length < log.Count)
            _existsFromNs = new long[Math.Max(log.Count, _existsFromNs.Length * 2)];
        var earliestNs = long.MaxValue;
        for (var logIndex = log.Count - 1; logIndex >= 0; logIndex--)
        {
            foreach (var position in log.PositionsOf(logIndex))
                earliestNs = Math.Min(earliestNs, log.History.CompletedNs(log.OperationAt(position)));
            _existsFromNs[logIndex] = earliestNs;
        }
    }

    private void Measure(int operation, int start, int end)
    {
        var polls = false;
        var state = StateOf(operation);
        for (var position = start; position < end; position++)
        {
            var kind = log.KindAt(position);
            polls |= kind != StepKind.Send;
            if (kind != StepKind.Record)
                continue;
            state.Highest = Math.Max(state.Highest, log.IndexAt(position));
            if (index.Has(operation, OperationFlags.Subscribed))
                _consumed.Add(((long)index.ProcessOf(operation) << 32) | (uint)log.ValueAt(position));
        }

        if (!polls || state.Highest + 1 >= log.Count)
            return;
        var sinceNs = Math.Max(_existsFromNs[state.Highest + 1], state.AssignedNs);
        var lagNs = sinceNs == long.MaxValue ? 0 : log.History.InvokedNs(operation) - sinceNs;
        if (lagNs > metrics.WorstLagNs)
            (metrics.WorstLagNs, metrics.WorstLaggard) = (lagNs, operation);
    }

    private void CountConsumed()
    {
        _consumed.Sort();
        for (var start = 0; start < _consumed.Count;)
        {
            var end = start + 1;
            while (end < _consumed.Count && _consumed[end] == _consumed[start])
                end++;
            metrics.MaxConsumeCount = Math.Max(metrics.MaxConsumeCount, end - start);
            if (end - start > 1)
                metrics.ConsumedAgain++;
            start = end;
        }
    }

    private State StateOf(int operation)
    {
        var process = index.ProcessOf(operation);
        if (_key[process] != log.Key)
        {
            _key[process] = log.Key;
            _highest[process] = -1;
            _assignedNs[process] = long.MinValue;
        }

        return new State(this, process);
    }

    /// <summary>What a process has seen of the key.</summary>
    private readonly struct State(LagMeter meter, int process)
    {
        public int Highest
        {
            get => meter._highest[process];
            set => meter._highest[process] = value;
        }

        public long AssignedNs
        {
            get => meter._assignedNs[process];
            set => meter._assignedNs[process] = value;
        }
    }
}
