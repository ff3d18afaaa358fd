using Akka.Actor;
using Akka.Event;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class TellSpec : ActorSpec
{
    [Fact]
    public async Task Null_is_no_message()
    {
        var actor = Sys.ActorOf(SimpleEchoActor.Props());
        await actor.Ask<string>("started?", Eventually);
        Assert.Throws<ArgumentNullException>(() => actor.Tell(null!, ActorRefs.NoSender));
    }

    [Fact]
    public async Task A_tell_without_sender_comes_from_the_dead_letters()
    {
        TestActor.Tell("anonymous", ActorRefs.NoSender);
        await ExpectMsgFromAsync(Sys.DeadLetters, "anonymous");
    }

    [Fact]
    public async Task Forward_keeps_the_sender()
    {
        var origin = CreateTestProbe();
        origin.Send(Sys.ActorOf(ForwardActor.Props(TestActor)), "hello");
        await ExpectMsgFromAsync(origin.Ref, "hello");
    }

    [Fact]
    public async Task A_tell_inside_an_actor_has_the_actor_as_sender()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        echo.Tell("ping");
        await ExpectMsgFromAsync(echo, "ping");
    }

    [Fact]
    public async Task What_an_actor_does_not_handle_is_published_as_unhandled()
    {
        var listener = Listener<AllDeadLetters>();
        var actor = Sys.ActorOf(Props.Create(() => new OnlyStrings()));
        actor.Tell(5);
        var unhandled = await listener.ExpectMsgAsync<UnhandledMessage>();
        Assert.Equal(5, unhandled.Message);
        Assert.Equal(TestActor, unhandled.Sender);
        Assert.Equal(actor, unhandled.Recipient);
    }

    [Fact]
    public async Task What_is_told_to_a_stopped_actor_is_a_dead_letter()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        await StopAndAwait(actor);
        var listener = Listener<AllDeadLetters>();
        actor.Tell("late");
        var letter = await listener.ExpectMsgAsync<DeadLetter>();
        Assert.Equal("late", letter.Message);
        Assert.Equal(actor, letter.Recipient);
        Assert.Equal(TestActor, letter.Sender);
    }

    [Fact]
    public async Task What_asks_not_to_be_reported_is_a_suppressed_dead_letter()
    {
        var plain = Listener<DeadLetter>();
        var suppressed = Listener<SuppressedDeadLetter>();
        Sys.DeadLetters.Tell(new Discreet());
        Assert.IsType<Discreet>((await suppressed.ExpectMsgAsync<SuppressedDeadLetter>()).Message);
        await plain.ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task Messages_of_each_sender_arrive_in_order()
    {
        const int PerSender = 100_000;
        var order = Sys.ActorOf(Props.Create(() => new CheckingOrder(TestActor, 2 * PerSender)));
        var start = new Barrier(2);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(sender => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < PerSender; i++) order.Tell(new Numbered(sender, i), ActorRefs.NoSender);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        await ExpectTrace("in order");
    }

    private sealed class Discreet : IDeadLetterSuppression;

    private sealed record Numbered(int Sender, int Number);

    private sealed class OnlyStrings : ReceiveActor
    {
        public OnlyStrings() => Receive<string>(_ => { });
    }

    private sealed class CheckingOrder : ReceiveActor
    {
        private readonly int[] _next = new int[2];
        private int _received;

        public CheckingOrder(IActorRef probe, int total) =>
            Receive<Numbered>(message =>
            {
                if (message.Number != _next[message.Sender]++) probe.Tell($"{message} out of order");
                if (++_received == total) probe.Tell("in order");
            });
    }
}
