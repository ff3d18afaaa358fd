using Akka.Actor;
using Akka.Event;

namespace Akka.Conformance.Actors;

public sealed class StoppingSpec : ActorSpec
{
    [Fact]
    public async Task A_poison_pill_waits_its_turn()
    {
        var letters = Listener<DeadLetter>();
        var gate = new Gate();
        var actor = Sys.ActorOf(Props.Create(() => new Slow(TestActor, gate)));
        foreach (var message in new object[] { "1", "2", PoisonPill.Instance, "3" }) actor.Tell(message);
        gate.Open();
        await ExpectTrace("1", "2", "PostStop");
        Assert.Equal("3", (await letters.ExpectMsgAsync<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Stop_finishes_the_current_message_only()
    {
        var letters = Listener<DeadLetter>();
        var gate = new Gate();
        var actor = Sys.ActorOf(Props.Create(() => new Slow(TestActor, gate)));
        actor.Tell("1");
        actor.Tell("2");
        await ExpectTrace("1");
        Sys.Stop(actor);
        await AllStopsAreOnTheirWay();
        gate.Open();
        await ExpectTrace("PostStop");
        Assert.Equal("2", (await letters.ExpectMsgAsync<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Kill_stops_by_default()
    {
        var gate = new Gate();
        gate.Open();
        var actor = Sys.ActorOf(Props.Create(() => new Slow(TestActor, gate)));
        await WatchAsync(actor);
        await EventFilter.Exception<ActorKilledException>().ExpectOneAsync(() =>
        {
            actor.Tell(Kill.Instance);
            return Task.CompletedTask;
        });
        await ExpectTrace("PostStop");
        await ExpectTerminatedAsync(actor);
    }

    [Fact]
    public async Task Children_stop_before_their_parent()
    {
        var parent = Sys.ActorOf(Props.Create(() => new Parent(TestActor)));
        Assert.True(await parent.GracefulStop(Eventually));
        await ExpectTrace("child.PostStop", "parent.PostStop");
    }

    [Fact]
    public async Task An_actor_whose_constructor_throws_is_not_tried_again()
    {
        var instances = new Instances();
        var actor = await EventFilter.Exception<ActorInitializationException>().ExpectOneAsync(() =>
            Task.FromResult(Sys.ActorOf(Props.Create(() => new Unborn(instances)))));
        await WatchAsync(actor);
        await ExpectTerminatedAsync(actor);
        Assert.Equal(1, instances.Count);
    }

    [Fact]
    public async Task An_actor_whose_PreStart_throws_is_not_tried_again()
    {
        var instances = new Instances();
        var actor = await EventFilter.Exception<ActorInitializationException>().ExpectOneAsync(() =>
            Task.FromResult(Sys.ActorOf(Props.Create(() => new Stillborn(instances)))));
        await WatchAsync(actor);
        await ExpectTerminatedAsync(actor);
        Assert.Equal(1, instances.Count);
    }

    [Fact]
    public async Task A_system_terminates_once_all_its_actors_have_stopped()
    {
        var gate = new Gate();
        gate.Open();
        var system = ActorSystem.Create("ending", DefaultConfig);
        system.ActorOf(Props.Create(() => new Slow(TestActor, gate)));
        var told = 0;
        system.RegisterOnTermination(() => told++);
        Assert.False(system.WhenTerminated.IsCompleted);
        await system.Terminate();
        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal(1, told);
        await ExpectTrace("PostStop");
    }

    /// <summary>
    /// The system asks the guardian to stop a top-level actor, and the guardian does as it is asked, in that order.
    /// </summary>
    private async Task AllStopsAreOnTheirWay()
    {
        var last = Sys.ActorOf(Props.Empty);
        await WatchAsync(last);
        Sys.Stop(last);
        await ExpectTerminatedAsync(last, Eventually);
    }

    private sealed class Slow : ReceiveActor
    {
        private readonly IActorRef _probe;

        public Slow(IActorRef probe, Gate gate)
        {
            _probe = probe;
            Receive<string>(text =>
            {
                probe.Tell(text);
                gate.Pass();
            });
        }

        protected override void PostStop() => _probe.Tell("PostStop");
    }

    private sealed class Parent : ReceiveActor
    {
        private readonly IActorRef _probe;

        public Parent(IActorRef probe)
        {
            _probe = probe;
            Context.ActorOf(Props.Create(() => new Child(probe)));
        }

        protected override void PostStop() => _probe.Tell("parent.PostStop");
    }

    private sealed class Child(IActorRef probe) : ReceiveActor
    {
        protected override void PostStop() => probe.Tell("child.PostStop");
    }

    private sealed class Unborn : ReceiveActor
    {
        public Unborn(Instances instances)
        {
            instances.Next();
            throw new Boom();
        }
    }

    private sealed class Stillborn(Instances instances) : ReceiveActor
    {
        protected override void PreStart()
        {
            instances.Next();
            throw new Boom();
        }
    }
}
