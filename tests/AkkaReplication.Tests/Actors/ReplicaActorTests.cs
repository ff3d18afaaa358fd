using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Brokers;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;
using static AkkaReplication.Tests.Actors.BrokerUnderTest;

namespace AkkaReplication.Tests.Actors;

public sealed class ReplicaActorTests : ActorTest, IAsyncLifetime
{
    private readonly BrokerUnderTest _broker;
    private readonly ReplicaHandle _handle;
    private readonly TestProbe _parent;
    private readonly TestProbe _session;
    private readonly TestProbe _second;
    private readonly TestProbe _third;
    private readonly IActorRef _replica;

    public ReplicaActorTests()
    {
        _broker = new BrokerUnderTest(Sys);
        _handle = _broker.Handle();
        _parent = CreateTestProbe("parent");
        _session = CreateTestProbe("session");
        _second = CreateTestProbe("second");
        _third = CreateTestProbe("third");
        _broker.Context.Links[Two] = _second.Ref;
        _broker.Context.Links[Three] = _third.Ref;
        _replica = Parent.Of(this, ReplicaActor.Props(_broker.Context, _handle, TopicSettings.Default, reopen: false), _parent.Ref);
        _handle.Replica = _replica;
        _parent.ExpectMsg<ReplicaProtocol.Opened>();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public void A_leader_appends_in_order_and_answers_the_session_that_asked()
    {
        Lead();
        Produce(1, acks: 1, "a");
        Produce(2, acks: 1, "b", "c");

        Assert.Equal((1, ErrorCode.None, 0), Produced());
        Assert.Equal((2, ErrorCode.None, 1), Produced());
        Assert.Equal(3, _handle.View!.LogEndOffset);
    }

    [Fact]
    public void Acks_all_is_answered_when_the_followers_have_stated_that_they_have_it_and_followers_hear_of_new_records()
    {
        Lead();
        Fetches(Two, 0);
        Fetches(Three, 0);
        Produce(1, acks: -1, "a");
        _second.ExpectMsg<ReplicaProtocol.ToLink>(m => Assert.IsType<FollowerDataAvailable>(m.Effect));
        _third.ExpectMsg<ReplicaProtocol.ToLink>(m => Assert.IsType<FollowerDataAvailable>(m.Effect));

        Fetches(Two, 1, lastEpoch: 1);
        ExpectNothing(_session, _replica);

        Fetches(Three, 1, lastEpoch: 1);
        Assert.Equal((1, ErrorCode.None, 0), Produced());
        Assert.Equal(1, _handle.View!.HighWatermark);
    }

    [Fact]
    public void A_follower_asks_from_where_its_log_ends_appends_what_it_is_told_and_asks_on()
    {
        Follow(Two);
        var first = Position();
        Assert.Equal(0, first.FetchOffset);

        _replica.Tell(Answer(first, Stamped(1, 0, "a", "b"), 2), TestActor);

        Assert.Equal(2, Position().FetchOffset);
        Assert.Equal(2, _handle.View!.LogEndOffset);
    }

    [Fact]
    public void An_answer_that_comes_twice_or_late_is_not_appended_again()
    {
        Follow(Two);
        var first = Position();
        var answer = Answer(first, Stamped(1, 0, "a"), 1);
        _replica.Tell(answer, TestActor);
        Position();

        _replica.Tell(answer, TestActor);
        _replica.Tell(Update(Registration(Three, epoch: 2)), TestActor);
        _replica.Tell(answer, TestActor);
        Settle(_replica);

        Assert.Equal(1, _handle.View!.LogEndOffset);
        Assert.Empty(Failures());
    }

    [Fact]
    public void Who_leaves_a_leader_for_another_tells_both_links()
    {
        Follow(Two);
        Position();

        _replica.Tell(Update(Registration(Three, epoch: 2)), TestActor);

        _second.ExpectMsg<ReplicaProtocol.ToLink>(m => Assert.IsType<StopFetching>(m.Effect));
        _third.ExpectMsg<ReplicaProtocol.ToLink>(m => Assert.Equal(new LeaderEpoch(2), Assert.IsType<FetchFrom>(m.Effect).LeaderEpoch));
    }

    [Fact]
    public void A_broker_without_a_link_is_not_told_and_nothing_breaks()
    {
        _broker.Context.Links.Clear();
        Follow(Two);
        Settle(_replica);

        Assert.Equal(ReplicaRole.Follower, _handle.View!.Role);
        Assert.Empty(Failures());
    }

    [Fact]
    public void A_batch_without_acknowledgement_that_is_refused_ends_the_session_and_one_that_is_taken_is_not_reported_as_stored()
    {
        Lead();
        Produce(1, acks: 0, "a");
        Settle(_replica);
        Assert.Equal(1, _handle.View!.LogEndOffset);
        Assert.IsType<ReplicaProtocol.Taken>(Assert.Single(Queued(_session)));

        _replica.Tell(new ReplicaProtocol.Produce(_session.Ref, 2, 0, 1000, new LeaderEpoch(7), Batch("b")), TestActor);
        _session.FishForMessage<ReplicaProtocol.Close>(_ => true, Patience);
    }

    [Fact]
    public void Records_are_deleted_up_to_the_offset_once_every_replica_has_moved_its_start()
    {
        _replica.Tell(Update(Registration(One, minIsr: 1, isr: [One])), TestActor);
        Produce(1, acks: 1, "a");
        Produce(2, acks: 1, "b");
        Produced();
        Produced();

        _replica.Tell(new ReplicaProtocol.DeleteRecords(_session.Ref, 3, 1000, new LeaderEpoch(1), 1), TestActor);

        Settle(_replica);
        Assert.Equal(1, _handle.View!.LogStartOffset);

        // The followers have not said that they did the same: that is never told as done.
        Advance(1001, _replica);
        _session.ExpectMsg<ReplicaProtocol.RecordsDeleted>(d => Assert.Equal((3, ErrorCode.RequestTimedOut), (d.CallId, d.Result.Error)));
    }

    [Fact]
    public void Followers_that_never_answer_leave_the_ISR_by_a_proposal_to_the_broker_and_late_answers_to_it_are_harmless()
    {
        _replica.Tell(Update(Registration(One, minIsr: 1)), TestActor);
        Produce(1, acks: 1, "a");
        Produced();

        var wanted = AdvanceUntil<ReplicaProtocol.IsrWanted>(_parent, 5_000, 20, _replica);
        var proposal = Assert.IsType<ProposeIsr>(wanted.Effect).Proposal;
        Assert.Equal(One, Assert.Single(proposal.NewIsr).Broker);

        var committed = new IsrProposalAnswer(
            Partition(), proposal.ProposalId, ErrorCode.None, One, new LeaderEpoch(1), new PartitionEpoch(2),
            LeaderRecoveryState.Recovered, [One]);
        _replica.Tell(new ReplicaProtocol.IsrAnswered(committed), TestActor);
        _replica.Tell(new ReplicaProtocol.IsrAnswered(committed), TestActor);
        _replica.Tell(new ReplicaProtocol.IsrAnswered(committed with { ProposalId = 4711, PartitionEpoch = new PartitionEpoch(0) }), TestActor);
        Settle(_replica);

        Assert.Equal(1, _handle.View!.HighWatermark);
        Assert.Empty(Failures());
    }

    [Fact]
    public void A_produce_whose_followers_never_fetch_is_answered_when_its_time_is_up_and_not_again()
    {
        Lead();
        Produce(1, acks: -1, "a");
        ExpectNothing(_session, _replica);

        Advance(5_001, _replica);
        Assert.Equal((1, ErrorCode.RequestTimedOut, -1), Produced() with { BaseOffset = -1 });

        Fetches(Two, 1, lastEpoch: 1);
        Fetches(Three, 1, lastEpoch: 1);
        ExpectNothing(_session, _replica);
    }

    [Fact]
    public void A_flood_of_batches_that_nobody_replicates_is_forgotten_with_its_time()
    {
        Lead();
        for (var call = 0; call < 2_000; call++)
            Produce(call, acks: -1, "x");
        Advance(5_001, _replica);

        for (var call = 0; call < 2_000; call++)
            Assert.Equal(ErrorCode.RequestTimedOut, Produced().Error);
        ExpectNothing(_session, _replica);
    }

    [Fact]
    public void A_lease_that_lapsed_while_followers_were_silent_stops_the_leader_in_the_very_next_turn()
    {
        Lead();
        _broker.Context.LeaseEndMs = Time.NowMs - 1;
        Advance(60_000, _replica);
        Produce(1, acks: 1, "a");

        Assert.Equal((1, ErrorCode.NotLeaderOrFollower, -1), Produced());
    }

    [Fact]
    public void Brokers_that_were_fenced_are_followed_no_more()
    {
        Lead();
        var fenced = new BrokersView(
            2000, Alive.Brokers.SetItem(Two, new BrokerStatus(EpochOf(Two).Next(), Fenced: true, InControlledShutdown: false)));
        _replica.Tell(new ReplicaProtocol.BrokersChanged(fenced), TestActor);
        _replica.Tell(new ReplicaProtocol.FollowerFetched(Fetch(Two, 0)), TestActor);

        // Its fetch is of a life that metadata knows to be over.
        var answered = _second.FishForMessage<ReplicaProtocol.ToLink>(m => m.Effect is FollowerFetchAnswered, Patience);
        Assert.NotEqual(ErrorCode.None, ((FollowerFetchAnswered)answered.Effect).Error);
    }

    [Fact]
    public void Retention_and_contacts_of_followers_are_taken_in_any_role()
    {
        foreach (var role in new Action[] { () => { }, () => Lead(), () => Follow(Two, epoch: 2) })
        {
            role();
            _replica.Tell(ReplicaProtocol.RetentionDue.Instance, TestActor);
            _replica.Tell(
                new ReplicaProtocol.FollowerSeen(new Links.ReportFollowerContact(Partition(), Three, new LeaderEpoch(1), Time.NowMs)), TestActor);
        }

        Settle(_replica);
        Assert.Equal(ReplicaRole.Follower, _handle.View!.Role);
        Assert.Empty(Failures());
    }

    [Fact]
    public void Messages_of_others_are_left_unhandled()
    {
        Lead();
        ExpectUnhandled(_replica);
        Produce(1, acks: 1, "a");
        Assert.Equal((1, ErrorCode.None, 0), Produced());
    }

    [Fact]
    public void A_disk_error_takes_the_replica_offline_reports_it_and_answers_everybody()
    {
        var observed = Observations();
        Lead();
        Produce(1, acks: -1, "a");
        Settle(_replica);
        _broker.Files.Fail(_broker.LogPath);

        Produce(2, acks: -1, "b");

        Assert.Equal([1, 2], new[] { ProducedWith(ErrorCode.KafkaStorageError), ProducedWith(ErrorCode.KafkaStorageError) }.Order());
        _parent.FishForMessage<ReplicaProtocol.Failed>(f => f is { Unexpected: false, LeaderEpoch.Value: 1 }, Patience);
        observed.FishForMessage<ReplicaWentOffline>(o => o.Partition == new TopicPartition("t", 0), Patience);
        Assert.Equal(ReplicaRole.Offline, _handle.View!.Role);

        Produce(3, acks: 1, "c");
        Assert.Equal(3, ProducedWith(ErrorCode.KafkaStorageError));
    }

    [Fact]
    public void A_turn_that_breaks_takes_the_replica_offline_and_hearing_of_its_epoch_again_does_not_bring_it_back()
    {
        Lead();
        Produce(1, acks: -1, "a");
        Settle(_replica);

        Break();

        Assert.Equal(1, ProducedWith(ErrorCode.KafkaStorageError));
        _parent.FishForMessage<ReplicaProtocol.Failed>(f => f.Unexpected, Patience);
        _replica.Tell(Update(Registration(One)), TestActor);
        Produce(2, acks: 1, "b");
        Assert.Equal(2, ProducedWith(ErrorCode.KafkaStorageError));
        Assert.Equal(ReplicaRole.Offline, _handle.View!.Role);
    }

    [Fact]
    public void Whose_answer_was_lost_in_a_turn_that_broke_is_told_that_the_replica_failed()
    {
        Lead();
        Fetches(Two, 0);
        Fetches(Three, 0);
        _replica.Tell(new ReplicaProtocol.Produce(null!, 1, -1, 5_000, LeaderEpoch.None, Batch("a")), TestActor);
        Produce(2, acks: -1, "b");
        Fetches(Two, 2, lastEpoch: 1);

        // Both are committed now, and to answer the first, who has no address, breaks the turn before the second is answered.
        Fetches(Three, 2, lastEpoch: 1);

        Assert.Equal(2, ProducedWith(ErrorCode.KafkaStorageError));
        _parent.FishForMessage<ReplicaProtocol.Failed>(f => f.Unexpected, Patience);
    }

    [Fact]
    public void A_replica_that_breaks_twice_ends_and_its_watchers_are_told()
    {
        Lead();
        Watch(_replica);
        Break();
        ExpectNothing(CreateTestProbe(), _replica);

        Break();

        ExpectTerminated(_replica, Patience);
    }

    [Fact]
    public void A_read_that_failed_elsewhere_takes_it_offline_too()
    {
        Lead();
        _replica.Tell(new ReplicaProtocol.ReadFailed("bad sector"), TestActor);

        _parent.FishForMessage<ReplicaProtocol.Failed>(f => f.Reason.Contains("bad sector"), Patience);
        Assert.Equal(ReplicaRole.Offline, _handle.View!.Role);
    }

    [Fact]
    public void A_replica_that_its_broker_gave_up_as_hung_says_nothing_more_when_its_turn_ends()
    {
        Lead();
        Settle(_replica);
        _broker.Files.Hang(_broker.LogPath);
        Produce(1, acks: 1, "a");
        Eventually(() => _broker.Files.HangingCalls > 0, "the append hangs");

        _handle.Stall("the disk hangs");
        Assert.Equal(ReplicaRole.Offline, _handle.View!.Role);
        _broker.Files.LetGo(_broker.LogPath);

        Assert.Equal(1, ProducedWith(ErrorCode.KafkaStorageError));
        Settle(_replica);
        Assert.Equal(ReplicaRole.Offline, _handle.View!.Role);
    }

    [Fact]
    public void Who_waits_when_it_closes_is_answered_and_its_timers_are_gone()
    {
        var letters = CreateTestProbe();
        Lead();
        Produce(1, acks: -1, "a");
        Settle(_replica);
        Watch(_replica);

        _replica.Tell(ReplicaProtocol.Close.Instance, TestActor);

        Assert.NotEqual(ErrorCode.None, Produced().Error);
        ExpectTerminated(_replica, Patience);
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(letters.HasMessages);
    }

    [Fact]
    public void Its_successor_reads_the_log_from_the_disk_again_and_does_not_come_back_with_less()
    {
        Lead();
        Produce(1, acks: 1, "a");
        Produced();
        Watch(_replica);
        _replica.Tell(ReplicaProtocol.Close.Instance, TestActor);
        ExpectTerminated(_replica, Patience);

        var successor = CreateTestProbe();
        var props = ReplicaActor.Props(_broker.Context, _handle, TopicSettings.Default, reopen: true);
        var again = Parent.Of(this, props, successor.Ref);
        successor.ExpectMsg<ReplicaProtocol.Opened>();
        _handle.Replica = again;
        again.Tell(Update(Registration(One, epoch: 2)), TestActor);
        Settle(again);
        Assert.Equal(1, _handle.View!.LogEndOffset);
        successor.Watch(again);
        again.Tell(ReplicaProtocol.Close.Instance, TestActor);
        successor.ExpectTerminated(again, Patience);

        // Others count on what was advertised.
        _handle.Publish(_handle.View with { LogEndOffset = 5 });
        var never = CreateTestProbe();
        Watch(Parent.Of(this, props, never.Ref));
        ExpectMsg<Terminated>(Patience);
        Assert.False(never.HasMessages);
    }

    private void Lead(int epoch = 1) => _replica.Tell(Update(Registration(One, epoch)), TestActor);

    private void Follow(BrokerId leader, int epoch = 1) => _replica.Tell(Update(Registration(leader, epoch)), TestActor);

    /// <summary>An update without settings, which no broker sends.</summary>
    private void Break() => _replica.Tell(
        new ReplicaProtocol.Update(new PartitionUpdate(5000, Registration(One, epoch: 1), null!), Alive), TestActor);

    private void Produce(long call, short acks, params string[] values) => _replica.Tell(
        new ReplicaProtocol.Produce(_session.Ref, call, acks, 5_000, LeaderEpoch.None, Batch(values)), TestActor);

    private (long CallId, ErrorCode Error, long BaseOffset) Produced()
    {
        var produced = _session.ExpectMsg<ReplicaProtocol.Produced>();
        return (produced.CallId, produced.Result.Error, produced.Result.BaseOffset);
    }

    private long ProducedWith(ErrorCode error)
    {
        var (call, answered, _) = Produced();
        Assert.Equal(error, answered);
        return call;
    }

    private void Fetches(BrokerId follower, long offset, int lastEpoch = -1)
    {
        _replica.Tell(new ReplicaProtocol.FollowerFetched(Fetch(follower, offset, lastEpoch: lastEpoch)), TestActor);
        var link = follower == Two ? _second : _third;
        if (offset == 0)
            link.FishForMessage<ReplicaProtocol.ToLink>(m => m.Effect is FollowerFetchAnswered { Error: ErrorCode.None }, Patience);
    }

    private FetchFrom Position() =>
        Assert.IsType<FetchFrom>(_second.ExpectMsg<ReplicaProtocol.ToLink>().Effect);

    private static ReplicaProtocol.LeaderAnswered Answer(FetchFrom position, byte[] records, long leaderEnd) => new(
        new FetchedPartition(
            Partition(), position.LeaderEpoch, position.FetchOffset, position.LastFetchedEpoch, ErrorCode.None, null, 0, 0, leaderEnd, records));

    private object[] Failures() => [.. Queued(_parent).OfType<ReplicaProtocol.Failed>()];
}
