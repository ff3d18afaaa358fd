using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Conformance.Dispatching;

public sealed class MailboxSpec : ActorSpec
{
    private static readonly string Mailboxes = $$"""
        priority { mailbox-type = "{{Name(typeof(ByNumber))}}" }
        stable { mailbox-type = "{{Name(typeof(ByParity))}}" }
        bounded {
          mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka"
          mailbox-capacity = 2
          mailbox-push-timeout-time = 0s
        }
        bounded-deque {
          mailbox-type = "Akka.Dispatch.BoundedDequeBasedMailbox, Akka"
          mailbox-capacity = 2
          mailbox-push-timeout-time = 0s
        }
        unbounded { mailbox-type = "Akka.Dispatch.UnboundedMailbox, Akka" }
        akka.actor.deployment {
          /prioritised { mailbox = priority }
        }
        """;

    public MailboxSpec() : base(Mailboxes)
    {
    }

    [Fact]
    public async Task A_priority_mailbox_delivers_the_smallest_first()
    {
        await TellWhileHeld(Holding().WithMailbox("priority"), null, 5, 3, 9, 1);
        await ExpectTrace(1, 3, 5, 9);
    }

    [Fact]
    public async Task A_stable_priority_mailbox_keeps_the_order_of_equals()
    {
        await TellWhileHeld(Holding().WithMailbox("stable"), null, 5, 2, 3, 4, 1);
        await ExpectTrace(2, 4, 5, 3, 1);
    }

    [Fact]
    public async Task Deployment_can_choose_the_mailbox_by_path()
    {
        await TellWhileHeld(Holding(), "prioritised", 3, 1, 2);
        await ExpectTrace(1, 2, 3);
    }

    [Theory]
    [InlineData("bounded")]
    [InlineData("bounded-deque")]
    public async Task A_bounded_mailbox_that_is_full_makes_dead_letters(string mailbox)
    {
        var letters = Listener<DeadLetter>();
        await TellWhileHeld(Holding().WithMailbox(mailbox), null, 1, 2, 3);
        await ExpectTrace(1, 2);
        Assert.Equal(3, (await letters.ExpectMsgAsync<DeadLetter>()).Message);
    }

    [Fact]
    public async Task A_stash_gets_a_mailbox_that_can_put_back()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Stashing(TestActor)));
        actor.Tell("a");
        actor.Tell("unstash");
        await ExpectTrace("a");
    }

    [Fact]
    public void A_mailbox_that_cannot_put_back_is_refused_to_a_stash() =>
        Assert.Throws<ConfigurationException>(() =>
            Sys.ActorOf(Props.Create(() => new Stashing(TestActor)).WithMailbox("unbounded")));

    [Fact]
    public async Task A_mailbox_type_makes_queues_of_its_kind()
    {
        var queue = new UnboundedMailbox().Create(TestActor, Sys);
        queue.Enqueue(TestActor, new Envelope("a", TestActor));
        queue.Enqueue(TestActor, new Envelope("b", TestActor));
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TryDequeue(out var first));
        Assert.Equal("a", first.Message);
        Assert.True(queue.HasMessages);
        await ExpectNoMsgAsync(0);
    }

    private static string Name(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    private Props Holding() => Props.Create(() => new Holder(TestActor));

    /// <summary>Tells the actor all of this while it works on something else.</summary>
    private async Task TellWhileHeld(Props props, string? name, params int[] numbers)
    {
        var gate = new Gate();
        var actor = Sys.ActorOf(props, name);
        actor.Tell(gate);
        await ExpectTrace("held");
        foreach (var number in numbers) actor.Tell(number);
        gate.Open();
    }

    public sealed class ByNumber(Settings settings, Config config) : UnboundedPriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) => message as int? ?? 0;
    }

    public sealed class ByParity(Settings settings, Config config) : UnboundedStablePriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) => message is int number ? number % 2 : 0;
    }

    private sealed class Holder : ReceiveActor
    {
        public Holder(IActorRef probe)
        {
            Receive<Gate>(gate =>
            {
                probe.Tell("held");
                gate.Pass();
            });
            ReceiveAny(message => probe.Tell(message));
        }
    }

    private sealed class Stashing : ReceiveActor, IWithUnboundedStash
    {
        public Stashing(IActorRef probe)
        {
            Receive<string>(text => text == "unstash", _ =>
            {
                Become(() => ReceiveAny(message => probe.Tell(message)));
                Stash.UnstashAll();
            });
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;
    }
}
