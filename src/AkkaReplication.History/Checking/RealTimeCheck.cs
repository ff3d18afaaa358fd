namespace AkkaReplication.History.Checking;

/// <summary>
/// Whether the log grows only at its end: what a send writes stands above every offset that anybody knew of before the send
/// was invoked.
/// </summary>
internal sealed class RealTimeCheck(HistoryIndex index, KeyLog log, Findings findings)
{
    private long[] _times = [];
    private int[] _known = [];

    public void Run()
    {
        var count = Collect();
        var (next, highest) = (0, -1);
        for (var position = 0; position < log.Positions; position++)
        {
            if (log.KindAt(position) != StepKind.Send || Place(position) is not (>= 0 and var place))
                continue;
            var invokedNs = log.History.InvokedNs(log.OperationAt(position));
            for (; next < count && _times[next] < invokedNs; next++)
            {
                if (highest < 0 || log.IndexAt(_known[next]) > log.IndexAt(highest))
                    highest = _known[next];
            }

            if (highest >= 0 && place <= log.IndexAt(highest))
                Add(position, place, highest);
        }
    }

    /// <summary>What became known when: of each operation the highest offset.</summary>
    private int Collect()
    {
        if (_times.Length < log.Positions)
            (_times, _known) = (new long[log.Positions], new int[log.Positions]);
        var count = 0;
        var isSorted = true;
        for (var start = 0; start < log.Positions;)
        {
            var end = log.EndOfOperation(start);
            var completedNs = log.History.CompletedNs(log.OperationAt(start));
            if (completedNs != Operation.NeverNs && Highest(start, end) is >= 0 and var highest)
            {
                _times[count] = completedNs;
                _known[count] = highest;
                isSorted &= count == 0 || _times[count - 1] <= _times[count];
                count++;
            }

            start = end;
        }

        if (!isSorted)
            Array.Sort(_times, _known, 0, count);
        return count;
    }

    private int Highest(int start, int end)
    {
        var highest = -1;
        for (var position = start; position < end; position++)
        {
            if (IsKnowledge(position) && (highest < 0 || log.IndexAt(position) > log.IndexAt(highest)))
                highest = position;
        }

        return highest;
    }

    /// <summary>An offset that a leader alone has acknowledged may come to nothing, so it proves nothing.</summary>
    private bool IsKnowledge(int position) => log.IndexAt(position) >= 0
        && (log.KindAt(position) == StepKind.Record || index.IsAcknowledged(log.OperationAt(position)));

    private int Place(int position) =>
        log.IndexAt(position) is var own and >= 0 ? own
        : index.IsCommitted(log.OperationAt(position)) ? log.LastIndexOf(log.ValueAt(position))
        : -1;

    private void Add(int position, int place, int known) => findings.Add(
        AnomalyClass.StaleOffset, log.Key, log.ValueAt(position), log.OffsetOf(place),
        () => ($"{log.History.Values.ValueOf(log.ValueAt(position))} stands at offset {log.OffsetOf(place)}, and before it "
            + $"was sent offset {log.OffsetAt(known)} was known",
            [log.OperationAt(known), log.OperationAt(position)]));
}
