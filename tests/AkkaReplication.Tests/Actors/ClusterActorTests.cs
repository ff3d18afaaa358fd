using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using AkkaReplication.Controller;

namespace AkkaReplication.Tests.Actors;

/// <summary>The parent of a cluster over its real children: a controller and two brokers.</summary>
public sealed class ClusterActorTests : ActorTest, IDisposable
{
    private static readonly BrokerId One = new(1);
    private static readonly BrokerId Two = new(2);

    private readonly ControllerUnderTest _disks = new();
    private readonly string _data = Directory.CreateTempSubdirectory("akkarepl-actors-").FullName;
    private readonly TestProbe _user;
    private readonly TestProbe _observed;
    private readonly IActorRef _cluster;
    private bool _isStopped;

    public ClusterActorTests()
    {
        _user = CreateTestProbe("user");
        _observed = Observations();
        ReplicationDispatchers.Define(Sys, "ctl", [(One, 1), (Two, 1)]);
        var settings = new ReplicationSettings { LogDirMinFreeBytes = 0 };
        _cluster = Sys.ActorOf(
            ClusterActor.Props(new ClusterStart(
                "ctl",
                ControllerUnderTest.ClusterId,
                _disks.Start,
                [One, Two],
                ImmutableDictionary<BrokerId, string>.Empty,
                new[] { One, Two }.ToDictionary(id => id, id => ImmutableArray.Create(DirectoryOf(id))),
                settings,
                new PeerNetwork([One, Two]),
                _disks.Files,
                _disks.Start.State)),
            ReplicationPaths.ClusterName("ctl"));
    }

    [Fact]
    public void A_broker_is_started_once_however_often_it_is_asked_for()
    {
        _user.Send(_cluster, new ClusterActor.StartBroker(One));
        _user.Send(_cluster, new ClusterActor.StartBroker(One));
        Done(2);
        _user.Send(_cluster, new ClusterActor.StartBroker(One));
        Done();
        Assert.Equal([One], _disks.Start.State.Living.Keys);
        Assert.Single(Queued(_observed).OfType<BrokerRegistered>());
    }

    [Fact]
    public void A_broker_that_was_killed_stays_down_and_its_files_are_free()
    {
        Run(One);
        _user.Send(_cluster, new ClusterActor.KillBroker(One));
        _user.Send(_cluster, new ClusterActor.KillBroker(One));
        Done(2);

        Assert.False(Stopped().Clean);
        Assert.Empty(_disks.Start.State.Living);
        Advance(10_000, _cluster);
        Assert.Empty(_disks.Start.State.Living);
        Run(One);
    }

    [Fact]
    public void A_broker_that_was_stopped_ends_in_order_and_one_that_is_down_is_stopped_already()
    {
        Run(One);
        _user.Send(_cluster, new ClusterActor.StopBroker(One));
        Done();
        Assert.True(Stopped().Clean);
        _user.Send(_cluster, new ClusterActor.StopBroker(One));
        _user.Send(_cluster, new ClusterActor.KillBroker(Two));
        Done(2);
    }

    [Fact]
    public void Who_waits_for_a_start_that_is_called_off_is_told()
    {
        _disks.Files.Hang(DirectoryOf(One));
        _user.Send(_cluster, new ClusterActor.StartBroker(One));
        Eventually(() => _disks.Files.HangingCalls > 0, "its disk hangs");
        var killer = CreateTestProbe();
        killer.Send(_cluster, new ClusterActor.KillBroker(One));

        Assert.IsType<ReplicationException>(_user.ExpectMsg<Status.Failure>().Cause);
        ExpectNothing(killer, _cluster);

        // The next life waits for the files of this one.
        _disks.Files.LetGo(DirectoryOf(One));
        killer.ExpectMsg<ClusterActor.Done>();
        Run(One);
    }

    [Fact]
    public void A_broker_whose_actor_ends_begins_a_new_life_after_a_moment()
    {
        Run(One);
        var first = Broker(One);
        Watch(first);
        Queued(_observed);

        Sys.Stop(first);

        ExpectTerminated(first, Patience);
        Assert.False(Stopped().Clean);
        Eventually(() => _disks.Start.State.Living.ContainsKey(One) || Passed(50), "it lives again");
        Assert.NotEqual(first, Broker(One));
        _user.Send(_cluster, new ClusterActor.StartBroker(One));
        Done();
    }

