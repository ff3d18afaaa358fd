using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Controller;
using static AkkaReplication.Tests.Actors.ControllerUnderTest;

namespace AkkaReplication.Tests.Actors;

public sealed class ControllerHostTests : ActorTest, IDisposable
{
    private readonly ControllerUnderTest _cluster = new();
    private readonly TestProbe _broker;
    private IActorRef _host = ActorRefs.Nobody;

    public ControllerHostTests() => _broker = CreateTestProbe("broker");

    [Fact]
    public void It_claims_an_epoch_and_runs_the_controller_in_it()
    {
        Start();
        Lead(1);

        var answer = Register();
        Assert.Equal((ErrorCode.None, new ControllerEpoch(1)), (answer.Error, answer.ControllerEpoch));
        Beat(answer.BrokerEpoch);
        Assert.Equal(ErrorCode.None, _broker.ExpectMsg<BrokerHeartbeatAnswer>().Error);
        _broker.Send(_host, new DeleteTopics(1, ["nothing"]));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(_broker.ExpectMsg<TopicsAnswer>().Results).Error);
    }

    [Fact]
    public void When_its_controller_dies_the_next_epoch_begins_at_once_and_brokers_that_were_heard_are_told()
    {
        Start();
        Lead(1);
        var epoch = Register().BrokerEpoch;
        Beat(epoch);
        _broker.ExpectMsg<BrokerHeartbeatAnswer>();

        Kill("controller-1");

        // Without time passing.
        Assert.Equal(new ControllerEpoch(2), _broker.FishForMessage<ControllerChanged>(_ => true, Patience).ControllerEpoch);
        Lead(2);
        Beat(epoch);
        Assert.Equal(ErrorCode.None, _broker.FishForMessage<BrokerHeartbeatAnswer>(_ => true, Patience).Error);
    }

    [Fact]
    public void A_controller_that_dies_again_and_again_is_begun_again_more_and_more_slowly()
    {
        Start();
        for (var epoch = 1; epoch <= 4; epoch++)
        {
            var leads = epoch;
            Eventually(() => _cluster.Start.State is { ControllerIsActive: true } state && state.Image.Epoch.Value >= leads || Passed(50), "a controller leads");
            Kill($"controller-{_cluster.Start.State.Image.Epoch}");
            Eventually(() => !_cluster.Start.State.ControllerIsActive || _cluster.Start.State.Image.Epoch.Value > leads, "it is gone");
        }

        Eventually(() => _cluster.Start.State is { ControllerIsActive: true } state && state.Image.Epoch.Value >= 5 || Passed(100), "a controller leads");
    }

    [Fact]
    public void While_nobody_leads_users_are_told_and_brokers_ask_again_by_themselves()
    {
        _cluster.Files.Fail(_cluster.LogDirectory);
        Start();
        Advance(10_000, _host);

        _broker.Send(_host, CreateTopic(1, "t"));
        Assert.Equal((1L, ErrorCode.NotController), _broker.ExpectMsg<TopicsAnswer>() is var created ? (created.RequestId, created.Error) : default);
        _broker.Send(_host, new DeleteTopics(2, ["t"]));
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<TopicsAnswer>().Error);
        _broker.Send(_host, new CreatePartitions(3, [], false));
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<TopicsAnswer>().Error);
        _broker.Send(_host, new IncrementalAlterConfigs(4, [], false));
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<IncrementalAlterConfigsAnswer>().Error);
        _broker.Send(_host, new ElectLeaders(5, ElectionType.Preferred, null));
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<ElectLeadersAnswer>().Error);
        _broker.Send(_host, new ResignLeadership(6, new TopicPartition("t", 0)));
        Assert.Equal(6, _broker.ExpectMsg<ElectLeadersAnswer>().RequestId);
        Beat(new BrokerEpoch(1));
        Assert.Equal(ErrorCode.NotController, _broker.ExpectMsg<BrokerHeartbeatAnswer>().Error);
        _broker.Send(_host, Registration(1));
        _broker.Send(_host, new FetchMetadata(ClusterId, new BrokerId(1), -1, ControllerEpoch.None));
        _broker.Send(_host, new AlterPartitions(new BrokerId(1), new BrokerEpoch(1), 1, []));
        _broker.Send(_host, new AllocateProducerIds(new BrokerId(1), new BrokerEpoch(1), 1));
        ExpectNothing(_broker, _host);
    }

    [Fact]
    public void A_voter_that_does_not_answer_is_asked_again()
    {
        _cluster.Files.Hang(_cluster.LogDirectory);
        Start();
        Eventually(() => _cluster.Files.HangingCalls > 0, "the claim hangs");
        _cluster.Files.LetGo(_cluster.LogDirectory);
        Lead(1);
    }

    [Fact]
    public void Where_another_has_claimed_more_it_claims_above_that()
    {
        _cluster.Depose(7);
        Start();

        Eventually(() => _cluster.Start.State.ControllerIsActive || Passed(50), "a controller leads");
        Assert.Equal(new ControllerEpoch(8), _cluster.Start.State.Image.Epoch);
    }

    [Fact]
    public void Deposed_it_claims_again_and_what_was_not_committed_was_not_answered()
    {
        Start();
        Lead(1);
        Register();
        _cluster.Depose(5);

        _broker.Send(_host, Registration(2));

        Eventually(() => _cluster.Start.State is { ControllerIsActive: true } state && state.Image.Epoch.Value > 5 || Passed(50), "a controller leads");
        Assert.DoesNotContain(Queued(_broker), m => m is RegisterBrokerAnswer);
        Assert.Equal(ErrorCode.None, Register(2).Error);
    }

    [Fact]
    public void Without_its_sessions_it_fails_as_a_whole_so_that_its_parent_begins_it_again()
    {
        Start();
        Lead(1);
        Watch(_host);

        Kill("sessions");

        ExpectTerminated(_host, Patience);
        Eventually(() => !_cluster.Start.State.ControllerIsActive, "its controller is gone");
    }

    [Fact]
    public void What_nobody_knows_is_dropped_without_a_controller_and_left_unhandled_with_one()
    {
        Start();
        Lead(1);
        var unhandled = Unhandled();
        _host.Tell("nonsense", TestActor);
        unhandled.ExpectMsg<Akka.Event.UnhandledMessage>(u => Assert.Equal("nonsense", u.Message));
        Assert.Equal(ErrorCode.None, Register().Error);
    }

    [Fact]
    public void Stopped_it_lets_go_of_the_log_and_another_may_begin()
    {
        Start();
        Lead(1);
        Register();
        Stop();
        Start();

        Lead(2);
        Assert.Single(_cluster.Start.State.Image.Brokers);
        Stop();
        Time.Advance(TimeSpan.FromHours(1));
        Assert.False(_cluster.Start.State.ControllerIsActive);
    }

    void IDisposable.Dispose()
    {
        // The voter is closed under nobody.
        Stop();
        Dispose();
        _cluster.Dispose();
    }

    private void Start() => _host = Parent.Of(this, ControllerHost.Props(_cluster.Start), TestActor, "host");

    private void Stop()
    {
        _cluster.Files.LetGo(_cluster.LogDirectory);
        var watcher = CreateTestProbe();
        watcher.Watch(_host);
        Sys.Stop(_host);
        watcher.ExpectTerminated(_host, Patience);
    }

    private void Kill(string child) => Sys.ActorSelection(_host.Path / child).Tell(PoisonPill.Instance);

    /// <summary>The epoch begins, in no more time than its host needs.</summary>
    private void Lead(int epoch) => Eventually(
        () => (_cluster.Start.State is { ControllerIsActive: true } state && state.Image.Epoch == new ControllerEpoch(epoch)) || Passed(50),
        $"epoch {epoch} begins");

    private bool Passed(long ms)
    {
        Advance(ms, _host);
        return false;
    }

    private RegisterBrokerAnswer Register(int broker = 1)
    {
        _broker.Send(_host, Registration(broker));
        return _broker.FishForMessage<RegisterBrokerAnswer>(_ => true, Patience);
    }

    private void Beat(BrokerEpoch epoch) => _broker.Send(_host, Heartbeat(1, epoch, Time.NowMs));
}
