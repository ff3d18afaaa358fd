using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Tests.Judging;

/// <summary>Hand-made histories, good and bad: a judge that cannot say "guilty" is no judge.</summary>
public sealed class JudgeTests
{
    // Records 1, 3, 5 went to partition 0 and 2, 4 to partition 1; every one was acknowledged.
    private static readonly AcknowledgedRecord[] Acknowledged =
        [Ack(1, 0, 0), Ack(3, 0, 1), Ack(5, 0, 2), Ack(2, 1, 0), Ack(4, 1, 1)];

    [Fact]
    public void A_log_that_holds_every_promise_is_acquitted()
    {
        var view = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4));

        Assert.Equal(5, view.Read);
        Assert.Equal(5, view.Readable);
        Assert.Empty(view.Lost);
        Assert.Empty(view.Duplicated);
        Assert.Empty(view.Problems);
        Assert.Equal(0, view.OutOfOrder);
        Assert.Equal(
            "verdict: acknowledged=5 readable=5 lost=0 duplicated=0 elections=1 max_unavailable_ms=42",
            Judge([view]).Verdict.ToString());
    }

    [Fact]
    public void A_record_missing_from_the_middle_is_lost()
    {
        var view = Read((0, 0, 1), (0, 2, 5), (1, 0, 2), (1, 1, 4));
        Assert.Equal([Ack(3, 0, 1)], view.Lost);
        Assert.Equal(4, view.Readable);
    }

    [Fact]
    public void A_record_missing_from_the_end_is_lost()
    {
        var view = Read((0, 0, 1), (0, 1, 3), (1, 0, 2), (1, 1, 4));
        Assert.Equal([Ack(5, 0, 2)], view.Lost);
    }

    [Fact]
    public void A_partition_that_is_gone_is_lost_whole()
    {
        var view = Read((0, 0, 1), (0, 1, 3), (0, 2, 5));
        Assert.Equal([Ack(2, 1, 0), Ack(4, 1, 1)], view.Lost);
        Assert.Equal(2, Judge([view]).Verdict.Lost);
    }

    [Fact]
    public void A_record_that_stands_elsewhere_than_acknowledged_is_lost()
    {
        var view = Read((0, 0, 1), (0, 1, 5), (0, 2, 3), (1, 0, 2), (1, 1, 4));
        Assert.Equal([Ack(3, 0, 1), Ack(5, 0, 2)], view.Lost);
        Assert.Equal(1, view.OutOfOrder);
    }

    [Fact]
    public void A_record_whose_value_changed_is_lost()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, [Ack(1, 0, 0)]), 5);
        judge.OnRecord(0, 0, 1, digest: 999);
        Assert.Equal([Ack(1, 0, 0)], judge.Finish().Lost);
    }

    [Fact]
    public void An_acknowledged_record_that_stands_twice_is_duplicated()
    {
        var view = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 3), (1, 0, 2), (1, 1, 4));
        Assert.Equal([3], view.Duplicated);
        Assert.Empty(view.Lost);
        Assert.Equal(0, view.OutOfOrder);
        Assert.Equal(1, Judge([view]).Verdict.Duplicated);
    }

    [Fact]
    public void A_record_that_was_never_acknowledged_must_not_stand_twice_either()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, []), 5);
        judge.OnRecord(0, 0, 1, DigestOf(1));
        judge.OnRecord(0, 1, 1, DigestOf(1));
        Assert.Equal([1], judge.Finish().Duplicated);
    }

    [Fact]
    public void A_record_that_stands_in_two_partitions_is_duplicated()
    {
        var view = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4), (1, 2, 1));
        Assert.Equal([1], view.Duplicated);
    }

    [Fact]
    public void An_unacknowledged_record_in_the_log_is_no_fault()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, [Ack(1, 0, 0)]), 5);
        judge.OnRecord(0, 0, 1, DigestOf(1));
        judge.OnRecord(0, 1, 3, DigestOf(3));
        var view = judge.Finish();
        Assert.Equal(1, view.Readable);
        Assert.Empty(view.Lost);
        Assert.Empty(view.Problems);
    }

    [Fact]
    public void Gaps_between_offsets_are_no_fault()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, [Ack(1, 0, 0), Ack(3, 0, 7)]), 5);
        judge.OnRecord(0, 0, 1, DigestOf(1));
        judge.OnRecord(0, 7, 3, DigestOf(3));
        Assert.Empty(judge.Finish().Lost);
    }

    [Fact]
    public void Records_in_another_order_than_sent_are_counted()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, [Ack(3, 0, 0), Ack(1, 0, 1), Ack(5, 0, 2)]), 5);
        judge.OnRecord(0, 0, 3, DigestOf(3));
        judge.OnRecord(0, 1, 1, DigestOf(1));
        judge.OnRecord(0, 2, 5, DigestOf(5));
        var view = judge.Finish();
        Assert.Equal(1, view.OutOfOrder);
        Assert.Empty(view.Lost);
    }

    [Fact]
    public void A_probe_may_stand_in_the_log_anywhere_but_not_twice()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, []), sent: 5, probes: 2);
        judge.OnRecord(0, 0, -2, 1);
        judge.OnRecord(0, 1, 1, 1);
        judge.OnRecord(0, 2, -1, 1);
        judge.OnRecord(0, 3, -2, 1);
        var view = judge.Finish();
        Assert.Equal([-2], view.Duplicated);
        Assert.Equal(0, view.OutOfOrder);
        Assert.Empty(view.Problems);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(6L)]
    [InlineData(-1L)]
    public void A_record_that_nobody_sent_is_reported(long? record)
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, []), sent: 5);
        judge.OnRecord(0, 3, record, 1);
        Assert.Equal(["partition 0: at offset 3 stands a record that nobody sent"], judge.Finish().Problems);
    }

    [Fact]
    public void Offsets_that_go_back_are_reported()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, []), 5);
        judge.OnRecord(1, 4, 2, 1);
        judge.OnRecord(1, 4, 4, 1);
        Assert.Equal(["partition 1: offset 4 was read after 4"], judge.Finish().Problems);
    }

    [Fact]
    public void Endless_problems_are_cut_short_and_counted()
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, []), 5);
        for (var offset = 0; offset < 100; offset++)
            judge.OnRecord(0, offset, null, 1);
        var problems = judge.Finish().Problems;
        Assert.Equal(11, problems.Count);
        Assert.Equal("and 90 more of this kind", problems[^1]);
    }

    [Fact]
    public void Of_two_records_acknowledged_at_one_offset_at_least_one_is_lost()
    {
        var acknowledged = new Acknowledgements(2, [Ack(1, 0, 0), Ack(3, 0, 0)]);
        var judge = new ViewJudge("a view", acknowledged, 5);
        judge.OnRecord(0, 0, 3, DigestOf(3));
        var view = judge.Finish();

        Assert.Equal([Ack(1, 0, 0)], view.Lost);
        Assert.Equal(1, view.Readable);
    }

    [Fact]
    public void What_any_one_view_lacks_counts_as_lost_once()
    {
        var whole = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4));
        var lacksThree = Read((0, 0, 1), (0, 2, 5), (1, 0, 2), (1, 1, 4));
        var lacksThreeAndFour = Read((0, 0, 1), (0, 2, 5), (1, 0, 2));

        var verdict = Judge([whole, lacksThree, lacksThreeAndFour]).Verdict;
        Assert.Equal(2, verdict.Lost);
        Assert.Equal(3, verdict.Readable);
    }

    [Fact]
    public void Duplicates_of_several_views_are_counted_by_record()
    {
        var one = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 1), (1, 0, 2), (1, 1, 4));
        var same = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (0, 3, 1), (1, 0, 2), (1, 1, 4));
        var other = Read((0, 0, 1), (0, 1, 3), (0, 2, 5), (1, 0, 2), (1, 1, 4), (1, 2, 4));
        Assert.Equal(2, Judge([one, same, other]).Verdict.Duplicated);
    }

    private static AcknowledgedRecord Ack(long record, int partition, long offset) =>
        new(record, partition, offset, DigestOf(record));

    private static ulong DigestOf(long record) => (ulong)record * 7919;

    private static ViewJudgement Read(params (int Partition, long Offset, long Record)[] log)
    {
        var judge = new ViewJudge("a view", new Acknowledgements(2, Acknowledged), sent: 5);
        foreach (var (partition, offset, record) in log)
            judge.OnRecord(partition, offset, record, DigestOf(record));
        return judge.Finish();
    }

    private static Judgement Judge(IReadOnlyList<ViewJudgement> views) =>
        new(new Acknowledgements(2, Acknowledged), views, [], elections: 1, maxUnavailableMs: 42);
}
