using System.Globalization;
using System.Text;

namespace AkkaReplication.History;

/// <summary>
/// One operation of one client, whole. What tests write by hand and what a report shows; a history does not hold objects
/// of this type but columns.
/// </summary>
public sealed record Operation
{
    /// <summary>The completion time of an operation that was never answered.</summary>
    public const long NeverNs = long.MaxValue;

    /// <summary>Its place in the history, from 1: the line in a file. Given by the history.</summary>
    public long Number { get; init; }

    /// <summary>What was done.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>Who did it: any number. A process does one thing after the other; its sends take effect in the order of
    /// their invocation, also when it does not wait for the answers.</summary>
    public required int Process { get; init; }

    /// <summary>What became of it.</summary>
    public Outcome Outcome { get; init; }

    /// <summary>Nanoseconds from any fixed moment until the operation was about to begin.</summary>
    public required long InvokedNs { get; init; }

    /// <summary>Nanoseconds from the same moment until its outcome was known; <see cref="NeverNs"/> for never. Operation
    /// a was before operation b only if a's completion is less than b's invocation; equal times are concurrent.</summary>
    public required long CompletedNs { get; init; }

    /// <summary>Of sends.</summary>
    public SendAcks Acks { get; init; }

    /// <summary>Of polls.</summary>
    public Isolation Isolation { get; init; }

    /// <summary>What it did, in the order in which it did it.</summary>
    public IReadOnlyList<OperationStep> Steps { get; init; } = [];

    /// <summary>"#17 process 3: send ok [1.200000 s to 1.300000 s] orders-0&lt;-42@17".</summary>
    public override string ToString() => Text(Steps);

    /// <summary>The same, with only those steps that concern something, if any do.</summary>
    internal string About(string? key, HistoryValue? value, long offset)
    {
        var near = Steps.Where(step => step.Key == key).ToList();
        var exact = near.FindAll(step => (step.Offset == offset && offset >= 0)
            || (step.Kind is StepKind.Send or StepKind.Record && step.Value == value));
        return Text(exact.Count > 0 ? exact : near.Count > 0 ? near : Steps);
    }

    private string Text(IReadOnlyList<OperationStep> steps)
    {
        const int Some = 12;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"#{Number} process {Process}: {NameOf(Kind)} ");
        text.Append(Outcome switch { Outcome.Ok => "ok", Outcome.Fail => "fail", _ => "info" });
        text.Append(CultureInfo.InvariantCulture, $" [{InvokedNs / 1e9:0.000000} s to ");
        if (CompletedNs == NeverNs)
            text.Append("never]");
        else
            text.Append(CultureInfo.InvariantCulture, $"{CompletedNs / 1e9:0.000000} s]");
        foreach (var step in steps.Take(Some))
            text.Append(' ').Append(step);
        if (steps.Count < Steps.Count || steps.Count > Some)
            text.Append(CultureInfo.InvariantCulture, $" and {Steps.Count - Math.Min(Some, steps.Count)} more");
        return text.ToString();
    }

    internal static string NameOf(OperationKind kind) => kind switch
    {
        OperationKind.Send => "send",
        OperationKind.Poll => "poll",
        OperationKind.Txn => "txn",
        OperationKind.Assign => "assign",
        OperationKind.Subscribe => "subscribe",
        OperationKind.Crash => "crash",
        OperationKind.FinalRead => "final-read",
        OperationKind.Debug => "debug",
        OperationKind.Excuse => "excuse",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
