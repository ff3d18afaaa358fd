using Akka.Actor;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Actors;

public sealed class PathSpec : ActorSpec
{
    [Fact]
    public void A_local_path_names_system_guardian_and_actor()
    {
        var path = Sys.ActorOf(BlackHoleActor.Props, "a").Path;
        Assert.Equal("akka://test/user/a", path.ToString());
        Assert.Equal("/user/a", path.ToStringWithoutAddress());
        Assert.Equal(["user", "a"], path.Elements);
        Assert.Equal("akka://test/user", path.Parent.ToString());
        Assert.Equal("akka://test/", path.Root.ToString());
        Assert.Equal($"akka://test/user/a#{path.Uid}", path.ToSerializationFormat());
    }

    [Fact]
    public void A_slash_makes_a_child_path()
    {
        var path = new RootActorPath(new Address("akka", "sys")) / "user" / "a" / "b";
        Assert.Equal("akka://sys/user/a/b", path.ToString());
        Assert.Equal("b", path.Name);
    }

    [Fact]
    public void A_path_parses_back_to_itself()
    {
        var path = ActorPath.Parse("akka.tcp://sys@host:4711/user/a/b#17");
        Assert.Equal(new Address("akka.tcp", "sys", "host", 4711), path.Address);
        Assert.Equal(["user", "a", "b"], path.Elements);
        Assert.Equal(17, path.Uid);
        Assert.Equal("akka.tcp://sys@host:4711/user/a/b", path.ToString());
        Assert.Equal("akka.tcp://sys@host:4711/user/a/b#17", path.ToSerializationFormat());
    }

    [Fact]
    public void A_local_path_takes_an_address_when_it_leaves_the_system()
    {
        var address = new Address("akka.tcp", "sys", "host", 1);
        var path = Sys.ActorOf(BlackHoleActor.Props, "a").Path;
        Assert.Equal("akka.tcp://sys@host:1/user/a", path.ToStringWithAddress(address));
        Assert.Equal($"akka.tcp://sys@host:1/user/a#{path.Uid}", path.ToSerializationFormatWithAddress(address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no path")]
    [InlineData("/user/a")]
    public void What_is_no_path_does_not_parse(string text) => Assert.False(ActorPath.TryParse(text, out _));

    [Fact]
    public void Addresses_parse_and_compare_by_value()
    {
        var address = Address.Parse("akka.tcp://sys@host:1");
        Assert.Equal(new Address("akka.tcp", "sys", "host", 1), address);
        Assert.True(address.HasGlobalScope);
        Assert.Equal("sys@host:1", address.HostPort());
        Assert.True(new Address("akka", "sys").HasLocalScope);
        Assert.Equal("akka://sys", new Address("akka", "sys").ToString());
        Assert.Equal(2, address.WithPort(2).Port);
        Assert.Equal("other", address.WithHost("other").Host);
    }

    [Fact]
    public async Task A_new_incarnation_has_the_old_path_but_is_not_equal()
    {
        var first = Sys.ActorOf(BlackHoleActor.Props, "same");
        await StopAndAwait(first);
        IActorRef? second = null;
        await AwaitAssertAsync(() => second = Sys.ActorOf(BlackHoleActor.Props, "same"), Eventually);
        Assert.Equal(first.Path.ToString(), second!.Path.ToString());
        Assert.NotEqual(first, second);
        Assert.NotEqual(first.Path.Uid, second.Path.Uid);
    }
}
