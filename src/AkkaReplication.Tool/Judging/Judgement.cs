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
/// All reads of one drill taken together: a record counts as readable only where every one of them shows it.
/// </summary>
internal sealed class Judgement
{
    public Judgement(
        Acknowledgements acknowledged,
        IReadOnlyList<ViewJudgement> views,
        IReadOnlyList<string> differences,
        int elections,
        long maxUnavailableMs)
    {
        Views = views;
        Differences = differences;
        Lost = views.SelectMany(view => view.Lost).Distinct().OrderBy(r => r.Partition).ThenBy(r => r.Offset).ToList();
        Duplicated = views.SelectMany(view => view.Duplicated).ToHashSet();
        OutOfOrder = views.Count == 0 ? 0 : views.Max(view => view.OutOfOrder);
        Problems = views.SelectMany(view => view.Problems.Select(problem => $"{view.Name}: {problem}")).ToList();
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

    public IReadOnlyList<AcknowledgedRecord> Lost { get; }

    public IReadOnlySet<long> Duplicated { get; }

    public long OutOfOrder { get; }

    public IReadOnlyList<string> Problems { get; }
}
