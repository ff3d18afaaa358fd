using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Replicas;
using static AkkaReplication.Core.Tests.Links.LinkTestData;

namespace AkkaReplication.Core.Tests.Links;

public sealed class FollowerLinkTests
{
    private readonly FollowerLink _link = new(OptionsOf(Follower, Leader), () => 7);
    private readonly EffectList _effects = new();
    private readonly List<PeerFetch> _sent = [];
    private readonly List<FetchedPartition> _delivered = [];
    private long _nowMs = 1000;
    private long _timerMs = long.MaxValue;

    [Fact]
    public void A_position_is_sent_at_once_with_all_that_tells_who_asks()
    {
        Up().Position(0, offset: 3);

        var fetch = Assert.Single(_sent);
        Assert.Equal(("c1", Follower, FollowerEpoch, 0L), (fetch.ClusterId, fetch.From, fetch.FromEpoch, fetch.Number));
        Assert.Equal(Fetch(0, 3), Assert.Single(fetch.Positions));
        Assert.Empty(fetch.Forgotten);
    }

    [Fact]
    public void Nothing_is_sent_before_the_peer_is_up_and_this_broker_registered()
    {
        Position(0, 3);
        Turn(fx => _link.OnPeerUp(_nowMs, fx));
        Assert.Empty(_sent);

        Turn(fx => _link.OnIdentity(_nowMs, FollowerEpoch, fx));

        Assert.Equal(Fetch(0, 3), Assert.Single(Assert.Single(_sent).Positions));
    }

    [Fact]
    public void Positions_beyond_the_requests_in_flight_wait_and_travel_together()
    {
        Up();
        for (var partition = 0; partition < 10; partition++)
            Position(partition, offset: partition);
        Assert.Equal(FollowerLink.MaxInFlight, _sent.Count);

        Answer(_sent[0]);

        Assert.Equal(FollowerLink.MaxInFlight + 1, _sent.Count);
        Assert.Equal(Enumerable.Range(4, 6), _sent[^1].Positions.Select(p => p.Partition.Partition));
        Assert.Equal([0, 1, 2, 3, 4], _sent.Select(fetch => fetch.Number));
    }

    [Fact]
    public void An_answer_is_handed_on_and_the_next_request_keeps_the_leader_company()
    {
        Up().Position(0, 3);

        Answer(_sent[0], Records(0, 3));

        Assert.Equal(Partition(0), Assert.Single(_delivered).Partition);
        Assert.Equal(2, _sent.Count);
        Assert.Empty(_sent[1].Positions);
    }

    [Fact]
    public void A_repeated_answer_is_handed_on_once()
    {
        Up().Position(0, 3).Answer(_sent[0], Records(0, 3)).Answer(_sent[0], Records(0, 3));

        Assert.Single(_delivered);
    }

    [Fact]
    public void An_answer_to_a_position_that_was_left_is_dropped()
    {
        Up().Position(0, 3).Position(0, 5);

        Answer(_sent[0], Records(0, 3));
        Answer(_sent[1], Records(0, 5, lastEpoch: 3), Records(0, 5, epoch: 6));

        Assert.Empty(_delivered);
    }

    [Fact]
    public void Answers_in_any_order_are_handed_on()
    {
        Up().Position(0, 3).Position(1, 4);

        Answer(_sent[1], Records(1, 4)).Answer(_sent[0], Records(0, 3));

        Assert.Equal([1, 0], _delivered.Select(fetched => fetched.Partition.Partition));
    }

    [Fact]
    public void A_request_says_which_answer_has_come()
    {
        Up().Position(0, 3);
        var first = _sent[0];
        Assert.Equal(-1, first.Acknowledged);

        Answer(first, Records(0, 3)).Position(0, 4);

        Assert.Equal(first.Number, _sent[^1].Acknowledged);
    }

    [Fact]
    public void An_answer_of_another_broker_or_session_is_ignored()
    {
        Up().Position(0, 3);

        Answer(_sent[0] with { SessionId = _sent[0].SessionId - 1 }, Records(0, 3));
        var foreign = new PeerFetchAnswer(
            new BrokerId(9), default, _sent[0].SessionId, 0, ErrorCode.None, [Records(0, 3)]);
        Turn(fx => _link.OnAnswer(_nowMs, foreign, fx));

        Assert.Empty(_delivered);
    }

