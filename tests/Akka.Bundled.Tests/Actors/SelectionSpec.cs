using Akka.Actor;
using Akka.Event;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class SelectionSpec : ActorSpec
{
    [Fact]
    public async Task A_selection_delivers_by_path()
    {
        Sys.ActorOf(ForwardActor.Props(TestActor), "target");
        Sys.ActorSelection("/user/target").Tell("absolute");
        Sys.ActorSelection("akka://test/user/target").Tell("with address");
        await ExpectTrace("absolute", "with address");
    }

    [Fact]
    public async Task A_selection_may_be_relative_to_the_actor()
    {
        Sys.ActorOf(Props.Create(() => new Family(TestActor)), "family").Tell("../family/child-*");
        await ExpectMsgAllOfAsync(new[] { "child-1", "child-2" }).ToListAsync();
    }

    [Fact]
    public async Task A_selection_of_nobody_makes_dead_letters()
    {
        var listener = Listener<DeadLetter>();
        Sys.ActorSelection("/user/nobody").Tell("lost");
        Assert.Equal("lost", (await listener.ExpectMsgAsync<DeadLetter>()).Message);
    }

    [Fact]
    public async Task Identify_is_answered_with_the_reference()
    {
        var target = Sys.ActorOf(BlackHoleActor.Props, "target");
        Sys.ActorSelection("/user/target").Tell(new Identify(1));
        var identity = await ExpectMsgAsync<ActorIdentity>();
        Assert.Equal(1, identity.MessageId);
        Assert.Equal(target, identity.Subject);
    }

    [Fact]
    public async Task Identify_of_nobody_is_answered_without_a_reference()
    {
        Sys.ActorSelection("/user/nobody").Tell(new Identify("who"));
        var identity = await ExpectMsgAsync<ActorIdentity>();
        Assert.Equal("who", identity.MessageId);
        Assert.Null(identity.Subject);
    }

    [Fact]
    public async Task ResolveOne_finds_the_actor()
    {
        var target = Sys.ActorOf(BlackHoleActor.Props, "target");
        Assert.Equal(target, await Sys.ActorSelection("/user/target").ResolveOne(Eventually));
    }

    [Fact]
    public async Task ResolveOne_of_nobody_fails() =>
        await Assert.ThrowsAsync<ActorNotFoundException>(() =>
            Sys.ActorSelection("/user/nobody").ResolveOne(Eventually));

    private sealed class Family : ReceiveActor
    {
        public Family(IActorRef probe)
        {
            for (var i = 1; i <= 2; i++) Context.ActorOf(Props.Create(() => new Child(probe)), $"child-{i}");
            Receive<string>(path => Context.ActorSelection(path).Tell("name?"));
        }
    }

    private sealed class Child : ReceiveActor
    {
        public Child(IActorRef probe) => ReceiveAny(_ => probe.Tell(Self.Path.Name));
    }
}
