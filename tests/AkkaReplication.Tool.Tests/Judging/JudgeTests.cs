using AkkaReplication.History;
using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Tests.Judging;

/// <summary>What a drill says of histories, good and bad: a judge that cannot say "guilty" is no judge.</summary>
public sealed class JudgeTests
{
    // Records 1, 3, 5 went to partition 0 and 2, 4 to partition 1; every one was acknowledged.
    private static readonly AcknowledgedRecord[] Acknowledged =
        [Ack(1, 0, 0), Ack(3, 0, 1), Ack(5, 0, 2), Ack(2, 1, 0), Ack(4, 1, 1)];

    [Fact]
    public void A_log_that_holds_every_promise_is_acquitted()
    {
        var judgement = Judge(Acknowledged, [(0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4)]);

        var view = Assert.Single(judgement.Views);
        Assert.Equal((5, 5), (view.Read, view.Readable));
        Assert.Empty(view.Lost);
        Assert.Empty(view.Duplicated);
        Assert.Empty(judgement.Problems);
        Assert.Equal(0, judgement.OutOfOrder);
        Assert.Equal(
            "verdict: acknowledged=5 readable=5 lost=0 duplicated=0 elections=1 max_unavailable_ms=42",
            judgement.Verdict.ToString());
    }

    [Fact]
    public void A_record_missing_from_the_middle_is_lost()
    {
        var judgement = Judge(Acknowledged, [(0, 0, 1), (0, 2, 5), (1, 0, 2), (1, 1, 4)]);
        Assert.Equal([Ack(3, 0, 1)], judgement.Lost);
        Assert.Equal([Ack(3, 0, 1)], judgement.Views[0].Lost);
        Assert.Equal(4, judgement.Views[0].Readable);
    }

    [Fact]
    public void A_record_missing_from_the_end_is_lost() => Assert.Equal(
        [Ack(5, 0, 2)],
        Judge(Acknowledged, [(0, 0, 1), (0, 1, 3), (1, 0, 2), (1, 1, 4)]).Lost);

    [Fact]
    public void A_partition_that_is_gone_is_lost_whole() => Assert.Equal(
        [Ack(2, 1, 0), Ack(4, 1, 1)],
        Judge(Acknowledged, [(0, 0, 1), (0, 1, 3), (0, 2, 5)]).Lost);

    [Fact]
    public void A_record_that_stands_elsewhere_than_acknowledged_is_lost() => Assert.Equal(
        [Ack(3, 0, 1), Ack(5, 0, 2)],
        Judge(Acknowledged, [(0, 0, 1), (0, 1, 5), (0, 2, 3), (1, 0, 2), (1, 1, 4)]).Lost);

    [Fact]
    public void A_record_whose_value_changed_is_lost_and_what_stands_there_was_never_sent()
    {
        var judgement = Judge([Ack(1, 0, 0)], [(0, 0, 1)], digestOf: _ => 999);
        Assert.Equal([Ack(1, 0, 0)], judgement.Lost);
        Assert.Contains(judgement.Problems, problem => problem.StartsWith("unsent: drill-0: ", StringComparison.Ordinal));
    }

    [Fact]
    public void An_acknowledged_record_that_stands_twice_is_duplicated()
    {
        var judgement = Judge(
            Acknowledged, [(0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 3), (1, 0, 2), (1, 1, 4)]);
        Assert.Equal([3], judgement.Duplicated);
        Assert.Equal([3], judgement.Views[0].Duplicated);
        Assert.Empty(judgement.Lost);
        Assert.Equal(0, judgement.OutOfOrder);
        Assert.Equal(1, judgement.Verdict.Duplicated);
    }

    [Fact]
    public void A_record_that_was_never_acknowledged_must_not_stand_twice_either() =>
        Assert.Equal([1], Judge([], [(0, 0, 1), (0, 1, 1)], refused: [(1, 0)]).Duplicated);

    [Fact]
    public void A_record_that_stands_in_two_partitions_was_sent_to_one_of_them() => Assert.Contains(
        "and was sent to drill-0",
        Assert.Single(Judge(
            Acknowledged, [(0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4), (1, 2, 1)]).Problems));

    [Fact]
    public void An_unacknowledged_record_in_the_log_is_no_fault()
    {
        var judgement = Judge([Ack(1, 0, 0)], [(0, 0, 1), (0, 1, 3)], refused: [(3, 0)]);
        Assert.Equal(1, judgement.Views[0].Readable);
        Assert.Empty(judgement.Lost);
        Assert.Empty(judgement.Problems);
    }

    [Fact]
    public void Gaps_between_offsets_are_no_fault() =>
        Assert.Empty(Judge([Ack(1, 0, 0), Ack(3, 0, 7)], [(0, 0, 1), (0, 7, 3)]).Lost);

    [Fact]
    public void Records_in_another_order_than_sent_are_counted()
    {
        var judgement = Judge([Ack(1, 0, 1), Ack(3, 0, 0), Ack(5, 0, 2)], [(0, 0, 3), (0, 1, 1), (0, 2, 5)]);
        Assert.Equal(1, judgement.OutOfOrder);
        Assert.Empty(judgement.Lost);
    }

