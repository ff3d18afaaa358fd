namespace AkkaReplication.History.Tests.Random;

/// <summary>
/// What clients see of a log that does everything right, while answers get lost, clients crash, sends fail and transactions
/// abort: operations take effect at one moment between their invocation and their completion, in the order of these moments.
/// </summary>
internal sealed class CleanHistory
{
    private const int FinalReader = 99;
    private readonly System.Random _random;
    private readonly List<Operation> _operations = [];
    private readonly Dictionary<string, List<(long Offset, long Value, bool IsCommitted)>> _logs = [];
    private readonly Dictionary<(int Process, string Key), long> _positions = [];
    private readonly PriorityQueue<(int Process, long InvokedNs), long> _next = new();
    private readonly string[] _keys;
    private readonly int _producers;
    private long _lastValue;
    private long _lastNs;

    private CleanHistory(int seed)
    {
        _random = new System.Random(seed);
        _keys = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => $"k-{i}")];
        _producers = _random.Next(1, 4);
        foreach (var key in _keys)
            _logs.Add(key, []);
        for (var process = 0; process < _producers + _random.Next(1, 4); process++)
        {
            if (process >= _producers)
                Assign(process, 0);
            Schedule(process, _random.Next(10));
        }

        for (var count = _random.Next(30, 150); count > 0; count--)
        {
            _next.TryDequeue(out var next, out var effectNs);
            var operation = next.Process < _producers ? Produce(next, effectNs) : Consume(next, effectNs);
            _operations.Add(operation);
            var freeNs = operation.CompletedNs == Operation.NeverNs ? effectNs + 3 : operation.CompletedNs;
            _lastNs = Math.Max(_lastNs, freeNs);
            if (operation.Outcome == Outcome.Info && next.Process >= _producers)
            {
                // It has to find out where it is.
                Assign(next.Process, freeNs);
                freeNs++;
            }

            Schedule(next.Process, freeNs);
        }

        foreach (var key in _keys)
            ReadToTheEnd(key);
    }

    public static List<Operation> Draw(int seed) => new CleanHistory(seed)._operations;

    private void Schedule(int process, long freeNs)
    {
        var invokedNs = freeNs + _random.Next(1, 6);
        _next.Enqueue((process, invokedNs), invokedNs + _random.Next(8));
    }

    private void Assign(int process, long nowNs)
    {
        foreach (var key in _keys)
            _positions[(process, key)] = _random.Next(3) == 0 ? _random.Next(_logs[key].Count + 1) : 0;
        Add(OperationKind.Assign, process, Outcome.Ok, nowNs, nowNs,
            [.. _keys.Select(key => OperationStep.Assign(key, _positions[(process, key)]))]);
    }

    private void Add(
        OperationKind kind, int process, Outcome outcome, long invokedNs, long completedNs, List<OperationStep> steps) =>
        _operations.Add(Make(kind, process, outcome, invokedNs, completedNs, steps));

    private static Operation Make(
        OperationKind kind, int process, Outcome outcome, long invokedNs, long completedNs, List<OperationStep> steps) =>
        new()
        {
            Kind = kind,
            Process = process,
            Outcome = outcome,
            InvokedNs = invokedNs,
            CompletedNs = completedNs,
            Steps = steps,
        };

    private Operation Produce((int Process, long InvokedNs) next, long effectNs)
    {
        var isTransaction = _random.Next(4) == 0;
        var fate = _random.Next(10);
        var outcome = fate switch { 0 => Outcome.Fail, 1 or 2 => Outcome.Info, _ => Outcome.Ok };

        // An aborted transaction leaves its records in the log; a send without an answer is there, or is not.
        var isAppended = outcome == Outcome.Ok || fate == 1 || (isTransaction && outcome == Outcome.Fail);
        var isCommitted = outcome != Outcome.Fail;
        var steps = new List<OperationStep>();
        for (var count = isTransaction ? _random.Next(1, 5) : 1; count > 0; count--)
        {
            var key = _keys[_random.Next(_keys.Length)];
            var offset = isAppended ? Append(key, isCommitted) : OperationStep.UnknownOffset;
            var value = isAppended ? _lastValue : ++_lastValue;
            var isTold = outcome == Outcome.Ok && _random.Next(8) > 0;
            steps.Add(OperationStep.Send(key, value, isTold ? offset : OperationStep.UnknownOffset));
        }

        var completedNs = outcome == Outcome.Info && _random.Next(2) == 0 ? Operation.NeverNs : effectNs + _random.Next(8);
        return Make(
            isTransaction ? OperationKind.Txn : OperationKind.Send, next.Process, outcome, next.InvokedNs, completedNs, steps);
    }

    private long Append(string key, bool isCommitted)
    {
        var log = _logs[key];
        var offset = log.Count == 0 ? 0 : log[^1].Offset + (_random.Next(6) == 0 ? 2 : 1);
        log.Add((offset, ++_lastValue, isCommitted));
        return offset;
    }

    private Operation Consume((int Process, long InvokedNs) next, long effectNs)
    {
        var fate = _random.Next(12);
        if (fate == 0)
            return Make(OperationKind.Poll, next.Process, Outcome.Fail, next.InvokedNs, effectNs, []);
        var steps = new List<OperationStep>();
        foreach (var key in _keys.Where(_ => _random.Next(3) > 0))
            Read(next.Process, key, _random.Next(6), steps);
        return Make(
            OperationKind.Poll, next.Process, fate == 1 ? Outcome.Info : Outcome.Ok, next.InvokedNs,
            effectNs + _random.Next(8), steps);
    }

    private void Read(int process, string key, int count, List<OperationStep> steps)
    {
        var position = _positions.GetValueOrDefault((process, key));
        foreach (var (offset, value, isCommitted) in _logs[key].Where(r => r.Offset >= position).Take(count))
        {
            position = offset + 1;
            if (isCommitted)
                steps.Add(OperationStep.Record(key, offset, value));
        }

        _positions[(process, key)] = position;
        steps.Add(OperationStep.HighWatermark(key, _logs[key].Count == 0 ? 0 : _logs[key][^1].Offset + 1));
    }

    private void ReadToTheEnd(string key)
    {
        for (var left = _logs[key].Count; left >= 0;)
        {
            var steps = new List<OperationStep>();
            var count = _random.Next(1, 10);
            Read(FinalReader, key, count, steps);
            left -= count;
            if (left < 0)
                steps.Add(OperationStep.End(key, steps[^1].Offset));
            Add(OperationKind.FinalRead, FinalReader, Outcome.Ok, _lastNs + 1, _lastNs + 3, steps);
            _lastNs += 3;
        }
    }
}
