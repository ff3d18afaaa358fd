using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

/// <summary>What must hold whatever the threads do: these run the same races many times over.</summary>
public sealed class ConcurrencySpec : ActorSpec
{
    [Fact]
    public async Task Every_watcher_is_told_of_every_death_exactly_once()
    {
        const int Subjects = 20, Watchers = 20;
        var subjects = Enumerable.Range(0, Subjects).Select(_ => Sys.ActorOf(BlackHoleActor.Props)).ToArray();
        for (var i = 0; i < Watchers; i++) Sys.ActorOf(Props.Create(() => new Mourner(TestActor, subjects)));

        Parallel.For(0, Subjects, i =>
        {
            switch (i % 3)
            {
                case 0: Sys.Stop(subjects[i]); break;
                case 1: subjects[i].Tell(PoisonPill.Instance, ActorRefs.NoSender); break;
                default: subjects[i].Tell(Kill.Instance, ActorRefs.NoSender); break;
            }
        });

        for (var i = 0; i < Watchers; i++) await ExpectMsgAsync("all dead", Eventually);
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Children_that_fail_all_at_once_all_come_back(bool allForOne)
    {
        var parent = Sys.ActorOf(Props.Create(() => new Parent(allForOne)));
        var children = await parent.Ask<IActorRef[]>("children", Eventually);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                var child = children[(i + thread) % children.Length];
                child.Tell(i % 3 == 0 ? new Boom("resume") : new Boom("restart"), ActorRefs.NoSender);
            }
        })));

        foreach (var child in children) Assert.Equal("pong", await child.Ask<string>("ping", Eventually));
    }

    [Fact]
    public async Task An_asynchronous_handler_is_never_entered_twice_though_it_fails_now_and_then()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Awaiter()));
        var answers = Enumerable.Range(1, 200).Where(i => i % 13 != 0).Select(i =>
        {
            if (i % 13 == 12) actor.Tell(new Boom(), ActorRefs.NoSender);
            return actor.Ask<int>(i, Eventually);
        }).ToArray();
        await Task.WhenAll(answers);
        Assert.Equal(Enumerable.Range(1, 200).Where(i => i % 13 != 0), answers.Select(a => a.Result));
    }

    [Fact]
    public async Task A_system_terminates_while_others_still_create_actors_in_it()
    {
        var system = ActorSystem.Create("busy", Sys.Settings.Config);
        var first = new TaskCompletionSource();
        var creator = Task.Run(() =>
        {
            try
            {
                for (var i = 0; i < 2000; i++)
                {
                    system.ActorOf(Props.Create(() => new Parent(false)));
                    first.TrySetResult();
                }
            }
            catch (InvalidOperationException)
            {
                // Too late: the guardian lets nobody in any more.
            }
        });
        await first.Task.WaitAsync(Eventually);
        await system.Terminate().WaitAsync(Eventually);
        await creator.WaitAsync(Eventually);
        Assert.True(system.WhenTerminated.IsCompletedSuccessfully);
    }

    private sealed class Mourner : ReceiveActor
    {
        public Mourner(IActorRef reportTo, IActorRef[] subjects)
        {
            var dead = new HashSet<IActorRef>();
            foreach (var subject in subjects) Context.Watch(subject);
            Receive<Terminated>(t =>
            {
                if (!dead.Add(t.ActorRef)) reportTo.Tell("told twice");
                if (dead.Count == subjects.Length) reportTo.Tell("all dead");
            });
        }
    }

    private sealed class Parent : ReceiveActor
    {
        private readonly bool _allForOne;

        public Parent(bool allForOne)
        {
            _allForOne = allForOne;
            for (var i = 0; i < 5; i++) Context.ActorOf(Props.Create(() => new Child()));
            Receive<string>(_ => Sender.Tell(Context.GetChildren().ToArray()));
        }

        protected override SupervisorStrategy SupervisorStrategy() =>
            _allForOne ? new AllForOneStrategy(Decide) : new OneForOneStrategy(Decide);

        private static Directive Decide(Exception e) => e.Message == "resume" ? Directive.Resume : Directive.Restart;
    }

    private sealed class Child : ReceiveActor
    {
        public Child()
        {
            Context.ActorOf(BlackHoleActor.Props, "grandchild");
            Receive<string>(_ => Sender.Tell("pong"));
            Receive<Boom>(boom => throw boom);
        }
    }

    private sealed class Awaiter : ReceiveActor
    {
        private int _inside;

        public Awaiter()
        {
            ReceiveAsync<int>(async number =>
            {
                var (self, sender) = (Self, Sender);
                Assert.Equal(1, ++_inside);
                await Task.Yield();
                Assert.Same(self, Self);
                Assert.Equal(sender, Sender);
                Assert.Equal(1, _inside--);
                Sender.Tell(number);
            });
            ReceiveAsync<Boom>(async boom =>
            {
                await Task.Yield();
                throw boom;
            });
        }
    }
}
