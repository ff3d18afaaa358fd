using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class PropsSpec : ActorSpec
{
    [Fact]
    public async Task Only_the_runtime_creates_actors() =>
        await Assert.ThrowsAsync<ActorInitializationException>(() => Task.Factory.StartNew(() => new BlackHoleActor(),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));

    [Fact]
    public async Task Arguments_are_evaluated_once_and_reused_on_restart()
    {
        var evaluated = 0;
        var evaluate = () => ++evaluated;
        var actor = Sys.ActorOf(Props.Create(() => new Reporting(TestActor, evaluate())));
        actor.Tell("report");
        actor.Tell(new Boom());
        actor.Tell("report");
        await ExpectTrace(1, 1);
        Assert.Equal(1, evaluated);
    }

    [Fact]
    public async Task A_type_and_arguments_do_as_well()
    {
        Sys.ActorOf(Props.Create(typeof(Reporting), TestActor, 7)).Tell("report");
        Sys.ActorOf(Props.Create<Reporting>(TestActor, 8)).Tell("report");
        Assert.Equal([7, 8], new[] { await ExpectMsgAsync<int>(), await ExpectMsgAsync<int>() }.Order());
    }

    [Fact]
    public void The_factory_must_be_a_constructor_call() =>
        Assert.ThrowsAny<Exception>(() => Props.Create(() => Make()));

    [Fact]
    public void Props_are_changed_by_copy()
    {
        var plain = Props.Create(() => new BlackHoleActor());
        var pinned = plain.WithDispatcher("akka.actor.internal-dispatcher");
        Assert.NotSame(plain, pinned);
        Assert.Equal("akka.actor.internal-dispatcher", pinned.Deploy.Dispatcher);
        Assert.NotEqual("akka.actor.internal-dispatcher", plain.Deploy.Dispatcher);
        Assert.Equal(typeof(BlackHoleActor), pinned.Type);
    }

    [Fact]
    public async Task A_producer_makes_and_gets_back_each_instance()
    {
        var actor = Sys.ActorOf(Props.CreateBy(new Producer(TestActor)));
        actor.Tell("report");
        await ExpectTrace("produced", 1);
        actor.Tell(new Boom());
        actor.Tell("report");
        await ExpectTrace("released", "produced", 2);
    }

    [Fact]
    public async Task ActorOf_of_a_terminated_system_is_refused()
    {
        var system = ActorSystem.Create("short-lived");
        await system.Terminate();
        Assert.Throws<InvalidOperationException>(() => system.ActorOf(BlackHoleActor.Props));
    }

    private static BlackHoleActor Make() => new();

    private sealed class Reporting : ReceiveActor
    {
        public Reporting(IActorRef probe, int value)
        {
            Receive<string>(_ => probe.Tell(value));
            Receive<Boom>(boom => throw boom);
        }
    }

    private sealed class Producer(IActorRef probe) : IIndirectActorProducer
    {
        private int _made;

        public Type ActorType => typeof(Reporting);

        public ActorBase Produce()
        {
            probe.Tell("produced");
            return new Reporting(probe, ++_made);
        }

        public void Release(ActorBase actor) => probe.Tell("released");
    }
}
