using Akka.Actor;

namespace Akka.Conformance.Supervision;

public sealed class DirectiveSpec : ActorSpec
{
    [Fact]
    public async Task Resume_keeps_the_state_and_drops_the_message()
    {
        var child = await Child(new OneForOneStrategy(_ => Directive.Resume));
        await EventFilter.Warning("boom", source: child.Path.ToString()).ExpectOneAsync(() => Fail(child));
        await ExpectTrace("1:state 1");
    }

    [Fact]
    public async Task Restart_gives_a_new_state()
    {
        var child = await Child(new OneForOneStrategy(_ => Directive.Restart));
        await EventFilter.Exception<Boom>("boom", source: child.Path.ToString()).ExpectOneAsync(() => Fail(child));
        await ExpectTrace("2:state 0");
    }

    [Fact]
    public async Task Stop_ends_the_actor()
    {
        var child = await Child(new OneForOneStrategy(_ => Directive.Stop));
        await WatchAsync(child);
        await EventFilter.Exception<Boom>("boom", source: child.Path.ToString()).ExpectOneAsync(() => Fail(child));
        await ExpectTerminatedAsync(child);
    }

    [Fact]
    public async Task Escalate_makes_it_the_failure_of_the_parent()
    {
        var instances = new Instances();
        var parent = Sys.ActorOf(Props.Create(() =>
            new Supervisor(new OneForOneStrategy(_ => Directive.Escalate), Counter(TestActor, instances), 1)));
        var child = await parent.Ask<IActorRef>("child 0", Eventually);
        await WatchAsync(child);
        await EventFilter.Exception<Boom>("boom", source: parent.Path.ToString()).ExpectOneAsync(() => Fail(child));
        // The parent was restarted by its own supervisor, and stopped its child when it was.
        await FishForMessageAsync(message => message is Terminated, Eventually);
        var next = await parent.Ask<IActorRef>("child 0", Eventually);
        Assert.NotEqual(child, next);
    }

    [Fact]
    public async Task One_for_one_leaves_the_siblings_alone()
    {
        var (first, second) = await Siblings(new OneForOneStrategy(_ => Directive.Restart));
        first.Tell("boom");
        first.Tell("report");
        await ExpectMsgAsync("3:state 0", Eventually);
        second.Tell("report");
        await ExpectMsgAsync<string>(text => text.EndsWith(":state 1", StringComparison.Ordinal), Eventually);
    }

