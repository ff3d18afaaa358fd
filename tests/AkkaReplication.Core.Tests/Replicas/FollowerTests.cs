using AkkaReplication.Logs;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>Replication rules 5.2, 5.4-5.8 and scenarios 44-48.</summary>
public sealed class FollowerTests
{
    [Fact]
    public void Records_are_appended_as_they_come_and_the_high_watermark_covers_only_what_is_here()
    {
        var follower = new ReplicaUnderTest().Following();

        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a", "b"), highWatermark: 9, leaderEnd: 10);

        Assert.Equal(2, follower.Replica.LogEndOffset);
        Assert.Equal(2, follower.Replica.HighWatermark);
        Assert.Equal(
            new FetchFrom(new BrokerId(1), new LeaderEpoch(5), 2, new LeaderEpoch(5), 0), follower.Only<FetchFrom>());
    }

    [Fact]
    public void A_mere_high_watermark_needs_no_new_position()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 3).Following();

        follower.Fetched(highWatermark: 2, leaderEnd: 3);

        Assert.Equal(2, follower.Replica.HighWatermark);
        Assert.Equal(2, follower.Replica.View.HighWatermark);
        follower.No<FetchFrom>();
        Assert.NotNull(follower.Replica.Position);
    }

    [Fact]
    public void An_answer_that_had_no_room_for_the_records_is_asked_for_again()
    {
        var follower = new ReplicaUnderTest().Following();

        follower.Fetched(highWatermark: 0, leaderEnd: 5);

        Assert.Equal(0, follower.Only<FetchFrom>().FetchOffset);
    }

    [Fact]
    public void Another_leader_may_move_a_followers_high_watermark_backwards()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 3).WithHighWatermark(3).Following();

        follower.Fetched(highWatermark: 1, leaderEnd: 3);

        Assert.Equal(1, follower.Replica.HighWatermark);
    }

    [Fact]
    public void An_answer_that_was_overtaken_does_not_move_the_high_watermark_backwards()
    {
        // Nobody tells an idle partition's follower again what it was told.
        var follower = new ReplicaUnderTest().WithRecords(5, 3).Following();

        follower.Fetched(highWatermark: 3, leaderEnd: 3);
        follower.Fetched(highWatermark: 1, leaderEnd: 3);

        Assert.Equal(3, follower.Replica.HighWatermark);
    }

    [Fact]
    public void The_log_start_follows_the_leaders_but_never_passes_the_high_watermark()
    {
        var follower = new ReplicaUnderTest().WithRecords(5, 6).Following();

        follower.Fetched(highWatermark: 4, leaderStart: 3, leaderEnd: 6);
        Assert.Equal(3, follower.Log.LogStartOffset);
        follower.Fetched(highWatermark: 4, leaderStart: 5, leaderEnd: 6);
        Assert.Equal(4, follower.Log.LogStartOffset);
    }

    [Fact]
    public void A_diverging_answer_truncates_and_does_nothing_else()
    {
        // KAFKA-14704: its high watermark covers what is about to go.
        var follower = new ReplicaUnderTest().WithRecords(3, 4).WithRecords(4, 4).WithHighWatermark(2).Following();

        follower.Fetched(
            diverging: new EpochEnd(new LeaderEpoch(3), 4), highWatermark: 8, leaderStart: 1, leaderEnd: 20);

        Assert.Equal(4, follower.Replica.LogEndOffset);
        Assert.Equal(2, follower.Replica.HighWatermark);
        Assert.Equal(0, follower.Log.LogStartOffset);
        Assert.Equal(new LeaderEpoch(3), follower.Only<FetchFrom>().LastFetchedEpoch);
        Assert.Equal(4, follower.Only<FetchFrom>().FetchOffset);
        Assert.Equal(8, follower.Observed<LogTruncated>().FromOffset);
    }

    [Fact]
    public void Truncation_below_the_high_watermark_is_seen_with_the_one_before()
    {
        // KAFKA-19474. Legal only after an unclean election.
        var follower = new ReplicaUnderTest().WithRecords(3, 4).WithRecords(4, 4).WithHighWatermark(7).Following();

        follower.Fetched(diverging: new EpochEnd(new LeaderEpoch(3), 2));

        Assert.Equal(7, follower.Observed<LogTruncated>().HighWatermarkBefore);
        Assert.Equal(2, follower.Replica.HighWatermark);
        Assert.Equal(2, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void A_follower_that_lacks_the_leaders_epoch_goes_back_epoch_by_epoch()
    {
        // KIP-279: here 1@0 2@2 4@4, the leader has 1@0 3@3 5@6.
        var follower = new ReplicaUnderTest().WithRecords(1, 2).WithRecords(2, 2).WithRecords(4, 2).Following();

        follower.Fetched(diverging: new EpochEnd(new LeaderEpoch(3), 6));
        Assert.Equal(new LeaderEpoch(2), follower.Only<FetchFrom>().LastFetchedEpoch);
        Assert.Equal(4, follower.Only<FetchFrom>().FetchOffset);

        follower.Fetched(diverging: new EpochEnd(new LeaderEpoch(1), 3));
        Assert.Equal(new LeaderEpoch(1), follower.Only<FetchFrom>().LastFetchedEpoch);
        Assert.Equal(2, follower.Only<FetchFrom>().FetchOffset);
    }

    [Fact]
    public void A_divergence_without_an_epoch_in_common_truncates_to_its_offset()
    {
        var follower = new ReplicaUnderTest().WithRecords(3, 4).Following();

        follower.Fetched(diverging: new EpochEnd(new LeaderEpoch(9), 1));

        Assert.Equal(1, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void An_epoch_entry_without_records_goes_though_no_record_is_cut()
    {
        // KAFKA-10706: led epoch 6 without writing, then follows one that never heard of it.
        var replica = new ReplicaUnderTest().WithRecords(4, 3).Leading(epoch: 6);
        replica.Update(r => r with { Leader = new BrokerId(1), LeaderEpoch = new LeaderEpoch(7) });
        Assert.Equal(new LeaderEpoch(6), replica.Only<FetchFrom>().LastFetchedEpoch);

        replica.Fetched(diverging: new EpochEnd(new LeaderEpoch(4), 5));

        Assert.Equal(3, replica.Replica.LogEndOffset);
        Assert.Equal(new LeaderEpoch(4), replica.Only<FetchFrom>().LastFetchedEpoch);
        replica.No<Observe>();
    }

    [Fact]
    public void A_late_copy_of_a_divergence_does_not_cut_what_was_fetched_since()
    {
        var follower = new ReplicaUnderTest().WithRecords(3, 4).WithRecords(4, 4).Following();
        var first = follower.Replica.Position!;
        var diverging = new EpochEnd(new LeaderEpoch(3), 4);
        follower.Fetched(diverging: diverging);
        follower.Fetched(ReplicaUnderTest.Stamped(5, 4, "a", "b", "c", "d"), leaderEnd: 8);
        Assert.Equal(first.FetchOffset, follower.Replica.Position!.FetchOffset);

        follower.Fetched(diverging: diverging, to: first);

        Assert.Equal(8, follower.Replica.LogEndOffset);
        Assert.Empty(follower.Effects.AsReadOnly());
    }

    [Fact]
    public void An_answer_to_an_earlier_position_or_epoch_is_ignored()
    {
        var follower = new ReplicaUnderTest().Following(epoch: 5);
        var position = follower.Replica.Position!;
        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a"), leaderEnd: 1);

        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a"), leaderEnd: 1, to: position);
        Assert.Empty(follower.Effects.AsReadOnly());

        position = follower.Replica.Position!;
        follower.Update(r => r with { LeaderEpoch = new LeaderEpoch(6) });
        follower.Fetched(ReplicaUnderTest.Stamped(5, 1, "b"), leaderEnd: 2, to: position);
        Assert.Empty(follower.Effects.AsReadOnly());
        Assert.Equal(1, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void A_log_that_is_longer_than_the_leaders_is_cut_to_it()
    {
        var follower = new ReplicaUnderTest().WithRecords(4, 6).Following();

        follower.Fetched(error: ErrorCode.OffsetOutOfRange, leaderStart: 0, leaderEnd: 4);

        Assert.Equal(4, follower.Replica.LogEndOffset);
        Assert.Equal(4, follower.Only<FetchFrom>().FetchOffset);
    }

    [Fact]
    public void A_log_that_ends_before_the_leaders_start_begins_anew_there()
    {
        // KAFKA-9491: the high watermark moves, too.
        var follower = new ReplicaUnderTest().WithRecords(4, 6).WithHighWatermark(5).Following();

        follower.Fetched(error: ErrorCode.OffsetOutOfRange, leaderStart: 100, leaderEnd: 120);

        Assert.Equal(100, follower.Log.LogStartOffset);
        Assert.Equal(100, follower.Replica.LogEndOffset);
        Assert.Equal(100, follower.Replica.HighWatermark);
        Assert.Empty(follower.Log.Epochs.Entries);
        Assert.Equal(0, follower.Log.Producers.Count);
        Assert.Equal(
            new FetchFrom(new BrokerId(1), new LeaderEpoch(5), 100, LeaderEpoch.None, 100), follower.Only<FetchFrom>());
    }

    [Fact]
    public void Out_of_range_that_no_bound_explains_is_asked_again_later()
    {
        var follower = new ReplicaUnderTest().WithRecords(4, 6).Following();

        follower.Fetched(error: ErrorCode.OffsetOutOfRange, leaderStart: 0, leaderEnd: 10);

        Assert.Equal(6, follower.Only<FetchFromAfter>().Position.FetchOffset);
        Assert.Equal(6, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void An_empty_log_that_starts_amid_a_batch_takes_that_batch_whole()
    {
        var follower = new ReplicaUnderTest(log: new MemoryLog(startOffset: 102)).Following();
        var batch = ReplicaUnderTest.Batch("a", "b", "c", "d");
        AkkaReplication.Records.BatchHeader.Stamp(batch, 100, new LeaderEpoch(5));

        follower.Fetched(batch, highWatermark: 104, leaderStart: 102, leaderEnd: 104);

        Assert.Equal(104, follower.Replica.LogEndOffset);
        Assert.Equal(102, follower.Log.LogStartOffset);
        Assert.Equal(104, follower.Replica.HighWatermark);
    }

    [Fact]
    public void Fenced_under_the_present_epoch_stops_fetching_until_a_new_one()
    {
        var follower = new ReplicaUnderTest().Following();

        follower.Fetched(error: ErrorCode.FencedLeaderEpoch);

        follower.Only<StopFetching>();
        Assert.Null(follower.Replica.Position);
        Assert.Equal(ReplicaRole.Follower, follower.Replica.Role);
        follower.Update(r => r with { LeaderEpoch = new LeaderEpoch(6) });
        Assert.Equal(new LeaderEpoch(6), follower.Only<FetchFrom>().LeaderEpoch);
    }

    [Theory]
    [InlineData(ErrorCode.UnknownLeaderEpoch)]
    [InlineData(ErrorCode.NotLeaderOrFollower)]
    [InlineData(ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ErrorCode.KafkaStorageError)]
    public void Other_errors_are_retried_soon_at_first_and_then_at_the_configured_pace(ErrorCode error)
    {
        var follower = new ReplicaUnderTest().Following();
        var delays = new List<long>();
        for (var i = 0; i < 8; i++)
        {
            follower.Fetched(error: error);
            delays.Add(follower.Only<FetchFromAfter>().DelayMs);
        }

        Assert.Equal([20, 40, 80, 160, 320, 640, 1000, 1000], delays);
        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a"), leaderEnd: 1).Fetched(error: error);
        Assert.Equal(20, follower.Only<FetchFromAfter>().DelayMs);
    }

    [Fact]
    public void Corrupt_records_are_fetched_again_and_nothing_is_appended()
    {
        var follower = new ReplicaUnderTest().Following();
        var records = ReplicaUnderTest.Stamped(5, 0, "a", "b");
        records[^1] ^= 1;

        follower.Fetched(records, highWatermark: 2, leaderEnd: 2);

        Assert.Equal(0, follower.Replica.LogEndOffset);
        Assert.Equal(0, follower.Only<FetchFromAfter>().Position.FetchOffset);
        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a", "b"), highWatermark: 2, leaderEnd: 2);
        Assert.Equal(2, follower.Replica.LogEndOffset);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(61)]
    public void Bytes_that_are_no_batch_are_fetched_again(int length)
    {
        var follower = new ReplicaUnderTest().Following();

        follower.Fetched(new byte[length], leaderEnd: 2);

        follower.Only<FetchFromAfter>();
        Assert.Equal(0, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void Records_of_a_later_epoch_than_the_leaders_are_not_appended()
    {
        var follower = new ReplicaUnderTest().Following(epoch: 5);

        follower.Fetched(ReplicaUnderTest.Stamped(6, 0, "a"), leaderEnd: 1);

        follower.Only<FetchFromAfter>();
        Assert.Equal(0, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void A_failed_append_takes_only_this_replica_offline()
    {
        var follower = new ReplicaUnderTest().Following();
        follower.Log.Break("EIO");

        follower.Fetched(ReplicaUnderTest.Stamped(5, 0, "a"), leaderEnd: 1);

        Assert.Equal(ReplicaRole.Offline, follower.Replica.Role);
        follower.Only<StopFetching>();
        follower.Only<ReplicaFailed>();
    }

    [Fact]
    public void Offsets_that_do_not_fit_take_the_replica_offline()
    {
        var follower = new ReplicaUnderTest().WithRecords(4, 3).Following();

        follower.Fetched(ReplicaUnderTest.Stamped(5, 1, "a"), leaderEnd: 4);

        Assert.Equal(ReplicaRole.Offline, follower.Replica.Role);
    }

    [Fact]
    public void A_log_without_epochs_is_cut_to_the_high_watermark_before_it_fetches()
    {
        var log = new MemoryLog();
        log.AppendAsFollower(ReplicaUnderTest.Stamped(4, 0, "a", "b", "c"));
        log.Epochs.Clear();

        var follower = new ReplicaUnderTest(log: log, highWatermark: 1).Following();

        Assert.Equal(1, follower.Only<FetchFrom>().FetchOffset);
        Assert.Equal(1, follower.Replica.LogEndOffset);
    }

    [Fact]
    public void After_an_unclean_election_the_split_is_found_by_epoch_though_the_leader_has_passed_the_offset()
    {
        // Scenario 44, with both ends: broker 0 returns with 4@0..5, the leader wrote 4@0..3 and then 5@3..9.
        var leader = new ReplicaUnderTest().WithRecords(4, 3).Leading(epoch: 5);
        for (var i = 0; i < 6; i++)
            leader.Produce(acks: 1);
        var follower = new ReplicaUnderTest().WithRecords(4, 6).Following(epoch: 5);

        var asked = follower.Replica.Position!;
        var answer = leader.Fetch(1, asked.FetchOffset, asked.LastFetchedEpoch.Value);
        Assert.Equal(new EpochEnd(new LeaderEpoch(4), 3), answer.Diverging);
        follower.Fetched(diverging: answer.Diverging);

        Assert.Equal(3, follower.Replica.LogEndOffset);
    }
}
