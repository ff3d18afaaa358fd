using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Asking;

public sealed class GracefulStopSpec : ActorSpec
{
    [Fact]
    public async Task It_is_true_when_the_actor_stops_in_time() =>
        Assert.True(await Sys.ActorOf(BlackHoleActor.Props).GracefulStop(Eventually));

    [Fact]
    public async Task It_is_true_for_an_actor_that_is_dead_already()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        await StopAndAwait(actor);
        Assert.True(await actor.GracefulStop(Eventually));
    }

    [Fact]
    public async Task It_is_false_when_the_actor_goes_on()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        // A message of one's own is no order to stop unless the actor takes it for one.
        Assert.False(await actor.GracefulStop(AShortWhile, "please"));
    }

    [Fact]
    public async Task It_can_use_a_message_of_its_own() =>
        Assert.True(await Sys.ActorOf(Props.Create(() => new Polite())).GracefulStop(Eventually, "please"));

    [Fact]
    public async Task Watching_can_be_awaited()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        var stopped = actor.WatchAsync();
        Assert.False(stopped.IsCompleted);
        Sys.Stop(actor);
        Assert.True(await stopped);
    }

    [Fact]
    public async Task An_inbox_receives_watches_and_sends()
    {
        using var inbox = Inbox.Create(Sys);
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        inbox.Send(echo, "ping");
        Assert.Equal("ping", await inbox.ReceiveAsync(Eventually));
        inbox.Watch(echo);
        Sys.Stop(echo);
        Assert.Equal(echo, Assert.IsType<Terminated>(await inbox.ReceiveAsync(Eventually)).ActorRef);
        inbox.Receiver.Tell("a");
        inbox.Receiver.Tell("b");
        Assert.Equal("b", inbox.ReceiveWhere(message => message is "b", Eventually));
        Assert.Equal("a", inbox.Receive(Eventually));
    }

    private sealed class Polite : ReceiveActor
    {
        public Polite() => Receive<string>(_ => Context.Stop(Self));
    }
}
