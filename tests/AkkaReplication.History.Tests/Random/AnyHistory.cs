namespace AkkaReplication.History.Tests.Random;

/// <summary>Histories of anything at all: few keys, offsets and values, so that everything happens, most of it wrong.</summary>
internal sealed class AnyHistory(int seed)
{
    // A lag is told in these.
    private const long TickNs = 100;

    private readonly System.Random _random = new(seed);
    private readonly List<int> _unsent = [.. Enumerable.Range(0, 30)];
    private readonly string[] _keys = ["a-0", "b-0"];
    private int _offsets;
    private int _processes;
    private bool _hasOddOutcomes;
    private bool _hasExcuses;
    private bool _isWeak;

    public OperationHistory Draw()
    {
        _offsets = _random.Next(3, 12);
        _processes = _random.Next(1, 5);
        _hasOddOutcomes = _random.Next(4) > 0;
        _hasExcuses = _random.Next(4) == 0;
        _isWeak = _random.Next(3) == 0;
        var history = new OperationHistory();
        var now = 0L;
        var count = _random.Next(2, 24);
        for (var i = 0; i < count; i++)
        {
            now += _random.Next(0, 6);
            history.Add(Any(now));
        }

        return history;
    }

    public HistoryCheckOptions Options() => new()
    {
        MaxExamples = int.MaxValue,
        IsIdempotent = _random.Next(5) > 0,
        AllowUnsent = _random.Next(5) == 0,
        Excuses = _hasExcuses && _random.Next(2) == 0 ? [LossExcuse.From(Key(), Offset(), _random.Next(60) * TickNs)] : [],
    };

    private Operation Any(long now)
    {
        var kind = _random.Next(100) switch
        {
            < 32 => OperationKind.Send,
            < 60 => OperationKind.Poll,
            < 72 => OperationKind.Txn,
            < 78 => OperationKind.Assign,
            < 82 => OperationKind.Subscribe,
            < 86 => OperationKind.Crash,
            < 97 => OperationKind.FinalRead,
            _ => _hasExcuses ? OperationKind.Excuse : OperationKind.Debug,
        };
        var outcome = _hasOddOutcomes ? (Outcome)Math.Max(0, _random.Next(5) - 2) : Outcome.Ok;
        return new Operation
        {
            Kind = kind,
            Process = _random.Next(_processes),
            Outcome = outcome,
            InvokedNs = (now - _random.Next(3)) * TickNs,
            CompletedNs = outcome == Outcome.Info && _random.Next(2) == 0
                ? Operation.NeverNs
                : (now + _random.Next(8)) * TickNs,
            Acks = kind == OperationKind.Send && _isWeak ? (SendAcks)_random.Next(3) : SendAcks.All,
            Isolation = _random.Next(4) == 0 ? Isolation.Uncommitted : Isolation.Committed,
            Steps = StepsOf(kind),
        };
    }

    private List<OperationStep> StepsOf(OperationKind kind) => kind switch
    {
        OperationKind.Send => _random.Next(5) == 0 ? [.. Sends(_random.Next(3))] : [.. Sends(1)],
        OperationKind.Poll => Polled(4),
        OperationKind.Txn => Shuffled([.. Sends(_random.Next(4)), .. Polled(3)]),
        OperationKind.FinalRead => [.. Polled(5), .. Maybe(2, () => OperationStep.End(Key(), Offset()))],
        OperationKind.Assign => [.. Maybe(4, () => OperationStep.Assign(Key(), _random.Next(-1, _offsets)))],
        OperationKind.Subscribe => [OperationStep.Subscribe("a", _random.Next(-1, 2))],
        OperationKind.Excuse => [new(_random.Next(2) == 0 ? StepKind.LostFrom : StepKind.LostBelow, Key(), Offset())],
        OperationKind.Debug => [new(StepKind.LogStart, Key(), Offset())],
        _ => [],
    };

    private IEnumerable<OperationStep> Sends(int count)
    {
        for (var i = 0; i < count && _unsent.Count > 0; i++)
        {
            // Values are drawn low first, so that many of them are read.
            var at = _random.Next(Math.Min(4, _unsent.Count));
            var value = _unsent[at];
            _unsent.RemoveAt(at);
            yield return OperationStep.Send(Key(), value, _random.Next(4) == 0 ? -1 : Near(value));
        }
    }

    private List<OperationStep> Polled(int max)
    {
        var steps = new List<OperationStep>();
        var offset = Offset();
        for (var count = _random.Next(max + 1); count > 0; count--)
        {
            var value = Math.Max(0, (_random.Next(3) > 0 ? (int)offset : _random.Next(_offsets)) + _random.Next(-1, 2));
            steps.Add(OperationStep.Record(Key(), offset, value));
            offset = _random.Next(4) > 0 ? offset + 1 : Offset();
        }

        steps.AddRange(Maybe(6, () => OperationStep.HighWatermark(Key(), Offset() + 3)));
        steps.AddRange(Maybe(10, () => OperationStep.Rebalanced(Key())));
        steps.AddRange(Maybe(10, () => new OperationStep(StepKind.Polled, Key(), OperationStep.UnknownOffset)));
        return steps;
    }

    private List<OperationStep> Shuffled(List<OperationStep> steps)
    {
        var array = steps.ToArray();
        _random.Shuffle(array);
        return [.. array];
    }

    /// <summary>Most values stand where their number says, so that much of a history is right.</summary>
    private long Near(int value) => _random.Next(3) > 0 ? value : Offset();

    private string Key() => _keys[_random.Next(4) == 0 ? 1 : 0];

    private long Offset() => _random.Next(_offsets);

    /// <summary>In one of so many cases.</summary>
    private IEnumerable<OperationStep> Maybe(int of, Func<OperationStep> step)
    {
        if (_random.Next(of) == 0)
            yield return step();
    }
}
