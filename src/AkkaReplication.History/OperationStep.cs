namespace AkkaReplication.History;

/// <summary>One thing that an operation did or was told. Immutable.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Key">The partition, as <c>topic-number</c>; for <see cref="StepKind.Subscribe"/> the topic.</param>
/// <param name="Offset">See <paramref name="Kind"/>; <see cref="UnknownOffset"/> where there is none.</param>
/// <param name="Value">Of a <see cref="StepKind.Send"/> or <see cref="StepKind.Record"/>.</param>
public readonly record struct OperationStep(StepKind Kind, string Key, long Offset, HistoryValue Value = default)
{
    /// <summary>The offset that is not known.</summary>
    public const long UnknownOffset = -1;

    /// <summary>A sent value, acknowledged at an offset if one is given.</summary>
    public static OperationStep Send(string key, HistoryValue value, long offset = UnknownOffset) =>
        new(StepKind.Send, key, offset, value);

    /// <summary>A record that was returned.</summary>
    public static OperationStep Record(string key, long offset, HistoryValue value) =>
        new(StepKind.Record, key, offset, value);

    /// <summary>See <see cref="StepKind.HighWatermark"/>.</summary>
    public static OperationStep HighWatermark(string key, long offset) => new(StepKind.HighWatermark, key, offset);

    /// <summary>See <see cref="StepKind.End"/>.</summary>
    public static OperationStep End(string key, long offset) => new(StepKind.End, key, offset);

    /// <summary>See <see cref="StepKind.Rebalanced"/>.</summary>
    public static OperationStep Rebalanced(string key) => new(StepKind.Rebalanced, key, UnknownOffset);

    /// <summary>See <see cref="StepKind.Assign"/>.</summary>
    public static OperationStep Assign(string key, long from = UnknownOffset) => new(StepKind.Assign, key, from);

    /// <summary>See <see cref="StepKind.Subscribe"/>.</summary>
    public static OperationStep Subscribe(string topic, long from = 0) => new(StepKind.Subscribe, topic, from);

    /// <summary>"orders-0@17=42", or what else the step says.</summary>
    public override string ToString() => Kind switch
    {
        StepKind.Send => Offset < 0 ? $"{Key}<-{Value}" : $"{Key}<-{Value}@{Offset}",
        StepKind.Record => $"{Key}@{Offset}={Value}",
        StepKind.Polled => Key,
        StepKind.HighWatermark => $"{Key} hw={Offset}",
        StepKind.Rebalanced => $"{Key} rebalanced",
        StepKind.End => $"{Key} end={Offset}",
        StepKind.Assign or StepKind.Subscribe => Offset < 0 ? Key : $"{Key} from {Offset}",
        StepKind.LogStart => $"{Key} start={Offset}",
        StepKind.LostFrom => $"{Key} from {Offset}",
        StepKind.LostBelow => $"{Key} below {Offset}",
        _ => throw new InvalidOperationException($"no such kind of step: {Kind}"),
    };
}
