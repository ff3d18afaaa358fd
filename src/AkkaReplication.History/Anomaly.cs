using System.Text;

namespace AkkaReplication.History;

/// <summary>Something that must not be, and the operations that show it. Immutable.</summary>
/// <param name="Class">What it is.</param>
/// <param name="Key">Where; null when it is in several keys.</param>
/// <param name="Value">The value it is about, if it is about one.</param>
/// <param name="Offset">The offset it is about; <see cref="OperationStep.UnknownOffset"/> if it is about none.</param>
/// <param name="Sentence">What was found.</param>
/// <param name="Operations">Those that show it, the one at fault last.</param>
public sealed record Anomaly(
    AnomalyClass Class,
    string? Key,
    HistoryValue? Value,
    long Offset,
    string Sentence,
    IReadOnlyList<Operation> Operations)
{
    /// <summary>The class, the sentence, and a line for each operation.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Class.Name()).Append(": ");
        if (Key is not null)
            text.Append(Key).Append(": ");
        text.Append(Sentence);
        foreach (var operation in Operations)
            text.Append("\n    ").Append(operation.About(Key, Value, Offset));
        return text.ToString();
    }
}
