using static AkkaReplication.History.AnomalyClass;

namespace AkkaReplication.History.Tests.Checking;

public sealed class OrderTests
{
    private static Story Abcd() => new Story().Send(1, "a@0").Send(1, "b@1").Send(1, "c@5").Send(1, "d@6");

    [Fact]
    public void A_poll_that_goes_back() => Abcd().Poll(2, "0=a 1=b").Poll(2, "1=b 5=c").Shows(NonmonotonicPoll);

    [Fact]
    public void Another_process_may_read_again() => Abcd().Poll(2, "0=a 1=b").Poll(3, "0=a 1=b 5=c").IsClean();

    [Fact]
    public void A_poll_that_jumps_over_a_record()
    {
        var report = Abcd().Poll(2, "0=a").Poll(3, "1=b").Poll(2, "5=c").Shows(PollSkip);
        Assert.Equal([5L, 2L, 7L], report.Anomalies[0].Operations.Select(o => o.Number));
    }

    [Fact]
    public void A_poll_may_jump_over_offsets_that_nothing_stands_at() => Abcd().Poll(2, "0=a 1=b").Poll(2, "5=c").IsClean();

    [Fact]
    public void A_poll_of_committed_records_jumps_over_an_aborted_transaction() => new Story()
        .Send(1, "a@0").Txn(3, "wb", Outcome.Fail).Send(1, "c@2")
        .Poll(4, "0=a 1=b 2=c", isolation: Isolation.Uncommitted).Poll(2, "0=a 2=c").Poll(5, "0=a").Poll(5, "2=c")
        .IsClean();

    [Fact]
    public void A_poll_of_everything_does_not_jump_over_an_aborted_transaction() => new Story()
        .Send(1, "a@0").Txn(3, "wb", Outcome.Fail).Send(1, "c@2")
        .Poll(4, "0=a 1=b 2=c", isolation: Isolation.Uncommitted)
        .Poll(2, "0=a 2=c", isolation: Isolation.Uncommitted)
        .Shows(InternalPollSkip);

    [Fact]
    public void After_an_assignment_a_process_reads_from_there() =>
        Abcd().Poll(2, "0=a 1=b").Assign(2, 0).Poll(2, "0=a 1=b 5=c").Assign(2).Poll(2, "0=a").IsClean();

    [Fact]
    public void After_an_assignment_a_process_must_not_skip_what_stands_there() =>
        Abcd().Assign(2, 1).Poll(2, "5=c").Poll(3, "0=a 1=b 5=c").Shows(PollSkip);

    [Fact]
    public void After_an_assignment_a_process_must_not_read_what_stands_before() =>
        Abcd().Assign(2, 3).Poll(2, "1=b").Shows(NonmonotonicPoll);

    [Fact]
    public void An_assignment_that_failed_changes_nothing() =>
        Abcd().Poll(2, "0=a 1=b").Assign(2, 0, Outcome.Fail).Poll(2, "0=a").Shows(NonmonotonicPoll);

    [Fact]
    public void An_assignment_of_unknown_outcome_leaves_the_position_unknown() =>
        Abcd().Poll(2, "0=a 1=b").Assign(2, 0, Outcome.Info).Poll(2, "0=a").IsClean();

    [Fact]
    public void After_a_crash_a_process_may_read_again() => Abcd().Poll(2, "0=a 1=b").Crash(2).Poll(2, "1=b 5=c").IsClean();

    [Fact]
    public void After_a_poll_of_unknown_outcome_the_position_is_unknown() =>
        Abcd().Poll(3, "0=a 1=b 5=c 6=d").Poll(2, "0=a").Poll(2, "", Outcome.Info).Poll(2, "5=c").IsClean();

    [Fact]
    public void After_an_aborted_transaction_the_position_is_unknown() =>
        Abcd().Txn(2, "r0=a r1=b", Outcome.Fail).Txn(2, "r0=a r1=b").IsClean();

    [Fact]
    public void A_rebalanced_key_is_not_judged() =>
        Abcd().Poll(2, "0=a 1=b").Poll(2, "1=b 0=a rebalanced").Poll(2, "1=b 5=c").IsClean();

    [Fact]
    public void Only_the_rebalanced_key_is_not_judged() =>
        Abcd().Poll(2, "0=a 1=b").Poll(2, "1=b j-0:rebalanced").Shows(NonmonotonicPoll);

    [Fact]
    public void A_subscribed_process_may_go_back_or_ahead_and_that_is_counted()
    {
        var story = Abcd().Subscribe(2).Poll(3, "0=a 1=b 5=c 6=d").Poll(2, "0=a 1=b").Poll(2, "1=b").Poll(2, "6=d");
        story.IsClean();
        var metrics = story.Check().Metrics;
        Assert.Equal((1, 1), (metrics.SubscribedNonmonotonicPolls, metrics.SubscribedPollSkips));
        Assert.Equal((1, 2), (metrics.ConsumedAgain, metrics.MaxConsumeCount));
    }

    [Fact]
    public void Within_one_poll_a_subscribed_process_reads_forward_too() =>
        Abcd().Subscribe(2).Poll(2, "1=b 0=a").Shows(InternalNonmonotonicPoll);

    [Fact]
    public void Whoever_assigns_itself_keys_is_no_longer_subscribed() =>
        Abcd().Subscribe(2).Assign(2, 0).Poll(2, "0=a 1=b").Poll(2, "1=b").Shows(NonmonotonicPoll);

