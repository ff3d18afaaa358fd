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
        some-threads {
          type = ForkJoinDispatcher
          shutdown-timeout = 10ms
          dedicated-thread-pool { thread-count = 3 }
        }
        team {
          one { type = ForkJoinDispatcher, dedicated-thread-pool { thread-count = 1, shared-as = team } }
          two { type = ForkJoinDispatcher, dedicated-thread-pool { thread-count = 1, shared-as = team } }
          many { type = ForkJoinDispatcher, dedicated-thread-pool { thread-count = 20, shared-as = team } }
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
    [InlineData("team.one")]
    [InlineData("team.many")]
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

    [Fact]
    public async Task An_actor_that_blocks_holds_up_no_other_while_there_are_threads()
    {
        var gate = new Gate();
        for (var i = 0; i < 2; i++)
        {
            Sys.ActorOf(Props.Create(() => new Blocking(TestActor, gate)).WithDispatcher("some-threads")).Tell("block");
            await ExpectTrace("blocked");
        }

        var free = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("some-threads"));
        for (var i = 0; i < 100; i++)
            Assert.Equal(i, await free.Ask<int>(i, Eventually));
        gate.Open();
    }

    [Fact]
    public async Task Threads_that_went_to_sleep_are_woken_for_every_burst_of_work()
    {
        var actors = Enumerable.Range(0, 8)
            .Select(_ => Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("some-threads")))
            .ToArray();
        for (var burst = 0; burst < 500; burst++)
        {
            var asked = actors.Take(1 + (burst % actors.Length)).Select(actor => actor.Ask<int>(burst, Eventually));
            Assert.All(await Task.WhenAll(asked), answer => Assert.Equal(burst, answer));
        }
    }

    [Fact]
    public async Task A_dispatcher_that_nobody_used_for_a_while_serves_the_next_actor()
    {
        for (var life = 0; life < 30; life++)
        {
            var actor = Sys.ActorOf(Props.Create(() => new OnThread()).WithDispatcher("some-threads"));
            Assert.False((await actor.Ask<(int, bool)>("thread?", Eventually)).Item2);
            Assert.True(await actor.GracefulStop(Eventually));
            // Sometimes longer than shutdown-timeout, so that the threads are gone, sometimes in the midst of it.
            if (life % 3 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(life));
        }
    }

    // Where dispatchers cannot share threads these have their own, and all of this holds by itself.
    [Fact]
    public async Task Actors_that_block_in_one_dispatcher_do_not_hold_up_those_that_share_its_threads()
    {
        var gate = new Gate();
        for (var i = 0; i < 19; i++)
        {
            Sys.ActorOf(Props.Create(() => new Blocking(TestActor, gate)).WithDispatcher("team.many")).Tell("block");
            await ExpectTrace("blocked");
        }

        foreach (var dispatcher in new[] { "team.one", "team.two", "team.many" })
        {
            var free = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher(dispatcher));
            for (var i = 0; i < 50; i++)
                Assert.Equal(i, await free.Ask<int>(i, Eventually));
        }

        gate.Open();
    }

    [Fact]
    public async Task A_dispatcher_with_one_thread_runs_one_actor_at_a_time_also_where_it_shares_it()
    {
        var running = new Running();
        var actors = Enumerable.Range(0, 10)
            .Select(_ => Sys.ActorOf(Props.Create(() => new Counting(running)).WithDispatcher("team.one")))
            .ToArray();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 2_000).Select(i => actors[i % actors.Length].Ask<int>(i, Eventually)));
        Assert.Equal(Enumerable.Range(0, 2_000), answers);
        Assert.Equal(1, running.Most);
    }

    [Fact]
    public async Task Work_goes_round_between_dispatchers_that_share_threads()
    {
        var one = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("team.one"));
        var two = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("team.two"));
        for (var i = 0; i < 500; i++)
        {
            var asked = new[] { one, two }.Take(1 + (i % 2)).Select(actor => actor.Ask<int>(i, Eventually));
            Assert.All(await Task.WhenAll(asked), answer => Assert.Equal(i, answer));
        }
    }

    [Fact]
    public async Task Shared_threads_that_nobody_used_for_a_while_serve_the_next_actor()
    {
        for (var life = 0; life < 20; life++)
        {
            var actor = Sys.ActorOf(SimpleEchoActor.Props().WithDispatcher("team.two"));
            Assert.Equal(life, await actor.Ask<int>(life, Eventually));
            Assert.True(await actor.GracefulStop(Eventually));
        }
    }

    private sealed class Running
    {
        private int _now;
        private int _most;

        public int Most => Volatile.Read(ref _most);

        public void Enter() => Interlocked.Exchange(ref _most, Math.Max(Most, Interlocked.Increment(ref _now)));

        public void Leave() => Interlocked.Decrement(ref _now);
    }

    private sealed class Counting : ReceiveActor
    {
        public Counting(Running running) =>
            ReceiveAny(message =>
            {
                running.Enter();
                Thread.SpinWait(100);
                running.Leave();
                Sender.Tell(message);
            });
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
