using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;
using static AkkaReplication.Tests.Actors.ControllerUnderTest;

namespace AkkaReplication.Tests.Actors;

/// <summary>The controller in one epoch, over the real journal and metadata log.</summary>
public sealed class ControllerActorTests : ActorTest, IDisposable
{
    private readonly ControllerUnderTest _cluster = new();
    private readonly TestProbe _sessions;
    private readonly TestProbe _client;
    private IActorRef _controller = ActorRefs.Nobody;

    public ControllerActorTests()
    {
        _sessions = CreateTestProbe("sessions");
        _client = CreateTestProbe("client");
        MetadataLogs.Of(Sys).Add(MetadataJournal.PersistenceIdOf(_cluster.Start.Cluster), _cluster.Voter);
    }

    [Fact]
    public void It_begins_where_the_log_ends_and_says_that_it_is_ready()
    {
        var image = Begin(1);
        Assert.Equal((new ControllerEpoch(1), 0L), (image.Epoch, image.Offset));
        Assert.True(_cluster.Start.State.ControllerIsActive);
    }

    [Fact]
    public void What_it_decides_is_answered_when_it_is_committed_and_sessions_and_followers_hear_of_it()
    {
        Begin(1);
        var follower = CreateTestProbe();
        follower.Send(_controller, new FetchMetadata(ClusterId, new BrokerId(7), -1, ControllerEpoch.None));
        Assert.Equal(0, follower.ExpectMsg<FetchMetadataAnswer>().EndOffset);

        var answer = Register(1);

        Assert.Equal((ErrorCode.None, 1L), (answer.Error, answer.BrokerEpoch.Value));
        _sessions.ExpectMsg<ControllerSessionsActor.WriteBegan>();
        Assert.Equal(1, _sessions.ExpectMsg<ControllerSessionsActor.Committed>().Image.Offset);
        Assert.Equal(1, follower.ExpectMsg<MetadataAdvanced>().EndOffset);
        Assert.Equal(1, _cluster.Voter.LastOffset);
        Assert.Equal(1, _cluster.Start.State.Image.Offset);
    }

    [Fact]
    public void Every_command_is_answered()
    {
        Begin(1);
        var epoch = RegisterAndUnfence(1);
        _client.Send(_controller, CreateTopic(1, "t"));
        Assert.Equal(ErrorCode.None, Assert.Single(_client.ExpectMsg<TopicsAnswer>().Results).Error);
        _client.Send(_controller, CreateTopic(2, "t"));
        Assert.Equal(ErrorCode.TopicAlreadyExists, Assert.Single(_client.ExpectMsg<TopicsAnswer>().Results).Error);
        _client.Send(_controller, new CreatePartitions(3, [new NewPartitions("t", 2, [[new BrokerId(1)]])], ValidateOnly: false));
        Assert.Equal(ErrorCode.None, Assert.Single(_client.ExpectMsg<TopicsAnswer>().Results).Error);
        _client.Send(_controller, new IncrementalAlterConfigs(
            4, [new ConfigAlteration(ConfigResource.Topic("t"), [AlterConfigOp.Set("retention.ms", "1000")])], ValidateOnly: false));
        Assert.Equal(ErrorCode.None, Assert.Single(_client.ExpectMsg<IncrementalAlterConfigsAnswer>().Results).Error);
        _client.Send(_controller, new ElectLeaders(5, ElectionType.Preferred, [new TopicPartition("t", 0)]));
        Assert.Equal(ErrorCode.ElectionNotNeeded, Assert.Single(_client.ExpectMsg<ElectLeadersAnswer>().Results).Error);
        _client.Send(_controller, new AllocateProducerIds(new BrokerId(1), epoch, 6));
        Assert.Equal((ErrorCode.None, 6L), _client.ExpectMsg<AllocateProducerIdsAnswer>() is var ids ? (ids.Error, ids.RequestId) : default);
        _client.Send(_controller, new AlterPartitions(new BrokerId(1), epoch, 7, []));
        Assert.Equal(7, _client.ExpectMsg<AlterPartitionsAnswer>().RequestId);
        _client.Send(_controller, new DeleteTopics(8, ["t"]));
        Assert.Equal(ErrorCode.None, Assert.Single(_client.ExpectMsg<TopicsAnswer>().Results).Error);
        Assert.Equal(_cluster.Voter.LastOffset, _cluster.Start.State.Image.Offset);
    }

