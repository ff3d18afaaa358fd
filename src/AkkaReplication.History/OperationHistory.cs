using AkkaReplication.History.Columns;

namespace AkkaReplication.History;

/// <summary>
/// What clients did and were told, operation by operation. It only grows, and holds columns, not objects: some 30 bytes
/// for an operation and 17 for a step of it. Not safe for use by several threads; <see cref="HistoryRecorder"/> is.
/// </summary>
public sealed class OperationHistory
{
    private readonly Column<Header> _headers;
    private readonly Column<long> _invokedNs;
    private readonly Column<long> _completedNs;
    private readonly Column<int> _stepEnds;
    private readonly Column<StepKind> _stepKinds;
    private readonly Column<int> _stepKeys;
    private readonly Column<long> _stepOffsets;
    private readonly Column<int> _stepValues;

    /// <summary>Creates an empty history.</summary>
    public OperationHistory()
        : this(new TextTable(), new ValueTable(), new(), new(), new(), new(), new(), new(), new(), new())
    {
    }

    private OperationHistory(
        TextTable keys,
        ValueTable values,
        Column<Header> headers,
        Column<long> invokedNs,
        Column<long> completedNs,
        Column<int> stepEnds,
        Column<StepKind> stepKinds,
        Column<int> stepKeys,
        Column<long> stepOffsets,
        Column<int> stepValues)
    {
        Keys = keys;
        Values = values;
        _headers = headers;
        _invokedNs = invokedNs;
        _completedNs = completedNs;
        _stepEnds = stepEnds;
        _stepKinds = stepKinds;
        _stepKeys = stepKeys;
        _stepOffsets = stepOffsets;
        _stepValues = stepValues;
    }

    /// <summary>How many operations there are.</summary>
    public int Count => _headers.Count;

    /// <summary>How many steps they have altogether.</summary>
    public int StepCount => _stepKinds.Count;

    internal TextTable Keys { get; }

    internal ValueTable Values { get; }

    /// <summary>An operation.</summary>
    /// <param name="index">From 0: the number of the operation, less one.</param>
    public Operation this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var header = _headers[index];
            var steps = new OperationStep[StepsEnd(index) - StepsStart(index)];
            for (var i = 0; i < steps.Length; i++)
                steps[i] = StepAt(StepsStart(index) + i);
            return new Operation
            {
                Number = index + 1,
                Kind = header.Kind,
                Process = header.Process,
                Outcome = header.Outcome,
                InvokedNs = _invokedNs[index],
                CompletedNs = _completedNs[index],
                Acks = header.Acks,
                Isolation = header.Isolation,
                Steps = steps,
            };
        }
    }

    /// <summary>Appends an operation; its number is ignored.</summary>
    /// <exception cref="ArgumentException">It contradicts itself: it ends before it begins, or has a step that its kind
    /// does not have.</exception>
    public void Add(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        foreach (var step in operation.Steps)
            AddStep(step);
        Complete(
            new Header(
                operation.Kind, operation.Outcome, operation.Acks, operation.Isolation, operation.Process),
            operation.InvokedNs,
            operation.CompletedNs);
    }

    /// <summary>A history of some of the operations; they get new numbers.</summary>
    /// <param name="keep">Whether an operation of a kind and a process is in it.</param>
    public OperationHistory Only(Func<OperationKind, int, bool> keep)
    {
        ArgumentNullException.ThrowIfNull(keep);

        // Keys and values only grow, so both can go on with the same.
        var some = new OperationHistory(Keys, Values, new(), new(), new(), new(), new(), new(), new(), new());
        for (var operation = 0; operation < Count; operation++)
        {
            if (!keep(_headers[operation].Kind, _headers[operation].Process))
                continue;
            for (var step = StepsStart(operation); step < StepsEnd(operation); step++)
                some.AddStep(_stepKinds[step], _stepKeys[step], _stepOffsets[step], _stepValues[step]);
            some.Complete(_headers[operation], _invokedNs[operation], _completedNs[operation]);
        }

        return some;
    }

    internal void AddStep(in OperationStep step) => AddStep(
        step.Kind,
        Keys.NumberOf(step.Key),
        step.Offset,
        step.Kind is StepKind.Send or StepKind.Record ? Values.NumberOf(step.Value) : -1);

    internal void AddStep(StepKind kind, int key, long offset, int value)
    {
        _stepKinds.Add(kind);
        _stepKeys.Add(key);
        _stepOffsets.Add(offset);
        _stepValues.Add(value);
    }

    /// <summary>Makes the steps that were added since the last operation those of a new one.</summary>
    internal void Complete(Header header, long invokedNs, long completedNs)
    {
        if (Complaint(header, invokedNs, completedNs) is { } complaint)
        {
            var start = Count == 0 ? 0 : _stepEnds[Count - 1];
            _stepKinds.TruncateTo(start);
            _stepKeys.TruncateTo(start);
            _stepOffsets.TruncateTo(start);
            _stepValues.TruncateTo(start);
            throw new ArgumentException(complaint);
        }

        _headers.Add(header);
        _invokedNs.Add(invokedNs);
        _completedNs.Add(completedNs);
        _stepEnds.Add(_stepKinds.Count);
    }

    internal Header HeaderOf(int operation) => _headers[operation];

    internal long InvokedNs(int operation) => _invokedNs[operation];

    internal long CompletedNs(int operation) => _completedNs[operation];

    internal int StepsStart(int operation) => operation == 0 ? 0 : _stepEnds[operation - 1];

    internal int StepsEnd(int operation) => _stepEnds[operation];

    internal StepKind StepKindOf(int step) => _stepKinds[step];

    internal int StepKey(int step) => _stepKeys[step];

    internal long StepOffset(int step) => _stepOffsets[step];

    internal int StepValue(int step) => _stepValues[step];

    internal OperationStep StepAt(int step) => new(
        _stepKinds[step],
        Keys.TextOf(_stepKeys[step]),
        _stepOffsets[step],
        _stepValues[step] < 0 ? default : Values.ValueOf(_stepValues[step]));

    internal OperationHistory Copy() => new(
        Keys.Copy(),
        Values.Copy(),
        _headers.Copy(),
        _invokedNs.Copy(),
        _completedNs.Copy(),
        _stepEnds.Copy(),
        _stepKinds.Copy(),
        _stepKeys.Copy(),
        _stepOffsets.Copy(),
        _stepValues.Copy());

    private string? Complaint(Header header, long invokedNs, long completedNs)
    {
        if (completedNs < invokedNs)
            return $"the operation completes ({completedNs}) before it is invoked ({invokedNs})";
        if (completedNs == Operation.NeverNs && header.Outcome != Outcome.Info)
            return "an operation that never completes has the outcome info";
        for (var step = Count == 0 ? 0 : _stepEnds[Count - 1]; step < _stepKinds.Count; step++)
        {
            var kind = _stepKinds[step];
            if (!StepRules.Allows(header.Kind, kind))
                return $"{Operation.NameOf(header.Kind)} has no step {kind}; "
                    + $"accepted are {string.Join(", ", StepRules.StepsOf(header.Kind))}";
            if (_stepOffsets[step] < OperationStep.UnknownOffset)
                return $"offset {_stepOffsets[step]} is negative";
            if (_stepOffsets[step] < 0 && StepRules.NeedsOffset(kind))
                return $"a step {kind} needs an offset";
        }

        return null;
    }

    /// <summary>All of an operation but its times and steps.</summary>
    internal readonly record struct Header(
        OperationKind Kind, Outcome Outcome, SendAcks Acks, Isolation Isolation, int Process);
}
