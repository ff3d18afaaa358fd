using static AkkaReplication.History.AnomalyClass;

namespace AkkaReplication.History.Tests.Checking;

public sealed class LossTests
{
    [Fact]
    public void An_acknowledged_value_that_readers_passed_over_is_lost()
    {
        var report = new Story()
            .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2")
            .Poll(2, "0=a").Poll(3, "2=c")
            .Shows(LostWrite);

        var lost = report.Anomalies[0];
        Assert.Equal(("k-0", "b", 1L), (lost.Key, lost.Value.ToString(), lost.Offset));
        Assert.Equal([5L, 2L], lost.Operations.Select(o => o.Number));
        Assert.Contains("\n    #2 process 1: send ok [0.000001 s to 0.000002 s] k-0<-b@1", report.ToString());
    }

    [Fact]
    public void An_acknowledged_value_that_any_reader_was_given_is_not_lost() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2")
        .Poll(2, "0=a").Poll(3, "2=c").Poll(4, "1=b")
        .IsClean();

    [Fact]
    public void What_stands_after_everything_that_was_read_cannot_be_judged_without_a_final_read() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Poll(2, "0=a")
        .IsClean();

    [Fact]
    public void A_poll_that_failed_returned_nothing_to_anybody() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2")
        .Poll(2, "0=a").Poll(4, "1=b", Outcome.Fail).Poll(3, "2=c")
        .Shows(LostWrite);

    [Fact]
    public void Loss_is_judged_by_what_is_known_to_stand_there_not_by_gaps_between_offsets() => new Story()
        .Send(1, "a@0").Send(1, "c@7")
        .Poll(2, "0=a").Poll(2, "7=c")
        .IsClean();

    [Fact]
    public void A_value_of_unknown_outcome_that_nobody_saw_is_no_loss() => new Story()
        .Send(1, "a@0").Send(1, "b", Outcome.Info).Send(1, "c@2")
        .Poll(2, "0=a 2=c")
        .FinalRead(9, "0=a 2=c end=3")
        .IsClean();

    [Fact]
    public void The_offset_of_an_unproven_send_does_not_enter_the_log() => new Story()
        .Send(1, "a@0").Send(1, "b@1", Outcome.Info).Send(1, "c@1")
        .Poll(2, "0=a 1=c")
        .IsClean();

    [Fact]
    public void A_transaction_of_unknown_outcome_is_committed_as_soon_as_one_of_its_values_is_read() => new Story()
        .Txn(1, "wa@0 wb@1", Outcome.Info).Send(3, "c@2")
        .Poll(2, "0=a").Poll(4, "2=c")
        .ShowsAll(LostWrite);

    [Fact]
    public void A_transaction_of_unknown_outcome_of_which_nothing_is_read_may_have_been_aborted() => new Story()
        .Txn(1, "wa@0 wb@1", Outcome.Info).Send(3, "c@2")
        .Poll(2, "2=c")
        .IsClean();

    [Fact]
    public void A_transaction_of_unknown_outcome_is_not_proven_by_those_who_read_what_is_uncommitted() => new Story()
        .Txn(1, "wa@0 wb@1", Outcome.Info).Send(3, "c@2")
        .Poll(2, "0=a", isolation: Isolation.Uncommitted).Poll(4, "2=c")
        .IsClean();

    [Fact]
    public void The_bound_is_the_first_place_of_what_was_read_so_that_a_duplicate_accuses_nobody() => new Story()
        .Send(1, "a@0").Send(1, "b@1")
        .Poll(2, "0=a").Poll(3, "2=a")
        .Shows(Duplicate);

    [Fact]
    public void The_victim_counts_from_its_last_place_so_that_a_duplicate_is_not_lost_too_early()
    {
        // "b" stands at 0 and at 2, and nobody was given it yet; only what stands at 1 was read.
        var story = new Story()
            .Send(1, "b", Outcome.Ok).Send(3, "c", Outcome.Ok)
            .Poll(4, "0=b", Outcome.Info).Poll(5, "2=b", Outcome.Info).Poll(2, "1=c");
        story.Shows(Duplicate);
        story.Send(7, "d@3").Poll(6, "3=d").ShowsAll(LostWrite, Duplicate);
    }

    [Fact]
    public void A_value_without_a_known_offset_is_unseen_when_the_final_read_does_not_show_it() => new Story()
        .Send(1, "a@0").Send(1, "b")
        .FinalRead(9, "0=a end=1")
        .Shows(Unseen);

    [Fact]
    public void The_acknowledged_tail_is_unseen_when_the_final_read_ends_before_it() => new Story()
        .Send(1, "a@0").Send(1, "b@1")
        .FinalRead(9, "0=a end=1")
        .Shows(Unseen);