    [Fact]
    public void A_command_that_comes_twice_is_decided_anew_and_answered_twice()
    {
        Begin(1);
        var registration = Registration(1);
        var (first, second) = (Register(registration), Register(registration));
        Assert.Equal((ErrorCode.None, ErrorCode.None), (first.Error, second.Error));
        _client.Send(_controller, new DeleteTopics(1, ["nothing"]));
        _client.Send(_controller, new DeleteTopics(1, ["nothing"]));
        Assert.All(
            [_client.ExpectMsg<TopicsAnswer>(), _client.ExpectMsg<TopicsAnswer>()],
            answer => Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(answer.Results).Error));
    }

    [Fact]
    public void A_flood_of_commands_is_answered_in_order()
    {
        Begin(1);
        RegisterAndUnfence(1);
        for (var request = 0; request < 200; request++)
            _client.Send(_controller, CreateTopic(request, $"t{request % 20}"));

        for (var request = 0; request < 200; request++)
        {
            var answer = _client.ExpectMsg<TopicsAnswer>();
            Assert.Equal(request, answer.RequestId);
            Assert.Equal(request < 20 ? ErrorCode.None : ErrorCode.TopicAlreadyExists, Assert.Single(answer.Results).Error);
        }
    }

    [Fact]
    public void Its_successor_has_everything_that_was_answered_and_what_other_brokers_ask_for()
    {
        Begin(1);
        RegisterAndUnfence(1);
        _client.Send(_controller, CreateTopic(1, "t"));
        _client.ExpectMsg<TopicsAnswer>();
        var before = _cluster.Start.State.Image;
        Assert.Single(before.TopicsByName);
        Stop();
        Assert.False(_cluster.Start.State.ControllerIsActive);

        // Also after a restart of the process.
        MetadataLogs.Of(Sys).Remove(MetadataJournal.PersistenceIdOf(_cluster.Start.Cluster));
        _cluster.Reopen();
        MetadataLogs.Of(Sys).Add(MetadataJournal.PersistenceIdOf(_cluster.Start.Cluster), _cluster.Voter);
        var after = Begin(2);

        Assert.Equal(before.Offset + 1, after.Offset);
        Assert.Equal(before.TopicsByName, after.TopicsByName);
        _client.Send(_controller, new FetchMetadata(ClusterId, new BrokerId(1), before.Offset, before.Epoch));
        Assert.Equal(after.Offset, Assert.Single(_client.ExpectMsg<FetchMetadataAnswer>().Batches).LastOffset);
        _client.Send(_controller, new FetchMetadata(ClusterId, new BrokerId(1), before.Offset, new ControllerEpoch(9)));
        Assert.True(_client.ExpectMsg<FetchMetadataAnswer>().Diverging);
    }

    [Fact]
    public void It_does_not_begin_in_an_epoch_that_the_log_does_not_end_in()
    {
        _cluster.BeginEpoch(1);
        _cluster.BeginEpoch(2);
        StartController(1, new Claimant("late", Guid.NewGuid()));
        Watch(_controller);

        ExpectTerminated(_controller, Patience);
        Assert.False(_cluster.Start.State.ControllerIsActive);
        Assert.False(_sessions.HasMessages);
    }

    [Fact]
    public void A_write_that_the_voter_refuses_ends_the_epoch_unanswered_and_leaves_no_trace()
    {
        Begin(1);
        RegisterAndUnfence(1);
        _cluster.Depose(2);
        Watch(_controller);

        _client.Send(_controller, CreateTopic(1, "t"));

        ExpectTerminated(_controller, Patience);
        Assert.False(_client.HasMessages);
        Assert.Equal(2, _cluster.Voter.LastOffset);
        Assert.False(_cluster.Start.State.ControllerIsActive);
        Assert.Empty(_cluster.Start.State.Image.TopicsByName);
    }

    [Fact]
    public void A_disk_that_fails_ends_the_epoch_unanswered()
    {
        Begin(1);
        Watch(_controller);
        _cluster.Files.Fail(_cluster.LogDirectory);

        _client.Send(_controller, new ControllerActor.Submitted(new RegistrationCommand(Registration(1), PreviousSessionValid: false)));

        ExpectTerminated(_controller, Patience);
        Assert.False(_client.HasMessages);
    }

    [Fact]
    public void While_the_disk_hangs_nothing_is_answered_and_afterwards_everything_in_order()
    {
        Begin(1);
        _cluster.Files.Hang(_cluster.LogDirectory);
        _client.Send(_controller, new ControllerActor.Submitted(new RegistrationCommand(Registration(1), PreviousSessionValid: false)));
        _client.Send(_controller, new DeleteTopics(1, ["nothing"]));
        Eventually(() => _cluster.Files.HangingCalls > 0, "the disk hangs");
        Assert.False(_client.HasMessages);

        _cluster.Files.LetGo(_cluster.LogDirectory);

        _client.ExpectMsg<RegisterBrokerAnswer>();
        _client.ExpectMsg<TopicsAnswer>();
    }

    [Fact]
    public void A_command_that_breaks_it_ends_the_epoch()
    {
        Begin(1);
        Watch(_controller);
        _client.Send(_controller, new DeleteTopics(1, default));

        ExpectTerminated(_controller, Patience);
        Assert.Equal(0, _cluster.Voter.LastOffset);
    }

    [Fact]
    public void Messages_of_others_are_left_unhandled()
    {
        Begin(1);
        ExpectUnhandled(_controller);
        Register(1);
    }

    [Fact]
    public void Its_ticks_go_on_for_ever_and_end_with_it()
    {
        Begin(1);
        for (var tick = 0; tick < 5; tick++)
            Advance(300_000, _controller);
        Register(1);
        Stop();
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.False(letters.HasMessages);
    }

    void IDisposable.Dispose()
    {
        Dispose();
        _cluster.Dispose();
    }

    private MetadataImage Begin(int epoch)
    {
        StartController(epoch, _cluster.BeginEpoch(epoch));
        return _sessions.FishForMessage<ControllerSessionsActor.ControllerReady>(ready => ready.Controller.Equals(_controller), Patience).Image;
    }

    private void StartController(int epoch, Claimant claimant) => _controller = Parent.Of(
        this, ControllerActor.Props(_cluster.Start, new ControllerEpoch(epoch), claimant, _sessions.Ref), TestActor);

    private void Stop()
    {
        Watch(_controller);
        Sys.Stop(_controller);
        ExpectTerminated(_controller, Patience);
    }

    private RegisterBrokerAnswer Register(int broker) => Register(Registration(broker));

    private BrokerEpoch RegisterAndUnfence(int broker)
    {
        var epoch = Register(broker).BrokerEpoch;
        _client.Send(_controller, new ControllerActor.Submitted(
            new HeartbeatCommand(Heartbeat(broker, epoch, Time.NowMs), 1_000, long.MaxValue, Time.NowMs + 1_000)));
        Assert.False(_client.ExpectMsg<BrokerHeartbeatAnswer>().IsFenced);
        return epoch;
    }

    private RegisterBrokerAnswer Register(RegisterBroker registration)
    {
        _client.Send(_controller, new ControllerActor.Submitted(new RegistrationCommand(registration, PreviousSessionValid: false)));
        return _client.ExpectMsg<RegisterBrokerAnswer>();
    }
}
