namespace AkkaReplication.History;

/// <summary>What a checker may take for granted, and how much it says.</summary>
public sealed record HistoryCheckOptions
{
    /// <summary>What is expected of a log whose producers are idempotent and where nothing but the recorded clients writes.
    /// </summary>
    public static HistoryCheckOptions Default { get; } = new();

    /// <summary>Whether producers with <c>acks=all</c> are idempotent. If not, a retry may write a record twice, or after a
    /// later one: duplicates and non-monotonic sends are then counted only.</summary>
    public bool IsIdempotent { get; init; } = true;

    /// <summary>Whether others write to the keys, too. Values that nobody sent are then no anomaly.</summary>
    public bool AllowUnsent { get; init; }

    /// <summary>Losses that are legitimate, besides those that the history itself excuses.</summary>
    public IReadOnlyList<LossExcuse> Excuses { get; init; } = [];

    /// <summary>Of every class this many anomalies are described, 0 or more; all are counted.</summary>
    public int MaxExamples { get; init; } = 10;
}
