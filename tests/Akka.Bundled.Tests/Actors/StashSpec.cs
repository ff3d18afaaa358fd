using Akka.Actor;

namespace Akka.Conformance.Actors;

public sealed class StashSpec : ActorSpec
{
    [Fact]
    public async Task Unstashed_messages_come_first_and_in_order()
    {
        var gate = new Gate();
        var actor = Sys.ActorOf(Props.Create(() => new Stashing(TestActor, gate)));
        foreach (var message in new[] { "a", "b", "open", "c" }) actor.Tell(message);
        gate.Open();
        await ExpectTrace("a", "b", "c");
    }

    [Fact]
    public async Task The_sender_of_a_stashed_message_is_kept()
    {
        var gate = new Gate();
        gate.Open();
        var actor = Sys.ActorOf(Props.Create(() => new Stashing(TestActor, gate)));
        var origin = CreateTestProbe();
        origin.Send(actor, "sender?");
        actor.Tell("open");
        Assert.Equal(origin.Ref, await ExpectMsgAsync<IActorRef>());
    }

    [Fact]
    public async Task A_message_is_stashed_once()
    {
        Sys.ActorOf(Props.Create(() => new StashingTwice(TestActor))).Tell("message");
        await ExpectTrace(nameof(IllegalActorStateException));
    }

    [Fact]
    public async Task A_stash_of_limited_capacity_overflows()
    {
        Sys.ActorOf(Props.Create(() => new Counting(TestActor)).WithStashCapacity(2), "limited").Tell("a");
        var actor = Sys.ActorSelection("/user/limited");
        actor.Tell("b", ActorRefs.NoSender);
        actor.Tell("c", ActorRefs.NoSender);
        await ExpectTrace(1, 2, nameof(StashOverflowException));
    }

    [Fact]
    public async Task A_stash_can_be_filtered_and_cleared()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Filtering(TestActor)));
        foreach (var message in new[] { "stash a", "stash b", "stash c", "unstash b", "clear", "unstash" })
            actor.Tell(message);
        await ExpectTrace("stash b");
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task What_is_stashed_when_the_actor_stops_becomes_dead_letters()
    {
        var letters = Listener<Akka.Event.DeadLetter>();
        var actor = Sys.ActorOf(Props.Create(() => new Counting(TestActor)));
        actor.Tell("kept");
        await ExpectTrace(1);
        await StopAndAwait(actor);
        Assert.Equal("kept", (await letters.ExpectMsgAsync<Akka.Event.DeadLetter>()).Message);
    }

    private sealed class Stashing : ReceiveActor, IWithUnboundedStash
    {
        public Stashing(IActorRef probe, Gate gate)
        {
            Receive<string>(text => text == "open", _ =>
            {
                gate.Pass();
                Become(() => ReceiveAny(message =>
                {
                    if (message is "sender?")
                        probe.Tell(Sender);
                    else
                        probe.Tell(message);
                }));
                Stash.UnstashAll();
            });
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;
    }

    private sealed class StashingTwice : ReceiveActor, IWithUnboundedStash
    {
        public StashingTwice(IActorRef probe) =>
            ReceiveAny(_ =>
            {
                Stash.Stash();
                try
                {
                    Stash.Stash();
                }
                catch (IllegalActorStateException failure)
                {
                    probe.Tell(failure.GetType().Name);
                }
            });

        public IStash Stash { get; set; } = null!;
    }

    private sealed class Counting : ReceiveActor, IWithStash
    {
        public Counting(IActorRef probe) =>
            ReceiveAny(_ =>
            {
                try
                {
                    Stash.Stash();
                    probe.Tell(Stash.Count);
                }
                catch (StashOverflowException failure)
                {
                    probe.Tell(failure.GetType().Name);
                }
            });

        public IStash Stash { get; set; } = null!;
    }

    private sealed class Filtering : ReceiveActor, IWithUnboundedStash
    {
        private bool _unstashing;

        public Filtering(IActorRef probe)
        {
            Receive<string>(text => text.StartsWith("stash", StringComparison.Ordinal) && !_unstashing,
                _ => Stash.Stash());
            Receive<string>(text => text == "unstash b", _ =>
            {
                _unstashing = true;
                Stash.UnstashAll(envelope => envelope.Message is "stash b");
            });
            Receive<string>(text => text == "clear", _ => Stash.ClearStash());
            Receive<string>(text => text == "unstash", _ => Stash.UnstashAll());
            ReceiveAny(message => probe.Tell(message));
        }

        public IStash Stash { get; set; } = null!;
    }
}
