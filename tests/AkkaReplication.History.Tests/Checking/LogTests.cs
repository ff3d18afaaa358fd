using static AkkaReplication.History.AnomalyClass;

namespace AkkaReplication.History.Tests.Checking;

public sealed class LogTests
{
    [Fact]
    public void Two_values_at_one_offset_are_inconsistent()
    {
        var report = new Story()
            .Send(1, "a@0").Meanwhile().Send(3, "b", Outcome.Info).Poll(2, "0=a").Poll(4, "0=b")
            .Shows(InconsistentOffsets);
        Assert.Equal(0, report.Anomalies[0].Offset);
    }

    [Fact]
    public void One_offset_in_two_keys_holds_two_values() => new Story()
        .Send(1, "a@0").Send(1, "j-0:b@0").Poll(2, "0=a j-0:0=b")
        .IsClean();

    [Fact]
    public void What_any_poll_saw_stands_in_the_log_even_if_the_poll_came_to_nothing() => new Story()
        .Send(1, "a@0").Meanwhile().Send(3, "b", Outcome.Info).Poll(2, "0=a").Poll(4, "0=b", Outcome.Info)
        .Shows(InconsistentOffsets);

    [Fact]
    public void An_acknowledgement_contradicts_what_is_read() => new Story()
        .Send(1, "a@0").Meanwhile().Send(3, "b", Outcome.Info).Poll(4, "0=b")
        .ShowsAll(LostWrite, InconsistentOffsets);

    [Fact]
    public void The_offset_of_a_weak_acknowledgement_counts_only_where_the_value_is_read() => new Story()
        .Send(1, "a@0", acks: SendAcks.Leader).Send(3, "b@0").Poll(2, "0=b")
        .IsClean();

    [Fact]
    public void A_weak_acknowledgement_of_another_offset_than_it_is_read_at_makes_the_value_stand_twice()
    {
        var story = new Story().Send(1, "a@0", acks: SendAcks.Leader).Poll(2, "1=a");
        story.IsClean();
        Assert.Equal(1, story.Check().Metrics.RetryDuplicates);
    }

    [Fact]
    public void One_offset_acknowledged_to_two_sends() => new Story()
        .Send(1, "a@5").Meanwhile().Send(2, "b@5")
        .ShowsAll(InconsistentOffsets, AcknowledgedTwice);

    [Fact]
    public void A_value_at_two_offsets_is_a_duplicate()
    {
        var story = new Story().Send(1, "a@0").Poll(2, "0=a 1=a");
        story.Shows(Duplicate);
        var options = new HistoryCheckOptions { IsIdempotent = false };
        story.IsClean(options);
        Assert.Equal(1, story.Check(options).Metrics.RetryDuplicates);
    }

    [Fact]
    public void A_value_at_three_offsets_is_reported_at_each_but_the_first() => new Story()
        .Send(1, "a@0").Poll(2, "0=a 1=a").Poll(3, "0=a 1=a 2=a")
        .Shows(Duplicate, 2);

    [Fact]
    public void A_value_that_is_read_often_at_one_offset_is_no_duplicate() => new Story()
        .Send(1, "a@0").Poll(2, "0=a").Poll(3, "0=a").Poll(4, "0=a")
        .IsClean();

    [Fact]
    public void A_value_of_unknown_outcome_must_not_stand_twice_either() => new Story()
        .Send(1, "a", Outcome.Info).Poll(2, "3=a 4=a")
        .Shows(Duplicate);

    [Fact]
    public void A_value_that_nobody_sent()
    {
        var story = new Story().Poll(2, "0=a").Poll(3, "0=a");
        story.Shows(Unsent);
        story.IsClean(new HistoryCheckOptions { AllowUnsent = true });
    }

    [Fact]
    public void A_value_in_another_key_than_it_was_sent_to()
    {
        var report = new Story().Send(1, "a@0").Poll(2, "0=a j-0:0=a").Shows(Unsent);
        Assert.Equal("j-0", report.Anomalies[0].Key);
        Assert.EndsWith("and was sent to k-0", report.Anomalies[0].Sentence);
    }

    [Fact]
    public void A_value_whose_send_failed_must_not_be_read() => new Story()
        .Send(1, "a", Outcome.Fail).Poll(2, "0=a").Poll(3, "0=a")
        .Shows(AbortedRead);

