using System.Globalization;
using System.Text;

namespace AkkaReplication.History;

/// <summary>What a checker found. Immutable.</summary>
public sealed class HistoryReport
{
    private readonly IReadOnlyDictionary<AnomalyClass, long> _counts;

    internal HistoryReport(
        IReadOnlyList<Anomaly> anomalies,
        IReadOnlyDictionary<AnomalyClass, long> counts,
        IReadOnlyList<Anomaly> excused,
        long excusedCount,
        HistoryMetrics metrics)
    {
        Anomalies = anomalies;
        _counts = counts;
        Excused = excused;
        ExcusedCount = excusedCount;
        Metrics = metrics;
    }

    /// <summary>Whether there is no anomaly at all.</summary>
    public bool IsClean => _counts.Count == 0;

    /// <summary>By class, the first <see cref="HistoryCheckOptions.MaxExamples"/> of each.</summary>
    public IReadOnlyList<Anomaly> Anomalies { get; }

    /// <summary>How many anomalies there are altogether, described or not.</summary>
    public long AnomalyCount => _counts.Values.Sum();

    /// <summary>Losses that an excuse covers, as many as of a class of anomalies.</summary>
    public IReadOnlyList<Anomaly> Excused { get; }

    /// <summary>How many losses an excuse covers.</summary>
    public long ExcusedCount { get; }

    /// <summary>What the history amounts to.</summary>
    public HistoryMetrics Metrics { get; }

    /// <summary>How many anomalies of a class there are, described or not.</summary>
    public long CountOf(AnomalyClass anomaly) => _counts.GetValueOrDefault(anomaly);

    /// <summary>Several lines for people: the figures, then every anomaly with its operations.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        AppendMetrics(text);
        foreach (var group in Anomalies.GroupBy(anomaly => anomaly.Class))
        {
            foreach (var anomaly in group)
                text.Append('\n').Append(anomaly);
            if (CountOf(group.Key) - group.Count() is var more and > 0)
                Line(text, $"{group.Key.Name()}: and {more} more");
        }

        foreach (var (anomaly, count) in _counts.Where(pair => Anomalies.All(a => a.Class != pair.Key)))
            Line(text, $"{anomaly.Name()}: {count}");
        var summary = IsClean
            ? "clean"
            : string.Join(", ", _counts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key.Name()} {pair.Value}"));
        Line(text, $"anomalies: {summary}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append('\n').Append(line.ToString(CultureInfo.InvariantCulture));

    private void AppendMetrics(StringBuilder text)
    {
        var m = Metrics;
        text.Append(
            CultureInfo.InvariantCulture,
            $"history: {m.Operations.Values.Sum()} operations of {m.Processes} processes on {m.Keys} keys");
        foreach (var kind in m.Operations.GroupBy(pair => pair.Key.Kind).OrderBy(group => group.Key))
        {
            long Of(Outcome outcome) => m.Operations.GetValueOrDefault((kind.Key, outcome));
            Line(
                text,
                $"  {Operation.NameOf(kind.Key),-10} ok {Of(Outcome.Ok)}, fail {Of(Outcome.Fail)}, info {Of(Outcome.Info)}");
        }

        Line(text, $"values: {m.Sent} sent, {m.Acknowledged} acknowledged, {m.Read} read");
        Line(text, $"worst realtime lag: {m.WorstRealtimeLag.TotalSeconds:0.000000} s");
        AppendIfAny(text, "read more than once by a subscribed process", m.ConsumedAgain);
        AppendIfAny(text, "polls of subscribed processes that went back", m.SubscribedNonmonotonicPolls);
        AppendIfAny(text, "polls of subscribed processes that jumped ahead", m.SubscribedPollSkips);
        AppendIfAny(text, "lost with acks=0 or 1", m.WeakLosses);
        AppendIfAny(text, "written twice by retries", m.RetryDuplicates);
        AppendIfAny(text, "reordered by retries", m.RetryReorderings);
        AppendIfAny(text, "sends of one operation with others between", m.InternalSendSkips);
        AppendIfAny(text, "write cycles", m.WriteCycles);
        AppendIfAny(text, "cycles of writes and reads", m.MixedCycles);
        AppendIfAny(text, "excused losses", ExcusedCount);
        if (m.KeysWithoutFinalRead.Count > 0)
        {
            var some = string.Join(", ", m.KeysWithoutFinalRead.Take(5));
            var dots = m.KeysWithoutFinalRead.Count > 5 ? ", ..." : "";
            Line(text, $"not read to the end: {m.KeysWithoutFinalRead.Count} keys ({some}{dots})");
        }
    }

    private static void AppendIfAny(StringBuilder text, string what, long count)
    {
        if (count > 0)
            Line(text, $"{what}: {count}");
    }
}
