using static AkkaReplication.History.AnomalyClass;

namespace AkkaReplication.History.Tests.Checking;

/// <summary>After an unclean election, DeleteRecords or retention some losses are what the user chose; the others are not.
/// </summary>
public sealed class ExcuseTests
{
    private static Story UncleanElection() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2").Poll(2, "0=a 1=b 2=c");

    [Fact]
    public void Offsets_are_used_again_after_an_unclean_election()
    {
        var story = UncleanElection().LostFrom(1)
            .Send(1, "d@1").Send(1, "e@2").Poll(3, "0=a 1=d 2=e").Poll(2, "1=d 2=e")
            .FinalRead(9, "0=a 1=d 2=e end=3");
        story.IsClean();

        var report = story.Check();
        Assert.Equal(["b", "c"], report.Excused.Select(anomaly => anomaly.Value.ToString()));
        Assert.All(report.Excused, anomaly => Assert.Equal(Vanished, anomaly.Class));
        Assert.Equal(2, report.ExcusedCount);
    }

    [Fact]
    public void Without_an_excuse_that_is_everything_that_can_be_wrong() => UncleanElection()
        .Send(1, "d@1").FinalRead(9, "0=a 1=d end=2")
        .ShowsAll(Vanished, Vanished, InconsistentOffsets, AcknowledgedTwice, StaleOffset, NonmonotonicSend);

    [Fact]
    public void What_the_elected_replica_had_must_stay() => UncleanElection().LostFrom(2)
        .Send(1, "d@2").FinalRead(9, "0=a 2=d end=3")
        .ShowsAll(Vanished, InternalPollSkip);

    [Fact]
    public void What_is_written_after_the_election_must_stay() => UncleanElection().LostFrom(1)
        .Send(1, "d@1").Send(1, "e@2").FinalRead(9, "0=a 1=d end=2")
        .Shows(Unseen);

    [Fact]
    public void What_survives_although_it_was_excused_is_no_loss()
    {
        var story = UncleanElection().LostFrom(1).FinalRead(9, "0=a 1=b end=2");
        story.IsClean();
        Assert.Equal(["c"], story.Check().Excused.Select(anomaly => anomaly.Value.ToString()));
    }

    [Fact]
    public void A_send_without_a_known_offset_from_before_the_election_is_excused_one_from_after_it_is_not() => new Story()
        .Send(1, "a").LostFrom(0).Send(1, "b").FinalRead(9, "end=0")
        .Shows(Unseen);

    [Fact]
    public void An_excuse_is_for_its_key_only() => new Story()
        .Send(1, "j-0:a@0").LostFrom(0).FinalRead(9, "j-0:end=0")
        .Shows(Unseen);

    [Fact]
    public void The_caller_can_excuse_what_the_history_does_not()
    {
        var story = new Story().Send(1, "a@0").Send(1, "b@1").FinalRead(9, "0=a end=1");
        story.Shows(Unseen);
        story.IsClean(new HistoryCheckOptions { Excuses = [LossExcuse.From("k-0", 1)] });
        story.Shows(Unseen, options: new HistoryCheckOptions { Excuses = [LossExcuse.From("k-0", 2)] });
        story.Shows(Unseen, options: new HistoryCheckOptions { Excuses = [LossExcuse.From("k-0", 1, atNs: 0)] });
        story.Shows(Unseen, options: new HistoryCheckOptions { Excuses = [LossExcuse.From("other-0", 0)] });
    }

    [Fact]
    public void What_stands_below_the_log_start_may_be_gone_and_skipped()
    {
        var story = new Story().Send(1, "a@0").Send(1, "b@1").Send(1, "c@2").Send(1, "d@3")
            .Assign(2, 0).Poll(2, "0=a").LostBelow(2).Poll(2, "2=c").FinalRead(9, "2=c 3=d end=4");
        story.IsClean();
        Assert.Equal(3, story.Check().ExcusedCount); // "a" vanished; "b" is lost and unseen
    }

    [Fact]
    public void What_stands_above_the_log_start_must_be_there() => new Story()
        .Send(1, "a@0").Send(1, "b@1").Send(1, "c@2").Send(1, "d@3")
        .Assign(2, 0).Poll(2, "0=a").LostBelow(2).Poll(2, "3=d").FinalRead(9, "2=c 3=d end=4")
        .ShowsAll(PollSkip);
}
