using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class ReceiveAsyncSpec : ActorSpec
{
    [Fact]
    public async Task An_async_handler_ends_before_the_next_message_begins()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Awaiting(TestActor, Task.CompletedTask)));
        actor.Tell("x");
        actor.Tell("y");
        actor.Tell(PoisonPill.Instance);
        await ExpectTrace("x<", ">x", "y<", ">y", "PostStop");
    }

    [Fact]
    public async Task Stop_drops_the_rest_of_an_async_handler()
    {
        var held = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new Awaiting(TestActor, held.Task)));
        actor.Tell("x");
        await ExpectTrace("x<");
        Sys.Stop(actor);
        await ExpectTrace("PostStop");
        held.SetResult();
        await ExpectNoMsgAsync(AShortWhile);
    }

    [Fact]
    public async Task An_async_handler_fails_like_any_other()
    {
        var actor = Sys.ActorOf(Props.Create(() => new Awaiting(TestActor, Task.CompletedTask)));
        actor.Tell("throw");
        actor.Tell("z");
        await ExpectTrace("throw<", "PreRestart(throw)", "PostStop", "z<", ">z");
    }

    [Fact]
    public async Task Context_and_sender_survive_an_await()
    {
        var origin = CreateTestProbe();
        var actor = Sys.ActorOf(Props.Create(() => new LookingAround()), "looking");
        origin.Send(actor, "look");
        await origin.ExpectMsgAsync("looking with 1 child");
    }

    [Fact]
    public async Task System_messages_are_handled_during_an_await()
    {
        var held = new TaskCompletionSource();
        var actor = Sys.ActorOf(Props.Create(() => new Awaiting(TestActor, held.Task)));
        actor.Tell("x");
        await ExpectTrace("x<");
        // Watching and stopping are system messages; the mailbox is suspended for the others only.
        await WatchAsync(actor);
        Sys.Stop(actor);
        await ExpectMsgAsync("PostStop");
        await ExpectTerminatedAsync(actor);
    }

    [Fact]
    public async Task An_untyped_actor_can_run_a_task_of_its_own()
    {
        Sys.ActorOf(Props.Create(() => new RunningTask(TestActor))).Tell("a");
        await ExpectTrace("before", "after a");
    }

    private sealed class Awaiting : ReceiveActor
    {
        private readonly IActorRef _probe;

        public Awaiting(IActorRef probe, Task held)
        {
            _probe = probe;
            ReceiveAsync<string>(async text =>
            {
                probe.Tell($"{text}<");
                await Task.Delay(10);
                await held;
                if (text == "throw") throw new Boom();
                probe.Tell($">{text}");
            });
        }

        protected override void PreRestart(Exception reason, object? message)
        {
            _probe.Tell($"PreRestart({message})");
            base.PreRestart(reason, message);
        }

        protected override void PostStop() => _probe.Tell("PostStop");
    }

    private sealed class LookingAround : ReceiveActor
    {
        public LookingAround() =>
            ReceiveAnyAsync(async _ =>
            {
                await Task.Delay(10);
                Context.ActorOf(BlackHoleActor.Props);
                await Task.Yield();
                Sender.Tell($"{Self.Path.Name} with {Context.GetChildren().Count()} child");
            });
    }

    private sealed class RunningTask(IActorRef probe) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            RunTask(async () =>
            {
                probe.Tell("before");
                await Task.Delay(10);
                probe.Tell($"after {message}");
            });
        }
    }
}
