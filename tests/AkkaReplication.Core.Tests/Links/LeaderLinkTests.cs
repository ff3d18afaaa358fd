using System.Collections.Immutable;
using AkkaReplication.Core.Tests.Replicas;
using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;
using static AkkaReplication.Core.Tests.Links.LinkTestData;

namespace AkkaReplication.Core.Tests.Links;

public sealed class LeaderLinkTests
{
    private readonly LeaderLink _link = new(OptionsOf(Leader, Follower));
    private readonly EffectList _effects = new();
    private readonly MemoryLog _log = new();
    private long _nowMs = 1000;

    public LeaderLinkTests() => _log.AppendAsFollower(ReplicaUnderTest.Stamped(4, 0, "a", "b", "c"));

    [Fact]
    public void A_position_goes_to_its_replica_and_the_request_is_parked()
    {
        Request(0, Fetch(0, 3));

        Assert.Equal(Fetch(0, 3), _effects.Only<AskReplica>().Fetch);
        Assert.Empty(_effects.All<SendAnswer>());
        Assert.Equal(MaxWaitMs, _effects.Only<StartLinkTimer>().DelayMs);
    }

    [Fact]
    public void Records_that_are_there_answer_the_parked_request_at_once()
    {
        Request(0, Fetch(0, 1));

        Answered(Fetch(0, 1), View(0));

        var read = _effects.Only<ReadForFollower>();
        Assert.Equal(Fetch(0, 1), Assert.Single(read.Reads).Request);
        Assert.Empty(_effects.All<SendAnswer>());
        var found = read.Read(out var failures);
        Assert.Empty(failures);
        Read(found);
        var partition = Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions);
        Assert.Equal(_log.Batches[1].Bytes.Length + _log.Batches[2].Bytes.Length, partition.Records.Length);
        Assert.Equal((2L, 3L), (partition.HighWatermark, partition.LeaderLogEndOffset));
        Assert.Equal(new LeaderEpoch(4), partition.LastFetchedEpoch);
    }

    [Fact]
    public void A_newer_request_completes_the_parked_one_at_once()
    {
        Request(0, Fetch(0, 3)).Request(1);

        var answer = _effects.Only<SendAnswer>().Answer;
        Assert.Equal((0L, ErrorCode.None), (answer.Number, answer.Error));
        Assert.Empty(answer.Partitions);
    }

    [Fact]
    public void A_parked_request_is_answered_when_its_time_is_over()
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));

        Timer(MaxWaitMs - 1);
        Assert.Empty(_effects.All<SendAnswer>());
        Timer(1);

        var answer = _effects.Only<SendAnswer>().Answer;
        Assert.Equal(0, answer.Number);
        Assert.Equal(2, Assert.Single(answer.Partitions).HighWatermark);
        Timer(MaxWaitMs);
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void A_log_start_that_moved_rides_along_once()
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0)).Request(1);
        Available(View(0, logStart: 2));
        Assert.Empty(_effects.All<SendAnswer>());

        Request(2);
        Assert.Equal(2, Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).LeaderLogStartOffset);
        Request(3);
        Assert.Empty(_effects.Only<SendAnswer>().Answer.Partitions);
    }

    [Fact]
    public void A_high_watermark_completes_nothing_but_rides_along_once()
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));
        Available(View(0, highWatermark: 3));
        Assert.Empty(_effects.All<SendAnswer>());

        Request(1);
        Assert.Equal(3, Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).HighWatermark);
        Request(2);
        Assert.Empty(_effects.Only<SendAnswer>().Answer.Partitions);
    }

    [Fact]
    public void New_records_answer_a_request_that_is_parked()
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));
        _log.AppendAsFollower(ReplicaUnderTest.Stamped(5, 3, "d"));

        Available(View(0));

        Assert.Equal(4, Assert.Single(_effects.Only<ReadForFollower>().Reads).View.LogEndOffset);
    }

    [Fact]
    public void A_partition_with_records_outstanding_is_not_read_again_before_its_next_position()
    {
        Request(0, Fetch(0, 1)).Answered(Fetch(0, 1), View(0));
        ReadAll();
        Request(1);
        Available(View(0));
        Assert.Empty(_effects.All<ReadForFollower>());

        Request(2, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));
        _log.AppendAsFollower(ReplicaUnderTest.Stamped(5, 3, "d"));
        Available(View(0));
        Assert.Equal(Fetch(0, 3), Assert.Single(_effects.Only<ReadForFollower>().Reads).Request);
    }

    [Fact]
    public void Without_a_parked_request_news_waits_for_the_next_one()
    {
        Request(0, Fetch(0, 1), Fetch(1, 1)).Answered(Fetch(0, 1), View(0));
        ReadAll();
        Answered(Fetch(1, 1), View(1));
        Assert.Empty(_effects.All<ReadForFollower>());

        Request(1);

        Assert.Equal(1, Assert.Single(_effects.Only<ReadForFollower>().Reads).Request.Partition.Partition);
    }

    [Fact]
    public void An_error_and_a_divergence_are_answered_at_once()
    {
        Request(0, Fetch(0, 3));
        Answered(new FollowerFetchAnswered(Fetch(0, 3), ErrorCode.UnknownLeaderEpoch, null, null));
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).Error);

        Request(1, Fetch(0, 3, lastEpoch: 3));
        var end = new EpochEnd(new LeaderEpoch(2), 1);
        Answered(new FollowerFetchAnswered(Fetch(0, 3, lastEpoch: 3), ErrorCode.None, end, null));
        Assert.Equal(end, Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).Diverging);
    }

    [Fact]
    public void Out_of_range_tells_the_leaders_bounds()
    {
        Request(0, Fetch(0, 9));

        Answered(new FollowerFetchAnswered(Fetch(0, 9), ErrorCode.OffsetOutOfRange, null, View(0)));

        var partition = Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions);
        Assert.Equal((0L, 3L), (partition.LeaderLogStartOffset, partition.LeaderLogEndOffset));
    }

    [Fact]
    public void A_replica_that_is_not_here_is_an_error_of_its_partition_alone()
    {
        Request(0, Fetch(0, 3));

        Turn(fx => _link.OnReplicaUnknown(_nowMs, Partition(0), ErrorCode.NotLeaderOrFollower, fx));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).Error);
    }

    [Theory]
    [InlineData(ReplicaRole.Offline, 5, ErrorCode.KafkaStorageError)]
    [InlineData(ReplicaRole.Idle, 5, ErrorCode.NotLeaderOrFollower)]
    [InlineData(ReplicaRole.Leader, 6, ErrorCode.FencedLeaderEpoch)]
    public void A_lost_leadership_is_told_to_a_waiting_follower(ReplicaRole role, int epoch, ErrorCode error)
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));

        Available(View(0) with { Role = role, LeaderEpoch = new LeaderEpoch(epoch) });

        Assert.Equal(error, Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).Error);
    }

    [Fact]
    public void The_replicas_answer_to_an_earlier_position_is_ignored()
    {
        Request(0, Fetch(0, 1)).Request(1, Fetch(0, 2));

        Answered(Fetch(0, 1), View(0));

        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void A_forgotten_partition_is_answered_no_more()
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 1) with { Forgotten = [Partition(0)] }, fx));

        _log.AppendAsFollower(ReplicaUnderTest.Stamped(5, 3, "d"));
        Available(View(0));

        Assert.Equal(0, _effects.Count);
        Assert.Equal(0, _link.Count);
    }

    [Fact]
    public void A_partition_may_be_forgotten_and_stated_in_one_request()
    {
        Request(0, Fetch(0, 3));

        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 1, Fetch(0, 1)) with { Forgotten = [Partition(0)] }, fx));

        Assert.Equal(1, _link.Count);
    }

    [Fact]
    public void A_repeated_request_is_ignored()
    {
        Request(0, Fetch(0, 1)).Request(0, Fetch(0, 1));

        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void A_gap_in_the_numbers_tells_the_follower_to_restate()
    {
        Request(0, Fetch(0, 3)).Request(2);

        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, _effects.Only<SendAnswer>().Answer.Error);
        Assert.Equal(0, _link.Count);

        // What the follower had sent before it heard, and late copies, mean nothing to the closed session.
        Request(1, Fetch(0, 3)).Request(3);
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void An_unknown_session_is_told_to_restate()
    {
        Request(5, Fetch(0, 3));

        Assert.Equal(ErrorCode.FetchSessionIdNotFound, _effects.Only<SendAnswer>().Answer.Error);
        Assert.Empty(_effects.All<AskReplica>());
    }

    [Fact]
    public void A_newer_session_replaces_the_older_whose_late_copies_change_nothing()
    {
        Request(0, Fetch(0, 1), Fetch(1, 1));
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(8, 0, Fetch(0, 3)), fx));
        Assert.Equal(1, _link.Count);

        Request(0, Fetch(0, 1)).Request(1, Fetch(1, 1));

        Assert.Empty(_effects.All<AskReplica>());
        Assert.Equal(1, _link.Count);
        Answered(Fetch(0, 3), View(0));
        Timer(MaxWaitMs);
        Assert.Equal(8, _effects.Only<SendAnswer>().Answer.SessionId);
    }

    [Fact]
    public void A_message_of_another_cluster_is_refused() =>
        Refused(ErrorCode.InconsistentClusterId, Of(7, 0, Fetch(0, 3)) with { ClusterId = "c2" });

    [Fact]
    public void A_message_of_another_broker_is_refused() =>
        Refused(ErrorCode.ClusterAuthorizationFailed, Of(7, 0) with { From = new BrokerId(2) });

    [Fact]
    public void A_broker_without_a_life_is_refused() =>
        Refused(ErrorCode.ClusterAuthorizationFailed, Of(7, 0) with { FromEpoch = BrokerEpoch.Unknown });

    [Fact]
    public void A_position_in_the_name_of_another_broker_is_refused() =>
        Refused(ErrorCode.ClusterAuthorizationFailed, Of(7, 0, Fetch(0, 3) with { Follower = new BrokerId(2) }));

    [Fact]
    public void A_position_of_another_life_than_its_request_is_refused() => Refused(
        ErrorCode.ClusterAuthorizationFailed, Of(7, 0, Fetch(0, 3) with { FollowerEpoch = new BrokerEpoch(9999) }));

    [Fact]
    public void A_later_life_begins_anew_and_the_earlier_one_is_refused_from_then_on()
    {
        Request(0, Fetch(0, 3));
        var next = new BrokerEpoch(500);

        Turn(fx => _link.OnPeerFetch(
            _nowMs, Of(3, 0, Fetch(0, 2) with { FollowerEpoch = next }) with { FromEpoch = next }, fx));
        Assert.Equal(2, _effects.Only<AskReplica>().Fetch.FetchOffset);

        Request(1, Fetch(0, 3));
        Assert.Equal(ErrorCode.StaleBrokerEpoch, _effects.Only<SendAnswer>().Answer.Error);
    }

    [Fact]
    public void After_an_introduction_only_that_life_is_heard()
    {
        _link.OnIntroduced(new BrokerEpoch(102));

        Refused(ErrorCode.StaleBrokerEpoch, Of(7, 0, Fetch(0, 3)));
    }

    [Fact]
    public void After_the_connection_broke_nothing_is_answered_and_a_session_must_begin()
    {
        Request(0, Fetch(0, 3)).Answered(Fetch(0, 3), View(0));

        _link.OnPeerDown();
        Timer(MaxWaitMs);
        Assert.Equal(0, _effects.Count);
        Request(1);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, _effects.Only<SendAnswer>().Answer.Error);
        Request(0, Fetch(0, 3));
        Assert.Equal(1, _link.Count);
    }

    [Fact]
    public void The_link_speaks_for_all_partitions_that_follow_over_it()
    {
        Request(0, Fetch(1, 3), Fetch(0, 3));
        Timer(MaxWaitMs);
        var sentMs = _nowMs;
        _nowMs += 100;
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 1) with { Acknowledged = 0 }, fx));
        _nowMs += 100;

        Turn(_link.ReportContacts);

        Assert.Equal(
            [
                new(Partition(0), Follower, new LeaderEpoch(5), AtMs: sentMs),
                new(Partition(1), Follower, new LeaderEpoch(5), AtMs: sentMs),
            ],
            _effects.All<ReportFollowerContact>());
    }

    [Fact]
    public void A_request_that_waited_while_the_leader_was_paused_says_nothing_of_the_pause()
    {
        Request(0, Fetch(0, 3));
        Timer(MaxWaitMs);
        var sentMs = _nowMs;
        _nowMs += 60_000;

        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 1) with { Acknowledged = 0 }, fx));
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 2, Fetch(1, 3)) with { Acknowledged = 0 }, fx));

        Turn(_link.ReportContacts);
        Assert.All(_effects.All<ReportFollowerContact>(), contact => Assert.Equal(sentMs, contact.AtMs));
    }

    [Fact]
    public void A_follower_that_has_had_no_answer_yet_is_not_spoken_for()
    {
        Request(0, Fetch(0, 3));

        Turn(_link.ReportContacts);

        Assert.Empty(_effects.All<ReportFollowerContact>());
    }

    [Fact]
    public void A_read_that_hangs_holds_up_nothing_but_its_own_partition()
    {
        Request(0, Fetch(0, 1), Fetch(1, 1)).Answered(Fetch(0, 1), View(0));
        var hangs = _effects.Only<ReadForFollower>();
        Answered(Fetch(1, 1), View(1));
        ReadAll();
        Assert.Equal(Partition(1), Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).Partition);

        Request(1);
        Available(View(0));
        Assert.Empty(_effects.All<ReadForFollower>());
        Timer(MaxWaitMs);
        Assert.Empty(_effects.Only<SendAnswer>().Answer.Partitions);

        // Its time comes, and goes with the request that is parked then.
        Request(2);
        Read(hangs.Read(out _));
        var answer = _effects.Only<SendAnswer>().Answer;
        Assert.Equal((2, Partition(0)), (answer.Number, Assert.Single(answer.Partitions).Partition));
    }

    [Fact]
    public void What_was_read_while_no_request_was_parked_answers_the_next_one()
    {
        Request(0, Fetch(0, 1)).Answered(Fetch(0, 1), View(0));
        var read = _effects.Only<ReadForFollower>();
        Timer(MaxWaitMs);
        Read(read.Read(out _));
        Assert.Equal(0, _effects.Count);

        Request(1);

        Assert.False(Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions).Records.IsEmpty);
    }

    [Fact]
    public void What_was_read_for_a_position_that_was_left_is_dropped()
    {
        Request(0, Fetch(0, 0)).Answered(Fetch(0, 0), View(0));
        var early = _effects.Only<ReadForFollower>();
        Request(1, Fetch(0, 1));
        Read(early.Read(out _));
        Assert.Equal(0, _effects.Count);

        Answered(Fetch(0, 1), View(0));
        var late = _effects.Only<ReadForFollower>();
        Read(early.Read(out _));
        Assert.Equal(0, _effects.Count);
        Read(late.Read(out _));
        Read(late.Read(out _));
        Request(2);
        Assert.Empty(_effects.All<SendAnswer>());

        _link.OnPeerDown();
        Read(late.Read(out _));
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void A_read_without_bytes_left_comes_back_without_records()
    {
        var read = new LinkRead(Fetch(0, 0), View(0), 1);
        var effect = new ReadForFollower([read, read with { Request = Fetch(1, 0) }], MaxBytes: 10);

        var partitions = effect.Read(out _);

        Assert.Equal(_log.Batches[0].Bytes.Length, partitions[0].Records.Length);
        Assert.True(partitions[1].Records.IsEmpty);
        Assert.True(partitions[1].EndsPosition);
    }

    [Fact]
    public void Bytes_read_across_a_truncation_are_not_sent()
    {
        var view = View(0);
        _log.TruncateTo(1);

        var partition = Assert.Single(new ReadForFollower([new(Fetch(0, 0), view, 9999)], 9999).Read(out _));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, partition.Error);
        Assert.True(partition.Records.IsEmpty);
    }

    [Fact]
    public void A_failed_read_is_an_error_of_its_partition_and_reported()
    {
        var view = View(0);
        _log.Break("EIO");

        var partition = Assert.Single(
            new ReadForFollower([new(Fetch(0, 0), view, 9999)], 9999).Read(out var failures));

        Assert.Equal(ErrorCode.KafkaStorageError, partition.Error);
        Assert.Equal(new FailedRead(Partition(0), "EIO"), Assert.Single(failures));
    }

    [Fact]
    public void A_bounded_number_of_partitions_is_read_at_a_time_and_the_others_for_the_next_request()
    {
        var fetches = Enumerable.Range(0, LeaderLink.MaxReads + 3).Select(partition => Fetch(partition, 0)).ToArray();
        Request(0, fetches);
        Timer(MaxWaitMs);
        for (var i = 0; i < fetches.Length; i++)
            Answered(fetches[i], View(i));

        Request(1);
        Assert.Equal(LeaderLink.MaxReads, _effects.Only<ReadForFollower>().Reads.Length);
        ReadAll();
        Assert.Equal(LeaderLink.MaxReads, _effects.Only<SendAnswer>().Answer.Partitions.Length);
        Request(2);
        Assert.Equal(3, _effects.Only<ReadForFollower>().Reads.Length);
    }

    [Fact]
    public void An_answer_holds_no_more_bytes_than_were_asked_for_but_one_batch_at_least()
    {
        Request(0, Fetch(0, 0), Fetch(1, 0));
        Timer(MaxWaitMs);
        Answered(Fetch(0, 0), View(0));
        Answered(Fetch(1, 0), View(1));
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 1) with { MaxBytes = 1 << 20 }, fx));
        var reads = _effects.Only<ReadForFollower>();
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, 2) with { MaxBytes = 1 }, fx));

        Read(reads.Read(out _));
        Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions);
        Request(3);
        Assert.Single(_effects.Only<SendAnswer>().Answer.Partitions);
    }

    private static PeerFetch Of(long session, long number, params FollowerFetch[] positions) => new(
        "c1", Follower, FollowerEpoch, session, number, MaxWaitMs, 1 << 20, [.. positions], []);

    private ReadView View(int partition, long highWatermark = 2, long logStart = 0) => new(
        Partition(partition), ReplicaRole.Leader, Leader, new LeaderEpoch(5), logStart, highWatermark, highWatermark,
        _log.LogEndOffset, 3, long.MaxValue, _log.View());

    private LeaderLinkTests Request(long number, params FollowerFetch[] positions) =>
        Turn(fx => _link.OnPeerFetch(_nowMs, Of(7, number, positions), fx));

    private LeaderLinkTests Answered(FollowerFetch fetch, ReadView view) =>
        Answered(new FollowerFetchAnswered(fetch, ErrorCode.None, null, view));

    private LeaderLinkTests Answered(FollowerFetchAnswered answered) =>
        Turn(fx => _link.OnFetchAnswered(_nowMs, answered, fx));

    private void ReadAll() => Read(_effects.Only<ReadForFollower>().Read(out _));

    private void Read(ImmutableArray<FetchedPartition> found) => Turn(fx => _link.OnRead(found, fx));

    private void Available(ReadView view) => Turn(fx => _link.OnDataAvailable(_nowMs, view, fx));

    private void Timer(long afterMs)
    {
        _nowMs += afterMs;
        Turn(fx => _link.OnTimer(_nowMs, fx));
    }

    private void Refused(ErrorCode error, PeerFetch fetch)
    {
        Turn(fx => _link.OnPeerFetch(_nowMs, fetch, fx));
        Assert.Equal(error, _effects.Only<SendAnswer>().Answer.Error);
        Assert.Empty(_effects.All<AskReplica>());
        Assert.Equal(0, _link.Count);
    }

    private LeaderLinkTests Turn(Action<EffectList> turn)
    {
        _effects.Clear();
        turn(_effects);
        return this;
    }
}