    [Fact]
    public void A_lost_answer_restates_every_position_in_a_greater_session()
    {
        Up().Position(0, 3).Position(1, 4);
        _sent.Clear();

        Advance(2 * MaxWaitMs - 1);
        Assert.Empty(_sent);
        Advance(1);

        var fetch = Assert.Single(_sent);
        Assert.True(fetch.SessionId > 7);
        Assert.Equal(0, fetch.Number);
        Assert.Equal<FollowerFetch>([Fetch(0, 3), Fetch(1, 4)], fetch.Positions);
    }

    [Fact]
    public void What_the_replica_is_about_to_replace_is_not_restated()
    {
        Up().Position(0, 3).Position(1, 4).Answer(_sent[0], Records(0, 3));
        _sent.Clear();

        Advance(2 * MaxWaitMs);
        Assert.Equal<FollowerFetch>([Fetch(1, 4)], _sent[0].Positions);

        Position(0, 8);
        Assert.Equal<FollowerFetch>([Fetch(0, 8)], _sent[^1].Positions);
    }

    [Fact]
    public void A_mere_high_watermark_leaves_the_position_stated()
    {
        Up().Position(0, 3).Answer(_sent[0], Records(0, 3) with { Records = default, LeaderLogEndOffset = 3 });
        Assert.Single(_delivered);
        _sent.Clear();

        Advance(2 * MaxWaitMs);

        Assert.Equal<FollowerFetch>([Fetch(0, 3)], _sent[0].Positions);
    }

    [Fact]
    public void Losses_in_a_row_are_waited_for_longer_and_longer()
    {
        Up().Position(0, 3);
        _sent.Clear();

        Advance(MaxWaitMs * 2);
        Advance(MaxWaitMs * 4 - 1);
        Assert.Single(_sent);
        Advance(1);
        Assert.Equal(2, _sent.Count);

        Answer(_sent[^1]);
        _sent.Clear();
        Advance(MaxWaitMs * 2);
        Assert.Single(_sent);
    }

    [Theory]
    [InlineData(ErrorCode.FetchSessionIdNotFound)]
    [InlineData(ErrorCode.InvalidFetchSessionEpoch)]
    public void A_lost_thread_is_restated_at_once_but_not_over_and_over(ErrorCode error)
    {
        Up().Position(0, 3);

        Fail(_sent[^1], error);
        Assert.Equal(2, _sent.Count);
        Assert.Equal<FollowerFetch>([Fetch(0, 3)], _sent[^1].Positions);
        Fail(_sent[^1], error);
        Assert.Equal(2, _sent.Count);
        Advance(MaxWaitMs);
        Assert.Equal(3, _sent.Count);
    }

