namespace AkkaReplication.History;

/// <summary>Which steps an operation of a kind may have.</summary>
internal static class StepRules
{
    private static readonly StepKind[] Polling =
        [StepKind.Record, StepKind.Polled, StepKind.HighWatermark, StepKind.Rebalanced];

    public static IReadOnlyList<StepKind> StepsOf(OperationKind kind) => kind switch
    {
        OperationKind.Send => [StepKind.Send],
        OperationKind.Poll => Polling,
        OperationKind.Txn => [StepKind.Send, .. Polling],
        OperationKind.FinalRead => [.. Polling, StepKind.End],
        OperationKind.Assign => [StepKind.Assign],
        OperationKind.Subscribe => [StepKind.Subscribe],
        OperationKind.Crash => [],
        OperationKind.Debug => [StepKind.LogStart, StepKind.HighWatermark],
        OperationKind.Excuse => [StepKind.LostFrom, StepKind.LostBelow],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    public static bool Allows(OperationKind kind, StepKind step) => step switch
    {
        StepKind.Send => kind is OperationKind.Send or OperationKind.Txn,
        StepKind.Record or StepKind.Polled or StepKind.Rebalanced =>
            kind is OperationKind.Poll or OperationKind.Txn or OperationKind.FinalRead,
        StepKind.HighWatermark =>
            kind is OperationKind.Poll or OperationKind.Txn or OperationKind.FinalRead or OperationKind.Debug,
        StepKind.End => kind is OperationKind.FinalRead,
        StepKind.Assign => kind is OperationKind.Assign,
        StepKind.Subscribe => kind is OperationKind.Subscribe,
        StepKind.LogStart => kind is OperationKind.Debug,
        StepKind.LostFrom or StepKind.LostBelow => kind is OperationKind.Excuse,
        _ => false,
    };

    public static bool NeedsOffset(StepKind step) => step
        is StepKind.Record or StepKind.HighWatermark or StepKind.End or StepKind.LogStart
        or StepKind.LostFrom or StepKind.LostBelow;
}
