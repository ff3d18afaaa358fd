namespace AkkaReplication.History.Json;

/// <summary>What an object in <c>steps</c> is about.</summary>
internal enum StepForm
{
    None,
    Send,
    Poll,
    Assign,
    Subscribe,
    Partition,
    Excuse,
}

/// <summary>The fields of a step that are offsets.</summary>
[Flags]
internal enum StepField
{
    None = 0,
    Offset = 1,
    HighWatermark = 2,
    End = 4,
    From = 8,
    LogStart = 16,
    FromOffset = 32,
    BelowOffset = 64,
}

/// <summary>The fields of one object in <c>steps</c>, in whatever order they come. Used again for every object.</summary>
internal sealed class StepFields
{
    private readonly long[] _offsets = new long[7];
    private StepForm _form;
    private int _key;
    private StepField _set;

    public List<(long Offset, int Value)> Records { get; } = [];

    public bool HasRecords { get; set; }

    public bool IsRebalanced { get; set; }

    public int Value { get; set; }

    public void Clear()
    {
        _form = StepForm.None;
        _set = StepField.None;
        Records.Clear();
        HasRecords = false;
        IsRebalanced = false;
        Value = -1;
    }

    public void SetForm(StepForm form, int key)
    {
        if (_form != StepForm.None)
            throw new FormatException($"a step is about one thing, not {_form} and {form}");
        (_form, _key) = (form, key);
    }

    public void Set(StepField field, long offset)
    {
        _set |= field;
        this[field] = offset;
    }

    /// <summary>Null, or what is wrong.</summary>
    public string? AddTo(OperationHistory history)
    {
        var (accepted, needsOne) = _form switch
        {
            StepForm.Send => (StepField.Offset, false),
            StepForm.Poll => (StepField.HighWatermark | StepField.End, false),
            StepForm.Assign or StepForm.Subscribe => (StepField.From, false),
            StepForm.Partition => (StepField.LogStart | StepField.HighWatermark, true),
            StepForm.Excuse => (StepField.FromOffset | StepField.BelowOffset, true),
            _ => (StepField.None, true),
        };
        if (_form == StepForm.None)
            return "a step says nothing of what it is";
        if ((_set & ~accepted) != 0)
            return $"a step {_form} has no {_set & ~accepted}";
        if (needsOne && _set == StepField.None)
            return $"a step {_form} needs one of {accepted}";
        if ((Value >= 0) != (_form == StepForm.Send))
            return _form == StepForm.Send ? "a step Send needs a value" : $"a step {_form} has no value";
        if (_form != StepForm.Poll && (HasRecords || IsRebalanced))
            return $"a step {_form} has no records and is not rebalanced";

        switch (_form)
        {
            case StepForm.Send:
                history.AddStep(StepKind.Send, _key, OffsetOrUnknown(StepField.Offset), Value);
                break;
            case StepForm.Poll:
                AddPollTo(history);
                break;
            case StepForm.Assign:
                history.AddStep(StepKind.Assign, _key, OffsetOrUnknown(StepField.From), -1);
                break;
            case StepForm.Subscribe:
                history.AddStep(StepKind.Subscribe, _key, OffsetOrUnknown(StepField.From), -1);
                break;
            case StepForm.Partition:
                AddIfSet(history, StepField.LogStart, StepKind.LogStart);
                AddIfSet(history, StepField.HighWatermark, StepKind.HighWatermark);
                break;
            case StepForm.Excuse:
                AddIfSet(history, StepField.FromOffset, StepKind.LostFrom);
                AddIfSet(history, StepField.BelowOffset, StepKind.LostBelow);
                break;
        }

        return null;
    }

    private void AddPollTo(OperationHistory history)
    {
        foreach (var (offset, value) in Records)
            history.AddStep(StepKind.Record, _key, offset, value);
        AddIfSet(history, StepField.HighWatermark, StepKind.HighWatermark);
        AddIfSet(history, StepField.End, StepKind.End);
        if (IsRebalanced)
            history.AddStep(StepKind.Rebalanced, _key, OperationStep.UnknownOffset, -1);
        if (Records.Count == 0 && _set == StepField.None && !IsRebalanced)
            history.AddStep(StepKind.Polled, _key, OperationStep.UnknownOffset, -1);
    }

    private void AddIfSet(OperationHistory history, StepField field, StepKind kind)
    {
        if ((_set & field) != 0)
            history.AddStep(kind, _key, this[field], -1);
    }

    private long OffsetOrUnknown(StepField field) =>
        (_set & field) != 0 ? this[field] : OperationStep.UnknownOffset;

    private ref long this[StepField field] =>
        ref _offsets[System.Numerics.BitOperations.TrailingZeroCount((int)field)];
}
