using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Logs;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class BrokerLifecycleTests
{
    private static readonly Guid Incarnation = new(5, 5, 5, new byte[8]);
    private static readonly BrokerEpoch Epoch = new(40);

    private readonly BrokerLifecycle _life = new(
        new BrokerLifecycleOptions("c", new(3), "rack-1", [new Guid(1, 1, 1, new byte[8])], 2_000, 9_000),
        Incarnation,
        PreviousLife.Intact,
        BrokerEpoch.Unknown,
        () => 0);

    private readonly EffectList _effects = new();
    private long _nowMs = 1_000;

    [Fact]
    public void A_life_begins_with_a_registration_that_says_how_the_last_one_ended()
    {
        Do(() => _life.Start(_nowMs, _effects));

        var request = Single<SendRegister>().Request;
        Assert.Equal(("c", new BrokerId(3), Incarnation, "rack-1"), (request.ClusterId, request.Broker, request.IncarnationId, request.Rack));
        Assert.Equal((PreviousLife.Intact, BrokerEpoch.Unknown), (request.PreviousLife, request.PreviousBrokerEpoch));
        Assert.Equal(1_000, Single<StartLifecycleTimer>().DelayMs);
    }

    [Fact]
    public void It_wants_to_be_fenced_until_it_has_its_metadata_and_its_logs()
    {
        Registered();
        Assert.True(Single<SendHeartbeat>().Request is { WantFence: true, MetadataOffset: -1 });

        Answer(fenced: true);
        Do(() => _life.OnMetadataApplied(_nowMs, 39, _effects));
        Assert.Equal(BrokerState.Starting, _life.State);
        Assert.Equal(0, Count<SendHeartbeat>());
        Do(() => _life.OnMetadataApplied(_nowMs, 41, _effects));
        Assert.Equal(BrokerState.Recovery, _life.State);
        Assert.True(Single<SendHeartbeat>().Request is { WantFence: true, MetadataOffset: 41 });
        Answer(fenced: true);

        Do(() => _life.OnReady(_nowMs, _effects));

        Assert.Equal(BrokerState.ReadyToUnfence, _life.State);
        Assert.False(Single<SendHeartbeat>().Request.WantFence);
        Answer(fenced: true);
        Assert.Equal(BrokerState.ReadyToUnfence, _life.State);
        Later(2_000);
        Answer(fenced: false);
        Assert.Equal(BrokerState.Running, _life.State);
        Assert.Equal(BrokerState.Running, Single<LifecycleChanged>().State);
    }

    [Fact]
    public void Metadata_and_logs_that_were_ready_first_are_not_forgotten()
    {
        Do(() => _life.Start(_nowMs, _effects));
        Do(() => _life.OnReady(_nowMs, _effects));
        Do(() => _life.OnMetadataApplied(_nowMs, 60, _effects));

        AnswerRegistration(ErrorCode.None);

        Assert.Equal(BrokerState.ReadyToUnfence, _life.State);
        Assert.False(Single<SendHeartbeat>().Request.WantFence);
    }

    [Fact]
    public void One_request_is_in_flight_at_a_time_and_news_goes_right_after_it()
    {
        Registered();
        Do(() => _life.OnMetadataApplied(_nowMs, 50, _effects));
        Do(() => _life.OnReady(_nowMs, _effects));
        Assert.Equal(0, Count<SendHeartbeat>());

        Answer(fenced: true);

        Assert.True(Single<SendHeartbeat>().Request is { WantFence: false, MetadataOffset: 50 });
    }

    [Fact]
    public void A_running_broker_sends_a_heartbeat_each_interval()
    {
        Running();
        Assert.Equal(2_000, Single<StartLifecycleTimer>().DelayMs);
        Assert.Equal(0, Count<SendHeartbeat>());

        Later(2_000);

        Assert.Equal(_nowMs, Single<SendHeartbeat>().Request.SentAtMs);
    }

    [Fact]
    public void A_request_without_an_answer_is_given_up_after_half_a_session_and_the_pause_doubles()
    {
        Running();
        Later(2_000);
        var pauses = new List<long>();
        for (var i = 0; i < 9; i++)
        {
            Later(4_500);
            Assert.Equal(0, Count<SendHeartbeat>());
            pauses.Add(Single<StartLifecycleTimer>().DelayMs);
            Later(pauses[^1]);
            Assert.Equal(1, Count<SendHeartbeat>());
        }

        Assert.Equal([100, 200, 400, 800, 1_600, 3_200, 6_400, 9_000, 9_000], pauses);
        Answer(fenced: false);
        Assert.Equal(2_000, Single<StartLifecycleTimer>().DelayMs);
    }

    [Fact]
    public void A_registration_is_repeated_until_its_time_is_over()
    {
        Do(() => _life.Start(_nowMs, _effects));
        AnswerRegistration(ErrorCode.DuplicateBrokerRegistration);
        Assert.Equal(100, Single<StartLifecycleTimer>().DelayMs);
        Later(100);
        Assert.Equal(Incarnation, Single<SendRegister>().Request.IncarnationId);

        Later(59_900);

        Assert.Equal(ErrorCode.RequestTimedOut, Single<LifeEnded>().Error);
        Assert.Equal(BrokerState.Ended, _life.State);
    }

    [Theory]
    [InlineData(ErrorCode.InconsistentClusterId)]
    [InlineData(ErrorCode.InvalidRegistration)]
    public void A_registration_that_can_never_succeed_ends_the_life(ErrorCode error)
    {
        Do(() => _life.Start(_nowMs, _effects));

        AnswerRegistration(error);

        Assert.Equal(error, Single<LifeEnded>().Error);
        Later(100_000);
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void Told_whom_it_supersedes_it_asks_again_at_once_and_only_once()
    {
        Do(() => _life.Start(_nowMs, _effects));
        Assert.Equal(BrokerEpoch.Unknown, Single<SendRegister>().Request.SupersededEpoch);
        var told = new RegisterBrokerAnswer(Incarnation, ErrorCode.StaleBrokerEpoch, "another one", new(30), new(1));

        Do(() => _life.OnRegisterAnswer(_nowMs, told, _effects));
        Assert.Equal(new BrokerEpoch(30), Single<SendRegister>().Request.SupersededEpoch);
        Do(() => _life.OnRegisterAnswer(_nowMs, told, _effects));
        Assert.Equal(0, Count<SendRegister>());

        AnswerRegistration(ErrorCode.None);
        Assert.Equal(BrokerState.Starting, _life.State);
    }

    [Fact]
    public void An_answer_to_another_incarnation_is_ignored()
    {
        Do(() => _life.Start(_nowMs, _effects));

        Do(() => _life.OnRegisterAnswer(
            _nowMs, new RegisterBrokerAnswer(Guid.Empty, ErrorCode.None, null, Epoch, new(1)), _effects));

        Assert.Equal(BrokerState.Registering, _life.State);
    }

    [Fact]
    public void A_stale_epoch_ends_the_life_and_nothing_is_sent_any_more()
    {
        // F4: never register again from here.
        Running();
        Later(2_000);

        Answer(fenced: true, ErrorCode.StaleBrokerEpoch);

        Assert.Equal(ErrorCode.StaleBrokerEpoch, Single<LifeEnded>().Error);
        Later(10_000);
        Do(() => _life.OnControllerChanged(_nowMs, _effects));
        Do(() => _life.OnShutdownRequested(_nowMs, _effects));
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void A_lease_counts_from_when_the_heartbeat_was_sent()
    {
        // E1.
        Running();
        Later(2_000);
        var sentMs = _nowMs;
        _nowMs += 700;

        Answer(fenced: false, sentMs: sentMs);

        Assert.Equal(sentMs + 9_000, Single<LeaseGranted>().LeaseEndMs);
        Assert.Equal(sentMs + 9_000, _life.LeaseEndMs);
    }

    [Fact]
    public void A_late_answer_extends_nothing_that_is_longer_and_ends_no_wait()
    {
        Running();
        Later(2_000);
        var firstMs = _nowMs;
        Later(4_500);
        Later(100);
        var secondMs = _nowMs;
        Answer(fenced: false, sentMs: secondMs);
        Later(2_000);

        Answer(fenced: false, sentMs: firstMs);

        Assert.Equal(0, Count<LeaseGranted>());
        Assert.Equal(secondMs + 9_000, _life.LeaseEndMs);
        Later(4_500);
        Assert.Equal(0, Count<SendHeartbeat>());
        Assert.Equal(100, Single<StartLifecycleTimer>().DelayMs);
    }

    [Fact]
    public void A_running_broker_that_was_fenced_loses_its_lease_and_asks_to_come_back()
    {
        Running();
        Later(2_000);
        var sentMs = _nowMs;

        Answer(fenced: true, leaseMs: 0);

        Assert.Equal(sentMs, Single<LeaseGranted>().LeaseEndMs);
        Assert.Equal(BrokerState.Running, _life.State);
        Later(2_000);
        Assert.False(Single<SendHeartbeat>().Request.WantFence);
    }

    [Fact]
    public void A_refusal_neither_grants_nor_takes_a_lease()
    {
        Running();
        var endMs = _life.LeaseEndMs;
        Later(2_000);

        Answer(fenced: true, ErrorCode.NotController, leaseMs: 0);

        Assert.Equal(0, Count<LeaseGranted>());
        Assert.Equal(endMs, _life.LeaseEndMs);
    }

    [Fact]
    public void What_becomes_of_its_replicas_is_told_at_once_and_with_every_heartbeat()
    {
        Running();
        var id = new TopicIdPartition(new TopicId(Incarnation), 2);

        Do(() => _life.OnReplicas(_nowMs, [id], [new ReplicaLogEnd(id, new(3), 9)], _effects));
        var request = Single<SendHeartbeat>().Request;
        Assert.Equal([id], request.OfflineReplicas.AsEnumerable());
        Assert.Equal(9, Assert.Single(request.LogEnds).LogEndOffset);
        Answer(fenced: false);
        Do(() => _life.OnReplicas(_nowMs, [id], [new ReplicaLogEnd(id, new(3), 9)], _effects));
        Assert.Equal(0, _effects.Count);
        Later(2_000);

        Assert.Equal([id], Single<SendHeartbeat>().Request.OfflineReplicas.AsEnumerable());
    }

    [Fact]
    public void A_controlled_shutdown_waits_for_the_grant()
    {
        Running();

        Do(() => _life.OnShutdownRequested(_nowMs, _effects));
        Assert.True(Single<SendHeartbeat>().Request.WantShutDown);
        Answer(fenced: false);
        Assert.Equal(50, Single<StartLifecycleTimer>().DelayMs);
        Later(50);
        Assert.True(Single<SendHeartbeat>().Request is { WantShutDown: true, WantFence: false });
        Answer(fenced: true, shouldShutDown: true);

        Assert.True(Single<ShutdownGranted>().Granted);
        Assert.Equal(BrokerState.ShuttingDown, _life.State);
        Later(10_000);
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void A_controlled_shutdown_does_not_wait_for_ever()
    {
        Running();
        Do(() => _life.OnShutdownRequested(_nowMs, _effects));

        for (var i = 0; i < 600 && _life.State != BrokerState.ShuttingDown; i++)
            Later(50);

        Assert.False(Single<ShutdownGranted>().Granted);
        Assert.Equal(1_000 + 30_000, _nowMs);
    }

    [Fact]
    public void A_broker_that_never_registered_may_stop_at_once()
    {
        Do(() => _life.Start(_nowMs, _effects));

        Do(() => _life.OnShutdownRequested(_nowMs, _effects));

        Assert.True(Single<ShutdownGranted>().Granted);
    }

    [Fact]
    public void With_another_controller_nothing_is_waited_for()
    {
        Running();
        Later(2_000);
        _nowMs += 10;

        Do(() => _life.OnControllerChanged(_nowMs, _effects));

        Assert.Equal(_nowMs, Single<SendHeartbeat>().Request.SentAtMs);
    }

    private void Registered()
    {
        Do(() => _life.Start(_nowMs, _effects));
        AnswerRegistration(ErrorCode.None);
    }

    private void Running()
    {
        Registered();
        Answer(fenced: true, leaseMs: 0);
        Do(() => _life.OnMetadataApplied(_nowMs, 50, _effects));
        Answer(fenced: true, leaseMs: 0);
        Do(() => _life.OnReady(_nowMs, _effects));
        Answer(fenced: false);
        Assert.Equal(BrokerState.Running, _life.State);
    }

    private void AnswerRegistration(ErrorCode error) => Do(() => _life.OnRegisterAnswer(
        _nowMs, new RegisterBrokerAnswer(Incarnation, error, null, error == ErrorCode.None ? Epoch : BrokerEpoch.Unknown, new(1)), _effects));

    private void Answer(
        bool fenced,
        ErrorCode error = ErrorCode.None,
        long leaseMs = 9_000,
        bool shouldShutDown = false,
        long? sentMs = null) =>
        Do(() => _life.OnHeartbeatAnswer(
            _nowMs,
            new BrokerHeartbeatAnswer(new(3), Epoch, sentMs ?? _nowMs, error, new(1), 50, true, fenced, shouldShutDown, leaseMs),
            _effects));

    private void Later(long ms)
    {
        _nowMs += ms;
        Do(() => _life.OnTimer(_nowMs, _effects));
    }

    private void Do(Action action)
    {
        _effects.Clear();
        action();
    }

    private T Single<T>()
        where T : Effect => Assert.Single(_effects.AsReadOnly().OfType<T>());

    private int Count<T>()
        where T : Effect => _effects.AsReadOnly().OfType<T>().Count();
}
