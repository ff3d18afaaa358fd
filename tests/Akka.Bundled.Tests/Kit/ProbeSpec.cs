using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Kit;

public sealed class ProbeSpec : ActorSpec
{
    [Fact]
    public async Task A_probe_answers_and_forwards()
    {
        var probe = CreateTestProbe("probe");
        Assert.Equal("probe", probe.Ref.Path.Name);
        var asked = probe.Ref.Ask<string>("?", Eventually);
        await probe.ExpectMsgAsync("?");
        probe.Reply("!");
        Assert.Equal("!", await asked);

        probe.Ref.Tell("pass on");
        await probe.ExpectMsgAsync("pass on");
        probe.Forward(TestActor);
        await ExpectMsgFromAsync(TestActor, "pass on");
    }

    [Fact]
    public async Task A_probe_can_stand_for_its_reference()
    {
        var probe = CreateTestProbe();
        Sys.ActorOf(ForwardActor.Props(probe)).Tell("a");
        await probe.ExpectMsgAsync("a");
        Assert.True(probe.Equals(probe.Ref));
        Assert.Equal(probe.Ref.GetHashCode(), probe.GetHashCode());
        Sys.EventStream.Subscribe(probe, typeof(string));
        Sys.EventStream.Publish("event");
        await probe.ExpectMsgAsync("event");
    }

    [Fact]
    public async Task A_probe_watches_and_can_be_watched()
    {
        var probe = CreateTestProbe();
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        probe.Watch(actor);
        Watch(probe);
        Sys.Stop(actor);
        await probe.ExpectTerminatedAsync(actor);
        Sys.Stop(probe.Ref);
        await ExpectTerminatedAsync(probe.Ref);
    }

    [Fact]
    public async Task A_pilot_acts_on_every_message_and_leaves_it_to_be_expected()
    {
        var probe = CreateTestProbe();
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell($"{message}!", ActorRefs.NoSender);
            return AutoPilot.KeepRunning;
        }));
        Assert.Equal("a!", await probe.Ref.Ask<string>("a", Eventually));
        Assert.Equal("b!", await probe.Ref.Ask<string>("b", Eventually));
        await probe.ExpectMsgAsync("a");
        await probe.ExpectMsgAsync("b");
    }

    [Fact]
    public async Task A_pilot_can_leave()
    {
        var probe = CreateTestProbe();
        probe.SetAutoPilot(new DelegateAutoPilot((sender, message) =>
        {
            sender.Tell("once", ActorRefs.NoSender);
            return AutoPilot.NoAutoPilot;
        }));
        probe.Ref.Tell("a");
        probe.Ref.Tell("b");
        await ExpectMsgAsync("once");
        await ExpectNoMsgAsync(50);
        await probe.ExpectMsgAsync("a");
        await probe.ExpectMsgAsync("b");
    }

    [Fact]
    public void A_test_actor_can_have_children()
    {
        var child = ChildActorOf(SimpleEchoActor.Props(), "child");
        Assert.Equal(TestActor.Path, child.Path.Parent);
        child.Tell("ping");
        ExpectMsgFrom(child, "ping");
    }

    [Fact]
    public void Latches_open_after_so_many_signals()
    {
        var latch = CreateTestLatch(2);
        latch.CountDown();
        Assert.False(latch.IsOpen);
        Assert.Throws<TimeoutException>(() => latch.Ready(TimeSpan.FromMilliseconds(20)));
        latch.CountDown();
        Assert.True(latch.IsOpen);
        latch.Ready();
        latch.Reset();
        Assert.False(latch.IsOpen);
        latch.Open();
        latch.Ready();
    }

    [Fact]
    public async Task Barriers_let_all_pass_together()
    {
        var barrier = CreateTestBarrier(2);
        var passed = 0;
        var other = Task.Factory.StartNew(() =>
        {
            barrier.Await(Eventually);
            Interlocked.Increment(ref passed);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Equal(0, Volatile.Read(ref passed));
        barrier.Await(Eventually);
        await other;
        Assert.Equal(1, passed);
    }

    [Fact]
    public void Times_are_dilated_by_a_factor()
    {
        using var kit = new Akka.TestKit.Xunit2.TestKit("akka.test.timefactor = 2.0, akka.stdout-loglevel = OFF");
        Assert.Equal(TimeSpan.FromSeconds(2), kit.Dilated(TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromSeconds(6), kit.RemainingOrDefault);
    }
}