    [Fact]
    public void A_value_whose_send_failed_may_not_be_there() => new Story()
        .Send(1, "a", Outcome.Fail).FinalRead(9, "end=0")
        .IsClean();

    [Fact]
    public void A_value_of_unknown_outcome_may_be_read() => new Story()
        .Send(1, "a", Outcome.Info).Poll(2, "0=a")
        .IsClean();

    [Fact]
    public void An_aborted_transaction_must_not_be_read() => new Story()
        .Txn(1, "wa wb", Outcome.Fail).Poll(2, "0=a")
        .Shows(AbortedRead);

    [Fact]
    public void An_aborted_transaction_may_be_read_by_those_who_ask_for_what_is_uncommitted() => new Story()
        .Txn(1, "wa wb", Outcome.Fail).Poll(2, "0=a", isolation: Isolation.Uncommitted)
        .IsClean();

    [Fact]
    public void A_failed_send_may_not_be_read_by_anybody() => new Story()
        .Send(1, "a", Outcome.Fail).Poll(2, "0=a", isolation: Isolation.Uncommitted)
        .Shows(AbortedRead);

    [Fact]
    public void An_unsuccessful_poll_is_not_judged_by_what_it_saw_of_the_aborted() => new Story()
        .Txn(1, "wa", Outcome.Fail).Poll(2, "0=a", Outcome.Info)
        .IsClean();

    [Theory]
    [InlineData(Outcome.Ok)]
    [InlineData(Outcome.Info)]
    [InlineData(Outcome.Fail)]
    public void A_transaction_must_not_read_what_it_sent(Outcome outcome) => new Story()
        .Txn(1, "wa r0=a", outcome)
        .Shows(PrecommittedRead);

    [Fact]
    public void A_transaction_may_read_what_another_has_sent() => new Story()
        .Txn(1, "wa@0").Txn(2, "r0=a wb@1").Txn(3, "r1=b")
        .IsClean();

    [Fact]
    public void A_record_at_the_high_watermark_must_not_be_read() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Poll(2, "0=a 1=b hw=1")
        .Shows(ReadAboveHighWatermark);

    [Fact]
    public void Records_below_the_high_watermark_may_be_read() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Poll(2, "0=a 1=b hw=2").Poll(3, "j-0:hw=0 0=a")
        .IsClean();

    [Fact]
    public void Transactions_that_read_from_each_other_in_a_circle() => new Story()
        .Txn(1, "wa@0 rj-0:0=b").Meanwhile().Txn(2, "wj-0:b@0 r0=a")
        .Shows(WriteReadCycle);

    [Fact]
    public void Transactions_that_write_around_each_other_are_counted()
    {
        var story = new Story().Txn(1, "wa@0 wj-0:b@1").Meanwhile().Txn(2, "wj-0:c@0 wd@1");
        story.IsClean();
        Assert.Equal((1, 1), (story.Check().Metrics.WriteCycles, story.Check().Metrics.MixedCycles));
    }

    [Fact]
    public void A_circle_of_a_read_and_a_write_order_is_counted()
    {
        var story = new Story().Txn(1, "wa@0 wj-0:b@1").Meanwhile().Txn(2, "wj-0:c@0 r0=a");
        story.IsClean();
        Assert.Equal((0, 1), (story.Check().Metrics.WriteCycles, story.Check().Metrics.MixedCycles));
    }

    [Fact]
    public void Transactions_one_after_the_other_make_no_circle()
    {
        var story = new Story().Txn(1, "wa@0 wj-0:b@0").Txn(2, "wj-0:c@1 wd@1 r0=a").Txn(3, "r1=d rj-0:0=b rj-0:1=c we@2");
        story.IsClean();
        Assert.Equal((0, 0), (story.Check().Metrics.WriteCycles, story.Check().Metrics.MixedCycles));
    }

    [Fact]
    public void A_value_sent_twice_makes_a_history_that_cannot_be_judged()
    {
        var story = new Story().Send(1, "a@0").Send(1, "a@1");
        var e = Assert.Throws<InvalidHistoryException>(() => story.Check());
        Assert.Equal("operations 1 and 2 both send the value a; every value is sent once in a history", e.Message);
    }
}
