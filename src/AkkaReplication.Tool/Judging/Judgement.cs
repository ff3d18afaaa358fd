using AkkaReplication.History;

namespace AkkaReplication.Tool.Judging;

/// <summary>The line a drill ends with.</summary>
/// <param name="Readable">Acknowledged records that every read shows at their offsets.</param>
/// <param name="Elections">Leaders elected since the topic was created.</param>
internal sealed record Verdict(
    long Acknowledged, long Readable, long Lost, long Duplicated, int Elections, long MaxUnavailableMs)
{
    public override string ToString() =>
        $"verdict: acknowledged={Acknowledged} readable={Readable} lost={Lost} duplicated={Duplicated} "
        + $"elections={Elections} max_unavailable_ms={MaxUnavailableMs}";
}

/// <summary>
/// What the history checker says of a drill, in the drill's words: a record counts as readable only where every read shows
/// it. The checker alone decides; this only sorts what it found.
/// </summary>
internal sealed class Judgement
{
    private const int MaxProblems = 10;

    public Judgement(
        OperationHistory history,
        Acknowledgements acknowledged,
        IReadOnlyList<RecordedView> views,
        IReadOnlyList<string> differences,
        int elections,
        long maxUnavailableMs)
    {
        var report = Check(history);
        var byRecord = acknowledged.All.ToDictionary(record => record.Record);
        Views = views.Select(view => JudgeView(history, view, byRecord)).ToList();
        Differences = differences;
        Lost = LostIn(report, byRecord);
        Duplicated = DuplicatedIn(report);
        OutOfOrder = report.CountOf(AnomalyClass.NonmonotonicSend);
        Problems = ProblemsIn(report);
        Verdict = new Verdict(
            acknowledged.Count,
            acknowledged.Count - Lost.Count,
            Lost.Count,
            Duplicated.Count,
            elections,
            maxUnavailableMs);
    }

    public Verdict Verdict { get; }

    public IReadOnlyList<ViewJudgement> Views { get; }

    /// <summary>Where the replicas' logs differ below the high watermark; empty when they are byte-identical.</summary>
    public IReadOnlyList<string> Differences { get; }

    /// <summary>By partition and offset; what the scenario foresaw is among it.</summary>
    public IReadOnlyList<AcknowledgedRecord> Lost { get; }

    public IReadOnlySet<long> Duplicated { get; }

    public long OutOfOrder { get; }

    /// <summary>Every other anomaly: a record nobody sent, offsets that go back, two records at one offset, ...</summary>
    public IReadOnlyList<string> Problems { get; }

    private static HistoryReport Check(OperationHistory history) =>
        HistoryChecker.Check(history, new HistoryCheckOptions { MaxExamples = int.MaxValue });

    /// <summary>Judged by what this read alone shows.</summary>
    private static ViewJudgement JudgeView(
        OperationHistory history, RecordedView view, Dictionary<long, AcknowledgedRecord> acknowledged)
    {
        var report = Check(history.Only((kind, process) => kind != OperationKind.FinalRead || process == view.Process));
        var lost = LostIn(report, acknowledged);
        return new ViewJudgement(view.Name, view.Read, acknowledged.Count - lost.Count, lost, DuplicatedIn(report));
    }

    private static bool IsLoss(Anomaly anomaly) =>
        anomaly.Class is AnomalyClass.LostWrite or AnomalyClass.Unseen or AnomalyClass.Vanished;

    private static List<AcknowledgedRecord> LostIn(
        HistoryReport report, Dictionary<long, AcknowledgedRecord> acknowledged)
    {
        var lost = new HashSet<AcknowledgedRecord>();
        foreach (var anomaly in report.Anomalies.Concat(report.Excused).Where(IsLoss))
        {
            if (RecordValue.RecordOf(anomaly.Value!.Value) is { } record && acknowledged.TryGetValue(record, out var of))
                lost.Add(of);
        }

        return [.. lost.OrderBy(record => record.Partition).ThenBy(record => record.Offset)];
    }

    private static HashSet<long> DuplicatedIn(HistoryReport report) => report.Anomalies
        .Where(anomaly => anomaly.Class == AnomalyClass.Duplicate)
        .Select(anomaly => RecordValue.RecordOf(anomaly.Value!.Value)).OfType<long>().ToHashSet();

    private static List<string> ProblemsIn(HistoryReport report)
    {
        var others = report.Anomalies.Where(anomaly => !IsLoss(anomaly)
            && anomaly.Class is not (AnomalyClass.Duplicate or AnomalyClass.NonmonotonicSend)).ToList();
        var problems = others.Take(MaxProblems).Select(a => $"{a.Class.Name()}: {a.Key}: {a.Sentence}").ToList();
        if (others.Count > MaxProblems)
            problems.Add($"and {others.Count - MaxProblems} more");
        return problems;
    }
}

/// <summary>What one full read showed.</summary>
/// <param name="Lost">Acknowledged records that it does not show at their offsets.</param>
/// <param name="Duplicated">Records that stand at two offsets, acknowledged or not.</param>
internal sealed record ViewJudgement(
    string Name, long Read, long Readable, IReadOnlyList<AcknowledgedRecord> Lost, IReadOnlySet<long> Duplicated);