    [Fact]
    public void A_broker_that_fails_in_a_turn_is_not_resumed_but_begins_a_new_life()
    {
        Run(One);
        var first = Broker(One);
        Watch(first);

        // An answer without batches, which no controller sends.
        first.Tell(new FetchMetadataAnswer(
            ControllerUnderTest.ClusterId, new ControllerEpoch(99), ErrorCode.None, Diverging: false, long.MaxValue, default), TestActor);

        ExpectTerminated(first, Patience);
        Eventually(() => _disks.Start.State.Living.ContainsKey(One) || Passed(50), "it lives again");
    }

    [Fact]
    public void A_broker_whose_disk_cannot_be_read_stays_down_and_who_started_it_is_told_why()
    {
        _disks.Files.Fail(DirectoryOf(One));
        _user.Send(_cluster, new ClusterActor.StartBroker(One));

        Assert.Equal(ErrorCode.KafkaStorageError, Assert.IsType<ReplicationException>(_user.ExpectMsg<Status.Failure>().Cause).Error);
        Advance(60_000, _cluster);
        Assert.Empty(_disks.Start.State.Living);
        Run(Two);
    }

    [Theory]
    [InlineData("sessions")]
    [InlineData("turn")]
    public void A_controller_host_that_fails_begins_anew_in_its_place_in_a_new_epoch_and_brokers_go_on(string what)
    {
        Run(One);
        var epoch = _disks.Start.State.Image.Epoch;
        var broker = Broker(One);
        if (what == "sessions")
            Sys.ActorSelection(_cluster.Path / "controller" / "sessions").Tell(PoisonPill.Instance);
        else
            Sys.ActorSelection(_cluster.Path / "controller" / "sessions").Tell(new ControllerSessionsActor.Committed(null!));

        Eventually(() => (_disks.Start.State.Image.Epoch > epoch && _disks.Start.State.ControllerIsActive) || Passed(50), "a new epoch begins");
        Run(Two);
        Assert.Equal(broker, Broker(One));
        Assert.Equal(2, _disks.Start.State.Image.Brokers.Count);
    }

    [Fact]
    public void It_answers_at_once_and_leaves_what_it_does_not_know()
    {
        _user.Send(_cluster, ClusterActor.Ping.Instance);
        _user.ExpectMsg<ClusterActor.Done>();
        ExpectUnhandled(_cluster);
        Run(One);
    }

    [Fact]
    public void When_it_stops_everything_below_it_stops_and_no_timer_is_left()
    {
        Run(One);
        var broker = Broker(One);
        Watch(broker);
        Stop();

        ExpectTerminated(broker, Patience);
        Eventually(() => !_disks.Start.State.ControllerIsActive, "its controller is gone");
        Eventually(() => IsFree(DirectoryOf(One)), "its brokers' files are free");
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.False(letters.HasMessages);
    }

    void IDisposable.Dispose()
    {
        // Not before the last file is released.
        var killer = CreateTestProbe();
        foreach (var broker in _isStopped ? [] : new[] { One, Two })
        {
            _disks.Files.LetGo(DirectoryOf(broker));
            killer.Send(_cluster, new ClusterActor.KillBroker(broker));
            killer.ExpectMsg<ClusterActor.Done>();
        }

        Stop();
        Dispose();
        _disks.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private bool IsFree(string directory)
    {
        try
        {
            _disks.Files.Lock(Path.Combine(directory, ".lock"), "a test").Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Stop()
    {
        _isStopped = true;
        var watcher = CreateTestProbe();
        watcher.Watch(_cluster);
        Sys.Stop(_cluster);
        watcher.ExpectTerminated(_cluster, Patience);
    }

    private string DirectoryOf(BrokerId broker) => Path.Combine(_data, $"broker-{broker}");

    private IActorRef Broker(BrokerId broker)
    {
        var asking = CreateTestProbe();
        Sys.ActorSelection(_cluster.Path / ReplicationPaths.BrokerName(broker)).Tell(new Identify(broker), asking.Ref);
        return asking.ExpectMsg<ActorIdentity>().Subject!;
    }

    private void Run(BrokerId broker)
    {
        _user.Send(_cluster, new ClusterActor.StartBroker(broker));
        Done();
    }

    private void Done(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Eventually(() => _user.HasMessages || Passed(50), "it is done");
            _user.ExpectMsg<ClusterActor.Done>();
        }
    }

    private bool Passed(long ms)
    {
        Advance(ms, _cluster);
        return false;
    }

    private BrokerStopped Stopped() => _observed.FishForMessage<BrokerStopped>(_ => true, Patience);
}