    [Fact]
    public void Nothing_is_unseen_until_a_final_read_came_to_its_end()
    {
        var story = new Story().Send(1, "a@0").Send(1, "b@1").FinalRead(9, "0=a");
        story.IsClean();
        Assert.Equal(["k-0"], story.Check().Metrics.KeysWithoutFinalRead);
    }

    [Fact]
    public void A_final_read_of_unknown_outcome_proves_nothing() => new Story()
        .Send(1, "a@0").FinalRead(9, "end=0", Outcome.Info)
        .IsClean();

    [Fact]
    public void A_final_read_may_take_several_operations_and_begin_again() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2")
        .FinalRead(9, "0=a").FinalRead(9, "1=b").Assign(9, 0).FinalRead(9, "0=a 1=b").FinalRead(9, "2=c end=3")
        .IsClean();

    [Fact]
    public void What_was_acknowledged_while_the_final_read_went_on_need_not_be_in_it() => new Story()
        .Send(1, "a@0").Send(1, "b@1")
        .Meanwhile().FinalRead(9, "0=a end=1")
        .IsClean();

    [Fact]
    public void What_a_consumer_was_given_and_the_final_read_does_not_show_has_vanished()
    {
        var report = new Story()
            .Send(1, "a@0").Send(1, "b@1").Poll(2, "0=a 1=b")
            .FinalRead(9, "0=a end=1")
            .Shows(Vanished);
        Assert.Equal([2L, 4L], report.Anomalies[0].Operations.Select(o => o.Number));
    }

    [Fact]
    public void Every_final_read_must_show_everything() => new Story()
        .Send(1, "a@0").Send(1, "b@1")
        .FinalRead(8, "0=a 1=b end=2").FinalRead(9, "0=a end=2")
        .Shows(Vanished);

    [Fact]
    public void More_final_reads_than_fit_into_a_word_are_all_judged()
    {
        var story = new Story().Send(1, "a@0").Send(1, "b@1");
        for (var process = 0; process < 130; process++)
            story.FinalRead(100 + process, process is 3 or 129 ? "0=a end=2" : "0=a 1=b end=2");
        story.Shows(Vanished, 2);
    }

    [Fact]
    public void What_a_consumer_of_uncommitted_records_saw_of_an_aborted_transaction_may_vanish() => new Story()
        .Txn(1, "wa", Outcome.Fail).Poll(2, "0=a", isolation: Isolation.Uncommitted)
        .FinalRead(9, "end=1")
        .IsClean();

    [Theory]
    [InlineData(SendAcks.Leader)]
    [InlineData(SendAcks.None)]
    public void Losses_of_weakly_acknowledged_values_are_counted_only(SendAcks acks)
    {
        var story = new Story()
            .Send(1, "a@0", acks: acks).Send(1, "b", acks: acks).Send(3, "c@0")
            .FinalRead(9, "0=c end=1");
        story.IsClean();
        Assert.Equal(2, story.Check().Metrics.WeakLosses);
    }

    [Fact]
    public void Weakly_acknowledged_values_that_are_there_are_no_loss()
    {
        var story = new Story().Send(1, "a@0", acks: SendAcks.Leader).FinalRead(9, "0=a end=1");
        story.IsClean();
        Assert.Equal(0, story.Check().Metrics.WeakLosses);
    }

    [Fact]
    public void A_weak_loss_that_a_reader_passed_over_is_counted_without_a_final_read()
    {
        var story = new Story().Send(1, "a@0", acks: SendAcks.Leader).Send(3, "b@1").Poll(2, "1=b");
        story.IsClean();
        Assert.Equal(1, story.Check().Metrics.WeakLosses);
    }

    [Fact]
    public void Whoever_begins_in_the_middle_has_passed_over_nothing_before() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Assign(2, 1).Poll(2, "1=b")
        .IsClean();

    [Fact]
    public void Whoever_begins_at_an_unknown_place_has_passed_over_nothing_before_its_first_record() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2").Send(1, "d@3")
        .Assign(2).Poll(2, "1=b").Poll(2, "3=d").Poll(3, "0=a", Outcome.Fail)
        .ShowsAll(LostWrite, PollSkip);

    [Fact]
    public void A_poll_of_unknown_outcome_may_have_taken_records_with_it() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2")
        .Assign(2, 0).Poll(2, "0=a").Poll(2, "", Outcome.Info).Poll(2, "2=c")
        .IsClean();

    [Fact]
    public void A_poll_that_failed_has_not_moved() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2")
        .Assign(2, 0).Poll(2, "0=a").Poll(2, "", Outcome.Fail).Poll(2, "2=c")
        .ShowsAll(LostWrite, PollSkip);
}