    [Fact]
    public async Task All_for_one_restarts_the_siblings_as_well()
    {
        var (first, second) = await Siblings(new AllForOneStrategy(_ => Directive.Restart));
        first.Tell("boom");
        first.Tell("report");
        await ExpectMsgAsync<string>(text => text.EndsWith(":state 0", StringComparison.Ordinal), Eventually);
        // The supervisor restarts one after the other: the first may be back before the second is told.
        await AwaitAssertAsync(async () =>
        {
            second.Tell("report");
            Assert.EndsWith(":state 0", await ExpectMsgAsync<string>(), StringComparison.Ordinal);
        }, Eventually);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    public async Task The_number_of_restarts_can_be_limited(int maxRetries, int constructed)
    {
        var instances = new Instances();
        var strategy = new OneForOneStrategy(maxRetries, TimeSpan.FromMinutes(5), _ => Directive.Restart);
        var child = await Child(strategy, instances);
        await WatchAsync(child);
        for (var i = 0; i < 5; i++) child.Tell("boom");
        await ExpectTerminatedAsync(child, Eventually);
        Assert.Equal(constructed, instances.Count);
    }

    [Fact]
    public async Task Restarts_can_be_limited_for_ever()
    {
        var instances = new Instances();
        var child = await Child(new OneForOneStrategy(2, null, Decider.From(Directive.Restart)), instances);
        await WatchAsync(child);
        for (var i = 0; i < 5; i++) child.Tell("boom");
        await ExpectTerminatedAsync(child, Eventually);
        Assert.Equal(3, instances.Count);
    }

    [Fact]
    public async Task A_minus_one_is_no_limit()
    {
        var instances = new Instances();
        var child = await Child(new OneForOneStrategy(-1, -1, _ => Directive.Restart), instances);
        for (var i = 0; i < 20; i++) child.Tell("boom");
        child.Tell("report");
        await ExpectTrace("21:state 0");
    }

    [Fact]
    public void The_default_decider_restarts_unless_a_restart_cannot_help()
    {
        var decider = SupervisorStrategy.DefaultDecider;
        Assert.Equal(Directive.Restart, decider.Decide(new Boom()));
        Assert.Equal(Directive.Stop, decider.Decide(new ActorInitializationException("")));
        Assert.Equal(Directive.Stop, decider.Decide(new ActorKilledException("")));
        Assert.Equal(Directive.Stop, decider.Decide(new DeathPactException(TestActor)));
    }

    [Fact]
    public void A_decider_is_made_from_types_or_from_a_function()
    {
        var byType = Decider.From(Directive.Escalate, new KeyValuePair<Type, Directive>(typeof(Boom), Directive.Stop),
            new KeyValuePair<Type, Directive>(typeof(ArgumentException), Directive.Resume));
        Assert.Equal(Directive.Stop, byType.Decide(new Boom()));
        Assert.Equal(Directive.Resume, byType.Decide(new ArgumentNullException()));
        Assert.Equal(Directive.Escalate, byType.Decide(new TimeoutException()));
        Assert.Equal(Directive.Restart, Decider.From(_ => Directive.Restart).Decide(new Boom()));
    }

    [Fact]
    public async Task The_stopping_strategy_stops_on_any_exception()
    {
        var child = await Child(SupervisorStrategy.StoppingStrategy);
        await WatchAsync(child);
        child.Tell("boom");
        await ExpectTerminatedAsync(child);
    }

    [Fact]
    public async Task Logging_can_be_switched_off()
    {
        var child = await Child(new OneForOneStrategy(_ => Directive.Restart, loggingEnabled: false));
        await EventFilter.Exception<Boom>().ExpectAsync(0, AShortWhile, () => Fail(child));
        await ExpectTrace("2:state 0");
    }

    [Fact]
    public async Task The_descendants_of_a_failed_actor_wait_for_the_decision()
    {
        var gate = new Gate();
        var deciding = CreateTestProbe();
        var strategy = new OneForOneStrategy(_ =>
        {
            deciding.Ref.Tell("deciding");
            gate.Pass();
            return Directive.Resume;
        });
        var parent = await Child(strategy, props: Props.Create(() => new Failing(TestActor)));
        var grandchild = await parent.Ask<IActorRef>("child?", Eventually);
        parent.Tell("boom");
        await deciding.ExpectMsgAsync("deciding", Eventually);
        grandchild.Tell("hello");
        await ExpectNoMsgAsync(AShortWhile);
        gate.Open();
        await ExpectTrace("hello");
    }

    private static Props Counter(IActorRef probe, Instances instances) =>
        Props.Create(() => new Counting(probe, instances));

    private static Task Fail(IActorRef child)
    {
        child.Tell("increment");
        child.Tell("boom");
        child.Tell("report");
        return Task.CompletedTask;
    }

    private Task<IActorRef> Child(SupervisorStrategy strategy, Instances? instances = null, Props? props = null)
    {
        var child = props ?? Counter(TestActor, instances ?? new Instances());
        var parent = Sys.ActorOf(Props.Create(() => new Supervisor(strategy, child, 1)));
        return parent.Ask<IActorRef>("child 0", Eventually);
    }

    private async Task<(IActorRef First, IActorRef Second)> Siblings(SupervisorStrategy strategy)
    {
        var child = Counter(TestActor, new Instances());
        var parent = Sys.ActorOf(Props.Create(() => new Supervisor(strategy, child, 2)));
        var first = await parent.Ask<IActorRef>("child 0", Eventually);
        var second = await parent.Ask<IActorRef>("child 1", Eventually);
        first.Tell("report");
        await ExpectMsgAsync<string>();
        second.Tell("increment");
        second.Tell("report");
        await ExpectMsgAsync<string>(text => text.EndsWith(":state 1", StringComparison.Ordinal));
        return (first, second);
    }

    private sealed class Supervisor : ReceiveActor
    {
        private readonly SupervisorStrategy _strategy;

        public Supervisor(SupervisorStrategy strategy, Props child, int children)
        {
            _strategy = strategy;
            for (var i = 0; i < children; i++) Context.ActorOf(child, $"child-{i}");
            Receive<string>(text => Sender.Tell(Context.Child(text.Replace(' ', '-'))));
        }

        protected override SupervisorStrategy SupervisorStrategy() => _strategy;
    }

    private sealed class Counting : ReceiveActor
    {
        private readonly int _id;
        private int _state;

        public Counting(IActorRef probe, Instances instances)
        {
            _id = instances.Next();
            Receive<string>(text => text == "increment", _ => _state++);
            Receive<string>(text => text == "boom", _ => throw new Boom());
            Receive<string>(_ => probe.Tell($"{_id}:state {_state}"));
        }
    }

    private sealed class Failing : ReceiveActor
    {
        public Failing(IActorRef probe)
        {
            var child = Context.ActorOf(Akka.TestKit.TestActors.ForwardActor.Props(probe));
            Receive<string>(text => text == "child?", _ => Sender.Tell(child));
            Receive<string>(_ => throw new Boom());
        }
    }
}
