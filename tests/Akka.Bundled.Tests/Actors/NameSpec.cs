using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class NameSpec : ActorSpec
{
    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("$a")]
    [InlineData("é")]
    [InlineData("a%2")]
    [InlineData("a?b")]
    public void A_name_of_other_characters_is_refused(string name) =>
        Assert.Throws<InvalidActorNameException>(() => Sys.ActorOf(BlackHoleActor.Props, name));

    [Theory]
    [InlineData("abc-XYZ_09")]
    [InlineData("""a"_.*$+:@&=,!~';()""")]
    [InlineData("a%20b")]
    public void A_name_of_url_characters_is_accepted(string name) =>
        Assert.Equal(name, Sys.ActorOf(BlackHoleActor.Props, name).Path.Name);

    [Fact]
    public void A_name_is_unique_among_living_siblings()
    {
        Sys.ActorOf(BlackHoleActor.Props, "only");
        var failure = Assert.Throws<InvalidActorNameException>(() => Sys.ActorOf(BlackHoleActor.Props, "only"));
        Assert.Contains("is not unique!", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_is_free_again_once_its_actor_has_stopped()
    {
        var first = Sys.ActorOf(BlackHoleActor.Props, "again");
        await StopAndAwait(first);
        await AwaitAssertAsync(() => Assert.NotEqual(first, Sys.ActorOf(BlackHoleActor.Props, "again")), Eventually);
    }

    [Fact]
    public async Task A_name_is_still_taken_in_the_handler_that_stops_its_actor()
    {
        Sys.ActorOf(Props.Create(() => new Replacing(TestActor))).Tell("go");
        await ExpectTrace(nameof(InvalidActorNameException));
    }

    [Fact]
    public async Task Children_without_a_name_are_numbered_in_letters()
    {
        Sys.ActorOf(Props.Create(() => new Naming(TestActor))).Tell(3);
        await ExpectTrace("$a", "$b", "$c");
    }

    private sealed class Replacing : ReceiveActor
    {
        public Replacing(IActorRef probe)
        {
            var child = Context.ActorOf(BlackHoleActor.Props, "child");
            ReceiveAny(_ =>
            {
                Context.Stop(child);
                try
                {
                    Context.ActorOf(BlackHoleActor.Props, "child");
                    probe.Tell("created");
                }
                catch (InvalidActorNameException)
                {
                    probe.Tell(nameof(InvalidActorNameException));
                }
            });
        }
    }

    private sealed class Naming : ReceiveActor
    {
        public Naming(IActorRef probe) =>
            Receive<int>(count =>
            {
                for (var i = 0; i < count; i++) probe.Tell(Context.ActorOf(BlackHoleActor.Props).Path.Name);
            });
    }
}
