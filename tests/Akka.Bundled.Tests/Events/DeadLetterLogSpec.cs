using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Events;

public sealed class DeadLetterLogSpec : ActorSpec
{
    private const string LogTwo = """
        akka.loglevel = DEBUG
        akka.log-dead-letters = 2
        akka.log-dead-letters-suspend-duration = infinite
        akka.actor.debug.unhandled = on
        """;

    public DeadLetterLogSpec() : base(LogTwo)
    {
    }

    [Fact]
    public async Task The_first_dead_letters_are_logged_and_the_rest_are_not()
    {
        var actor = await Dead();
        await EventFilter.Info(contains: "was not delivered").And.Info(contains: "no more dead letters")
            .ExpectAsync(2, () =>
            {
                for (var i = 0; i < 5; i++) actor.Tell($"lost {i}", ActorRefs.NoSender);
                return Task.CompletedTask;
            });
    }

    [Fact]
    public async Task A_dead_letter_is_logged_with_type_and_recipient()
    {
        var actor = await Dead();
        await EventFilter.Info(contains: "Message [String]").ExpectOneAsync(() =>
        {
            actor.Tell("lost", ActorRefs.NoSender);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Unhandled_messages_are_logged_on_demand()
    {
        var actor = Sys.ActorOf(Props.Create(() => new UnhandledMessageActor()), "deaf");
        await EventFilter.Debug(start: "Unhandled message from").ExpectOneAsync(() =>
        {
            actor.Tell("what?");
            return Task.CompletedTask;
        });
    }

    private async Task<IActorRef> Dead()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props, "dead");
        await StopAndAwait(actor);
        // Who logs dead letters is an actor, too, and hears of none before it has started.
        await Sys.ActorSelection("/system/deadLetterListener").ResolveOne(Eventually);
        return actor;
    }
}
