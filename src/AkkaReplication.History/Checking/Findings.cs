namespace AkkaReplication.History.Checking;

/// <summary>Counts anomalies and describes the first of each class: a description costs more than a count.</summary>
internal sealed class Findings(OperationHistory history, int maxExamples)
{
    private readonly SortedDictionary<AnomalyClass, long> _counts = [];
    private readonly List<Anomaly> _anomalies = [];
    private readonly SortedDictionary<AnomalyClass, long> _excusedCounts = [];
    private readonly List<Anomaly> _excused = [];

    public IReadOnlyDictionary<AnomalyClass, long> Counts => _counts;

    public IReadOnlyList<Anomaly> Anomalies => [.. _anomalies.OrderBy(anomaly => anomaly.Class)];

    public IReadOnlyList<Anomaly> Excused => [.. _excused.OrderBy(anomaly => anomaly.Class)];

    public long ExcusedCount => _excusedCounts.Values.Sum();

    /// <param name="anomaly">Its class.</param>
    /// <param name="key">The key, or -1.</param>
    /// <param name="value">The value, or -1.</param>
    /// <param name="offset">The offset, or -1.</param>
    /// <param name="describe">What was found, and the operations that show it; called only if it will be told.</param>
    public void Add(
        AnomalyClass anomaly, int key, int value, long offset, Func<(string Sentence, int[] Operations)> describe) =>
        Add(_counts, _anomalies, anomaly, key, value, offset, describe);

    public void AddExcused(
        AnomalyClass anomaly, int key, int value, long offset, Func<(string Sentence, int[] Operations)> describe) =>
        Add(_excusedCounts, _excused, anomaly, key, value, offset, describe);

    private void Add(
        SortedDictionary<AnomalyClass, long> counts,
        List<Anomaly> examples,
        AnomalyClass anomaly,
        int key,
        int value,
        long offset,
        Func<(string Sentence, int[] Operations)> describe)
    {
        var count = counts[anomaly] = counts.GetValueOrDefault(anomaly) + 1;
        if (count > maxExamples)
            return;

        var (sentence, operations) = describe();
        examples.Add(new Anomaly(
            anomaly,
            key < 0 ? null : history.Keys.TextOf(key),
            value < 0 ? (HistoryValue?)null : history.Values.ValueOf(value),
            offset,
            sentence,
            operations.Where(operation => operation >= 0).Select(operation => history[operation]).ToList()));
    }
}