    [Fact]
    public void A_leader_that_refuses_is_asked_again_only_after_a_pause()
    {
        Up().Position(0, 3);

        Fail(_sent[^1], ErrorCode.InconsistentClusterId);

        Assert.Single(_sent);
        Advance(MaxWaitMs);
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public void A_reconnection_restates_everything()
    {
        Up().Position(0, 3).Position(1, 4);
        Turn(fx => _link.OnPeerDown(_nowMs, fx));
        _sent.Clear();
        Position(2, 5);
        Advance(10 * MaxWaitMs);
        Assert.Empty(_sent);

        Turn(fx => _link.OnPeerUp(_nowMs, fx));

        Assert.Equal([0, 1, 2], _sent.SelectMany(fetch => fetch.Positions).Select(p => p.Partition.Partition).Order());
        Assert.Equal(0, _sent[0].Number);
    }

    [Fact]
    public void A_new_life_restates_everything_under_its_epoch()
    {
        Up().Position(0, 3);

        Turn(fx => _link.OnIdentity(_nowMs, new BrokerEpoch(500), fx));

        Assert.Equal(new BrokerEpoch(500), _sent[^1].FromEpoch);
        Assert.Equal(new BrokerEpoch(500), Assert.Single(_sent[^1].Positions).FollowerEpoch);
        Assert.True(_sent[^1].SessionId > _sent[0].SessionId);
    }

    [Fact]
    public void A_delayed_position_is_sent_when_its_time_comes()
    {
        Up();
        Turn(fx => _link.OnPositionAfter(_nowMs, Partition(0), new FetchFromAfter(LinkTestData.Position(3), 200), fx));
        Assert.Empty(_sent);

        Advance(199);
        Assert.Empty(_sent);
        Advance(1);
        Assert.Equal<FollowerFetch>([Fetch(0, 3)], _sent[0].Positions);
    }

    [Fact]
    public void A_later_word_replaces_a_delayed_position()
    {
        Up();
        Turn(fx => _link.OnPositionAfter(_nowMs, Partition(0), new FetchFromAfter(LinkTestData.Position(3), 200), fx));
        Turn(fx => _link.OnPositionAfter(_nowMs, Partition(1), new FetchFromAfter(LinkTestData.Position(3), 200), fx));
        Position(0, 9);
        Turn(fx => _link.OnStop(_nowMs, Partition(1), fx));
        _sent.Clear();

        Advance(200);

        Assert.DoesNotContain(_sent, fetch => !fetch.Positions.IsEmpty);
    }

    [Fact]
    public void A_stopped_partition_is_forgotten_by_the_leader_too()
    {
        Up().Position(0, 3).Position(1, 4);
        _sent.Clear();

        Turn(fx => _link.OnStop(_nowMs, Partition(0), fx));

        Assert.Equal<TopicIdPartition>([Partition(0)], Assert.Single(_sent).Forgotten);
        Assert.Equal(1, _link.Count);
        Answer(_sent[0], Records(0, 3));
        Assert.Empty(_delivered);
    }

    [Fact]
    public void A_partition_that_was_never_stated_needs_no_forgetting()
    {
        Up();
        Turn(fx => _link.OnPositionAfter(_nowMs, Partition(0), new FetchFromAfter(LinkTestData.Position(3), 200), fx));

        Turn(fx => _link.OnStop(_nowMs, Partition(0), fx));

        Assert.Empty(_sent);
    }

    [Fact]
    public void A_link_without_partitions_is_silent()
    {
        Up().Position(0, 3);
        Turn(fx => _link.OnStop(_nowMs, Partition(0), fx));
        foreach (var fetch in _sent.ToList())
            Answer(fetch);
        _sent.Clear();

        Advance(100 * MaxWaitMs);

        Assert.Empty(_sent);
    }

    [Fact]
    public void Many_positions_are_split_over_requests()
    {
        for (var partition = 0; partition < FollowerLink.MaxPositions + 5; partition++)
            Position(partition, 0);

        Up();

        Assert.Equal([FollowerLink.MaxPositions, 5], _sent.Select(fetch => fetch.Positions.Length));
        Assert.Equal([0, 1], _sent.Select(fetch => fetch.Number));
    }

    [Fact]
    public void Thousands_of_idle_partitions_cost_one_exchange_per_wait_and_their_loss_is_noticed_as_soon_as_one_s()
    {
        const int partitions = 5_000;
        for (var partition = 0; partition < partitions; partition++)
            Position(partition, 3);
        Up();
        while (_sent.Sum(fetch => fetch.Positions.Length) < partitions)
            Answer(_sent[^1]);
        foreach (var fetch in _sent.ToList())
            Answer(fetch);

        // One request waits with the leader; each answer to it brings the next, in which nobody is named.
        _sent.RemoveRange(0, _sent.Count - 1);
        for (var exchange = 1; exchange <= 20; exchange++)
        {
            Advance(MaxWaitMs);
            Answer(_sent[^1]);
            Assert.Equal(exchange + 1, _sent.Count);
            Assert.Empty(_sent[^1].Positions);
        }

        // The answer to the last one is lost.
        _sent.Clear();
        Advance(2 * MaxWaitMs);
        Assert.Equal(FollowerLink.MaxInFlight * FollowerLink.MaxPositions, _sent.Sum(fetch => fetch.Positions.Length));
        Answer(_sent[0]);
        Assert.Equal(partitions, _sent.Sum(fetch => fetch.Positions.Length));
    }

    [Fact]
    public void Without_credit_nothing_is_asked_for()
    {
        Turn(fx => _link.OnCredit(_nowMs, 400, fx));
        Up().Position(0, 3).Position(1, 3).Position(2, 3);
        Assert.Equal([100, 100, 100], _sent.Select(fetch => fetch.MaxBytes));
        Assert.Equal(300, _link.OutstandingBytes);

        Answer(_sent[0], Records(0, 3, bytes: 100)).Answer(_sent[1], Records(1, 3, bytes: 100));
        Answer(_sent[2], Records(2, 3, bytes: 250));
        Assert.Equal(450, _link.HeldBytes);
        var before = _sent.Count;
        Position(3, 3);
        Advance(10 * MaxWaitMs);
        Assert.Equal(before, _sent.Count);
        Assert.DoesNotContain(_sent, fetch => fetch.Positions.Any(p => p.Partition == Partition(3)));

        // Each replica that says where it stands gives back what it was handed.
        Position(2, 4);
        Assert.Contains(_sent, fetch => fetch.Positions.Any(p => p.Partition == Partition(3)));
        Position(1, 4);
        Turn(fx => _link.OnStop(_nowMs, Partition(0), fx));
        Assert.Equal(0, _link.HeldBytes);
    }

    [Fact]
    public void A_replica_that_backs_off_gives_back_what_it_was_handed()
    {
        Turn(fx => _link.OnCredit(_nowMs, 100, fx));
        Up().Position(0, 3).Position(1, 3);
        Assert.Single(_sent, fetch => fetch.Positions.Any(p => p.Partition == Partition(0)));
        Answer(_sent[0], Records(0, 3, bytes: 1000));
        Turn(fx => _link.OnPositionAfter(_nowMs, Partition(0), new FetchFromAfter(LinkTestData.Position(3), 200), fx));
        Assert.Equal(0, _link.HeldBytes);
        Assert.Contains(_sent, fetch => fetch.Positions.Any(p => p.Partition == Partition(1)));
    }

    [Fact]
    public void However_small_the_credit_is_one_request_is_made_when_nothing_is_held()
    {
        Turn(fx => _link.OnCredit(_nowMs, 1, fx));
        Up().Position(0, 3);
        Assert.Equal(1, Assert.Single(_sent).MaxBytes);
        for (var offset = 4; offset < 20; offset++)
        {
            Answer(_sent[^1], Records(0, offset - 1, bytes: 1000));
            Position(0, offset);
            Assert.Equal<FollowerFetch>([Fetch(0, offset)], _sent[^1].Positions);
        }
    }

    [Fact]
    public void A_lost_request_gives_its_credit_back()
    {
        Turn(fx => _link.OnCredit(_nowMs, 400, fx));
        Up().Position(0, 3).Position(1, 3).Position(2, 3).Position(3, 3);
        Assert.Equal(400, _link.OutstandingBytes);
        Turn(fx => _link.OnPeerDown(_nowMs, fx));
        Assert.Equal(0, _link.OutstandingBytes);
    }

    private static FetchedPartition Records(int partition, long offset, int lastEpoch = 4, int epoch = 5, int bytes = 1) =>
        FetchedPartition.To(Fetch(partition, offset, lastEpoch, epoch), ErrorCode.None, null, null, new byte[bytes]);

    private FollowerLinkTests Up()
    {
        Turn(fx => _link.OnIdentity(_nowMs, FollowerEpoch, fx));
        return Turn(fx => _link.OnPeerUp(_nowMs, fx));
    }

    private FollowerLinkTests Position(int partition, long offset) =>
        Turn(fx => _link.OnPosition(_nowMs, Partition(partition), LinkTestData.Position(offset), fx));

    private FollowerLinkTests Answer(PeerFetch fetch, params FetchedPartition[] partitions) =>
        Answer(fetch, ErrorCode.None, partitions);

    private FollowerLinkTests Fail(PeerFetch fetch, ErrorCode error) => Answer(fetch, error, []);

    private FollowerLinkTests Answer(PeerFetch fetch, ErrorCode error, FetchedPartition[] partitions) =>
        Turn(fx => _link.OnAnswer(
            _nowMs, new PeerFetchAnswer(Leader, default, fetch.SessionId, fetch.Number, error, [.. partitions]), fx));

    private FollowerLinkTests Advance(long ms)
    {
        var until = _nowMs + ms;
        while (_timerMs <= until)
        {
            _nowMs = _timerMs;
            _timerMs = long.MaxValue;
            Turn(fx => _link.OnTimer(_nowMs, fx));
        }

        _nowMs = until;
        return this;
    }

    private FollowerLinkTests Turn(Action<EffectList> turn)
    {
        _effects.Clear();
        turn(_effects);
        _sent.AddRange(_effects.All<SendPeerFetch>().Select(effect => effect.Fetch));
        _delivered.AddRange(_effects.All<DeliverFetched>().Select(effect => effect.Fetched));
        foreach (var timer in _effects.All<StartLinkTimer>())
            _timerMs = _nowMs + timer.DelayMs;
        return this;
    }
}