    [Fact]
    public void A_probe_may_stand_in_the_log_anywhere_but_not_twice()
    {
        var judgement = Judge([], [(0, 0, -2), (0, 1, 1), (0, 2, -1), (0, 3, -2)], refused: [(1, 0)], probes: 2);
        Assert.Equal([-2], judgement.Duplicated);
        Assert.Equal(0, judgement.OutOfOrder);
        Assert.Empty(judgement.Problems);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(6L)]
    [InlineData(-1L)]
    public void A_record_that_nobody_sent_is_reported(long? record) => Assert.Matches(
        "unsent: drill-0: .* was read at offset 3, and nobody sent it",
        Assert.Single(Judge([], [(0, 3, record)], refused: [(1, 0), (5, 0)]).Problems));

    [Fact]
    public void Offsets_that_go_back_are_reported() => Assert.Contains(
        Judge([Ack(2, 1, 0), Ack(4, 1, 1)], [(1, 0, 2), (1, 1, 4), (1, 0, 2)]).Problems,
        problem => problem == "int-nonmonotonic-poll: drill-1: one poll goes back from offset 1 to 0");

    [Fact]
    public void Endless_problems_are_cut_short_and_counted()
    {
        var problems = Judge([], [.. Enumerable.Range(0, 100).Select(i => (0, (long)i, (long?)1_000 + i))]).Problems;
        Assert.Equal(11, problems.Count);
        Assert.Equal("and 90 more", problems[^1]);
    }

    [Fact]
    public void Of_two_records_acknowledged_at_one_offset_at_least_one_is_lost()
    {
        var judgement = Judge([Ack(1, 0, 0), Ack(3, 0, 0)], [(0, 0, 3)]);
        Assert.Equal([Ack(1, 0, 0)], judgement.Lost);
        Assert.Equal(1, judgement.Views[0].Readable);
    }

    [Fact]
    public void What_any_one_view_lacks_counts_as_lost_once()
    {
        var verdict = Judge(
            Acknowledged,
            [
                [(0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4)],
                [(0, 0, 1), (0, 2, 5), (1, 0, 2), (1, 1, 4)],
                [(0, 0, 1), (0, 2, 5), (1, 0, 2)],
            ]);
        Assert.Equal((2, 3), (verdict.Verdict.Lost, verdict.Verdict.Readable));
        Assert.Equal([0, 1, 2], verdict.Views.Select(view => view.Lost.Count));
    }

    [Fact]
    public void Duplicates_of_several_views_are_counted_by_record() => Assert.Equal(
        2,
        Judge(
            Acknowledged,
            [
                [(0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 1), (1, 0, 2), (1, 1, 4)],
                [(0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 1), (1, 0, 2), (1, 1, 4)],
                [(0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4), (1, 2, 4)],
            ]).Verdict.Duplicated);

    [Fact]
    public void A_loss_that_was_foreseen_is_among_the_lost_and_no_problem()
    {
        var judgement = Judge(
            Acknowledged, [(0, 0, 1), (0, 1, 3), (1, 0, 2), (1, 1, 4)], recorder => recorder.ExcuseLossFrom("drill-0", 2));
        Assert.Equal([Ack(5, 0, 2)], judgement.Lost);
        Assert.Empty(judgement.Problems);
    }

    private static AcknowledgedRecord Ack(long record, int partition, long offset) =>
        new(record, partition, offset, DigestOf(record));

    private static ulong DigestOf(long record) => (ulong)record * 7919;

    private static Judgement Judge(
        AcknowledgedRecord[] acknowledged,
        (int Partition, long Offset, long? Record)[] view,
        Action<HistoryRecorder>? before = null,
        (long Record, int Partition)[]? refused = null,
        int probes = 0,
        Func<long, ulong>? digestOf = null) => Judge(acknowledged, [view], before, refused, probes, digestOf);

    private static Judgement Judge(
        AcknowledgedRecord[] acknowledged,
        (int Partition, long Offset, long? Record)[][] views,
        Action<HistoryRecorder>? before = null,
        (long Record, int Partition)[]? refused = null,
        int probes = 0,
        Func<long, ulong>? digestOf = null)
    {
        using var recorder = new HistoryRecorder();

        // In flight together and in the order of their numbers, as the producer sends them.
        var sends = acknowledged.Select(a => (a.Record, a.Partition, a.Offset))
            .Concat((refused ?? []).Select(r => (r.Record, r.Partition, Offset: -1L)))
            .OrderBy(send => send.Record)
            .Select(send => (send.Offset, Operation: recorder.BeginSend(
                1, $"drill-{send.Partition}", RecordValue.Of(send.Record, DigestOf(send.Record)))))
            .ToList();
        for (var probe = 1; probe <= probes; probe++)
            recorder.BeginSend(1_000 + probe, "drill-0", RecordValue.Of(-probe, DigestOf(-probe))).Unknown();
        foreach (var (offset, operation) in sends)
        {
            if (offset >= 0)
                operation.Ok(offset);
            else
                operation.Unknown();
        }

        before?.Invoke(recorder);
        var recorded = views.Select((records, number) => View(recorder, number, records, digestOf ?? DigestOf)).ToList();
        return new Judgement(
            recorder.Snapshot(), new Acknowledgements(2, acknowledged), recorded, [], elections: 1, maxUnavailableMs: 42);
    }

    private static RecordedView View(
        HistoryRecorder recorder,
        int number,
        (int Partition, long Offset, long? Record)[] records,
        Func<long, ulong> digestOf)
    {
        var view = new RecordedView($"view {number}", 100 + number, "drill", recorder);
        foreach (var (partition, offset, record) in records)
            view.OnRecord(partition, offset, record, record is { } known ? digestOf(known) : 1);
        for (var partition = 0; partition < 2; partition++)
            view.OnEnd(partition, 100);
        return view;
    }
}