    [Fact]
    public void One_poll_that_goes_back() => Abcd().Poll(2, "0=a 5=c 1=b").Poll(3, "0=a 1=b 5=c")
        .ShowsAll(InternalNonmonotonicPoll, InternalPollSkip);

    [Fact]
    public void One_poll_that_shows_a_record_twice() => Abcd().Poll(2, "0=a 0=a 1=b").Shows(InternalNonmonotonicPoll);

    [Fact]
    public void One_poll_that_jumps_over_a_record() =>
        Abcd().Poll(3, "0=a 1=b 5=c").Poll(2, "0=a 5=c").Shows(InternalPollSkip);

    [Fact]
    public void One_poll_of_several_keys() =>
        new Story().Send(1, "a@0").Send(1, "j-0:b@0").Send(1, "c@1").Poll(2, "0=a j-0:0=b 1=c").IsClean();

    [Fact]
    public void A_value_that_stands_before_an_earlier_one_of_its_process()
    {
        var story = new Story().Send(1, "a@3").Meanwhile().Send(1, "b@1").Meanwhile().Send(2, "c@2");
        story.Shows(NonmonotonicSend);
        var options = new HistoryCheckOptions { IsIdempotent = false };
        story.IsClean(options);
        Assert.Equal(1, story.Check(options).Metrics.RetryReorderings);
    }

    [Fact]
    public void Values_of_several_processes_stand_in_any_order() =>
        new Story().Send(1, "a@3").Meanwhile().Send(2, "b@1").IsClean();

    [Fact]
    public void A_value_of_unknown_outcome_stands_where_it_is_read() =>
        new Story().Send(1, "a", Outcome.Info).Send(1, "b@4").Poll(2, "4=b 7=a").Shows(NonmonotonicSend);

    [Fact]
    public void A_send_of_unknown_outcome_that_nobody_saw_stands_nowhere() =>
        new Story().Send(1, "a@9", Outcome.Info).Send(1, "b@4").IsClean();

    [Fact]
    public void After_a_crash_an_old_send_may_come_late() =>
        new Story().Send(1, "a", Outcome.Info).Crash(1).Send(1, "b@4").Poll(2, "4=b 7=a").IsClean();

    [Fact]
    public void Weakly_acknowledged_sends_may_be_reordered_by_retries()
    {
        var story = new Story().Send(1, "a", acks: SendAcks.Leader).Send(1, "b@4").Poll(2, "4=b 7=a");
        story.IsClean();
        Assert.Equal(1, story.Check().Metrics.RetryReorderings);
    }

    [Fact]
    public void The_values_of_one_transaction_stand_in_order() =>
        new Story().Txn(1, "wa@4 wb@3").Shows(InternalNonmonotonicSend);

    [Fact]
    public void The_values_of_one_transaction_need_not_be_adjacent()
    {
        var story = new Story().Txn(1, "wa@3 wb@5").Meanwhile().Send(2, "c@4");
        story.IsClean();
        Assert.Equal(1, story.Check().Metrics.InternalSendSkips);
    }

    [Fact]
    public void An_acknowledged_offset_is_greater_than_what_was_known_before_the_send()
    {
        var report = new Story().Send(1, "a@5").Send(2, "b@3").Shows(StaleOffset);
        Assert.Equal([1L, 2L], report.Anomalies[0].Operations.Select(o => o.Number));
    }

    [Fact]
    public void An_offset_that_was_read_is_known_too() =>
        new Story().Send(1, "a", Outcome.Info).Poll(3, "5=a").Send(2, "b@3").Poll(4, "3=b").Shows(StaleOffset);

    [Fact]
    public void Concurrent_sends_take_any_order() => new Story().Send(1, "a@5").Meanwhile().Send(2, "b@3").IsClean();

    [Fact]
    public void What_is_read_of_a_send_without_an_answer_stands_above_what_was_known_before() =>
        new Story().Send(1, "a@5").Send(2, "b", Outcome.Info).Poll(3, "3=b").Shows(StaleOffset);

    [Fact]
    public void A_weak_acknowledgement_is_neither_held_to_what_was_known_nor_makes_it_known() =>
        new Story().Send(1, "a@5").Send(2, "b@3", acks: SendAcks.Leader).Send(4, "c@9", acks: SendAcks.Leader).Send(5, "d@7")
            .IsClean();

    [Fact]
    public void A_value_read_before_it_was_sent() => new Story().Poll(2, "0=a").Send(1, "a@0").Shows(StaleOffset);

    [Fact]
    public void Lag_is_the_time_since_the_next_record_was_known_to_exist()
    {
        // "b" was acknowledged 2 us after the beginning. The third poll, at 4 us, still saw only "a".
        var metrics = new Story()
            .Send(1, "a@0").Send(1, "b@1").Poll(2, "0=a").Poll(2, "1=b").Poll(3, "0=a").Poll(2, "hw=2")
            .Check().Metrics;
        Assert.Equal(5, metrics.WorstLaggard?.Number);
        Assert.Equal(TimeSpan.FromTicks(20), metrics.WorstRealtimeLag);
    }

    [Fact]
    public void Nobody_lags_behind_what_was_not_assigned()
    {
        var metrics = new Story().Send(1, "a@0").Send(1, "b@1").Assign(2, 0).Poll(2, "0=a").Check().Metrics;
        Assert.Equal(4, metrics.WorstLaggard?.Number);
        Assert.Null(new Story().Send(1, "a@0").Poll(2, "0=a").Poll(2, "hw=1").Check().Metrics.WorstLaggard);
    }
}
