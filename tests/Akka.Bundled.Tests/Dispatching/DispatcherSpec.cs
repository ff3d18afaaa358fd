using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Dispatching;

public sealed class DispatcherSpec : ActorSpec
{
    private const string Dispatchers = """
        pinned { type = PinnedDispatcher }
        own-threads {
          type = ForkJoinDispatcher
          throughput = 5
          dedicated-thread-pool { thread-count = 1 }
        }
        fork-join { executor = fork-join-executor, dedicated-thread-pool { thread-count = 1 } }
        one-at-a-time { throughput = 1 }
        akka.actor.deployment {
          /deployed { dispatcher = pinned }
          /deployed/child { dispatcher = one-at-a-time }
        }
        """;

    public DispatcherSpec() : base(Dispatchers)
    {
    }

    [Fact]
    public void An_unknown_dispatcher_is_refused_when_the_actor_is_made() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(BlackHoleActor.Props.WithDispatcher("no-such")));

    [Fact]
    public void An_unknown_mailbox_is_refused_when_the_actor_is_made() =>
        Assert.Throws<ConfigurationException>(() => Sys.ActorOf(BlackHoleActor.Props.WithMailbox("no-such")));

    [Theory]
    [InlineData("pinned")]
    [InlineData("own-threads")]
    public async Task A_dispatcher_may_have_a_thread_of_its_own(string dispatcher)
    {
        var actor = Sys.ActorOf(Props.Create(() => new OnThread()).WithDispatcher(dispatcher));
        var threads = new HashSet<int>();
        for (var i = 0; i < 20; i++)
        {
            var (id, isPool) = await actor.Ask<(int, bool)>("thread?", Eventually);
            Assert.False(isPool);
            threads.Add(id);
        }

        Assert.Single(threads);
    }

    [Fact]
    public async Task Two_pinned_actors_have_a_thread_each()
    {
        var gate = new Gate();
        var blocked = Sys.ActorOf(Props.Create(() => new Blocking(TestActor, gate)).WithDispatcher("pinned"));
        blocked.Tell("block");
        await ExpectTrace("blocked");
        var free = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("pinned"));
        Assert.Equal("ping", await free.Ask<string>("ping", Eventually));
        gate.Open();
    }

    [Fact]
    public async Task The_default_dispatcher_uses_the_thread_pool()
    {
        var (_, isPool) = await Sys.ActorOf(Props.Create(() => new OnThread())).Ask<(int, bool)>("thread?", Eventually);
        Assert.True(isPool);
    }

    [Theory]
    [InlineData("akka.actor.default-dispatcher")]
    [InlineData("akka.actor.internal-dispatcher")]
    [InlineData("akka.actor.default-blocking-io-dispatcher")]
    [InlineData("fork-join")]
    [InlineData("one-at-a-time")]
    public async Task Every_dispatcher_runs_actors(string dispatcher)
    {
        Assert.True(Sys.Dispatchers.HasDispatcher(dispatcher));
        var echo = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher(dispatcher));
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => echo.Ask<int>(i, Eventually)));
        Assert.Equal(Enumerable.Range(0, 100), answers);
    }

    [Fact]
    public void Dispatchers_are_looked_up_by_id()
    {
        Assert.Same(Sys.Dispatchers.Lookup("own-threads"), Sys.Dispatchers.Lookup("own-threads"));
        Assert.Equal(5, Sys.Dispatchers.Lookup("own-threads").Throughput);
        Assert.Equal("akka.actor.default-dispatcher", Sys.Dispatchers.DefaultGlobalDispatcher.Id);
        Assert.False(Sys.Dispatchers.HasDispatcher("no-such"));
    }

    [Fact]
    public async Task Deployment_can_choose_the_dispatcher_by_path()
    {
        var actor = Sys.ActorOf(Props.Create(() => new OnThread()), "deployed");
        var (_, isPool) = await actor.Ask<(int, bool)>("thread?", Eventually);
        Assert.False(isPool);
    }

    [Fact]
    public async Task Work_can_be_handed_to_a_dispatcher()
    {
        var done = new TaskCompletionSource();
        Sys.Dispatchers.DefaultGlobalDispatcher.Schedule(done.SetResult);
        await done.Task.WaitAsync(Eventually);
    }

    private sealed class OnThread : ReceiveActor
    {
        public OnThread() =>
            ReceiveAny(_ => Sender.Tell((Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread)));
    }

    private sealed class Blocking : ReceiveActor
    {
        public Blocking(IActorRef probe, Gate gate) =>
            ReceiveAny(_ =>
            {
                probe.Tell("blocked");
                gate.Pass();
            });
    }
}
