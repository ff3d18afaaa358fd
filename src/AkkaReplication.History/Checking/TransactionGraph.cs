namespace AkkaReplication.History.Checking;

/// <summary>Who wrote after whom, and who read from whom, among transactions; and where that goes round in circles.</summary>
internal sealed class TransactionGraph(HistoryIndex index)
{
    private readonly Dictionary<int, int> _nodes = [];
    private readonly List<int> _operations = [];
    private readonly List<(int From, int To)> _writes = [];
    private readonly List<(int From, int To)> _reads = [];

    public void Add(KeyLog log)
    {
        var previous = -1;
        for (var logIndex = 0; logIndex < log.Count; logIndex++)
        {
            var writer = index.WriterOf(log.ValueAt(log.PositionsOf(logIndex)[0]));
            if (writer < 0 || !IsCommittedTransaction(writer))
                continue;
            if (previous >= 0 && previous != writer)
                _writes.Add((NodeOf(previous), NodeOf(writer)));
            previous = writer;
        }

        for (var position = 0; position < log.Positions; position++)
        {
            if (log.KindAt(position) != StepKind.Record)
                continue;
            var reader = log.OperationAt(position);
            var writer = index.WriterOf(log.ValueAt(position));
            if (writer >= 0 && writer != reader && IsCommittedTransaction(writer) && IsCommittedTransaction(reader))
                _reads.Add((NodeOf(writer), NodeOf(reader)));
        }
    }

    public void Run(Findings findings, Metrics metrics)
    {
        foreach (var cycle in StrongComponents.Of(_operations.Count, _reads))
        {
            var operations = cycle.Select(node => _operations[node]).Order().ToArray();
            findings.Add(AnomalyClass.WriteReadCycle, -1, -1, -1, () => (
                $"{operations.Length} transactions read from each other in a circle", operations.Take(10).ToArray()));
        }

        metrics.WriteCycles = StrongComponents.Of(_operations.Count, _writes).Count;
        var pure = StrongComponents.Of(_operations.Count, _reads).SelectMany(cycle => cycle).ToHashSet();
        metrics.MixedCycles = StrongComponents.Of(_operations.Count, [.. _writes, .. _reads])
            .Count(cycle => !cycle.All(pure.Contains));
    }

    private bool IsCommittedTransaction(int operation) =>
        index.KindOf(operation) == OperationKind.Txn && index.IsCommitted(operation);

    private int NodeOf(int operation)
    {
        if (!_nodes.TryGetValue(operation, out var node))
        {
            _nodes.Add(operation, node = _operations.Count);
            _operations.Add(operation);
        }

        return node;
    }
}
