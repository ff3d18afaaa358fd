using Akka.Actor;

namespace Akka.Conformance.Kit;

public sealed class TestActorRefSpec : ActorSpec
{
    [Fact]
    public void A_tell_has_been_handled_when_it_returns()
    {
        var actor = ActorOfAsTestActorRef(() => new Counting());
        actor.Tell(5);
        actor.Tell(6);
        Assert.Equal(11, actor.UnderlyingActor.Sum);
    }

    [Fact]
    public void A_direct_call_shows_its_exception()
    {
        var actor = ActorOfAsTestActorRef<Counting>();
        actor.Receive(5);
        Assert.Equal(5, actor.UnderlyingActor.Sum);
        Assert.Throws<Boom>(() => actor.Receive("boom"));
        Assert.Equal(5, actor.UnderlyingActor.Sum);
    }

    [Fact]
    public async Task A_direct_call_can_be_awaited()
    {
        var actor = ActorOfAsTestActorRef<Counting>();
        await actor.ReceiveAsync(2.0);
        Assert.Equal(2, actor.UnderlyingActor.Sum);
    }

    [Fact]
    public async Task It_is_a_reference_like_any_other()
    {
        var actor = ActorOfAsTestActorRef<Counting>("named");
        Assert.Equal("akka://test/user/named", actor.Path.ToString());
        Assert.Equal(0, await actor.Ask<int>("sum?", Eventually));
        Assert.True(actor.Equals(actor.Ref));
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
    }

    [Fact]
    public async Task A_failure_restarts_it()
    {
        var actor = ActorOfAsTestActorRef<Counting>();
        actor.Tell(5);
        var before = actor.UnderlyingActor;
        actor.Tell("boom");
        // The decision is the guardian's, on its own thread.
        await AwaitAssertAsync(() => Assert.NotSame(before, actor.UnderlyingActor), Eventually);
        Assert.Equal(0, actor.UnderlyingActor.Sum);
    }

    [Fact]
    public async Task An_async_handler_comes_back_to_its_actor()
    {
        var actor = ActorOfAsTestActorRef<Counting>();
        actor.Tell(2.0);
        actor.Tell("report");
        await ExpectMsgFromAsync(actor.Ref, 2);
    }

    private sealed class Counting : ReceiveActor
    {
        public Counting()
        {
            Receive<int>(number => Sum += number);
            ReceiveAsync<double>(async number =>
            {
                await Task.Delay(10);
                // Without the actor's context this would throw.
                if (Context.Self.Equals(Self)) Sum += (int)number;
            });
            Receive<string>(text => text == "boom", _ => throw new Boom());
            ReceiveAny(_ => Sender.Tell(Sum));
        }

        public int Sum { get; private set; }
    }
}
