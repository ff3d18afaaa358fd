using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.TestActors;
using Xunit.Sdk;

namespace Akka.Conformance.Kit;

public sealed class ExpectSpec : ActorSpec
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Expectations_see_messages_in_order()
    {
        TestActor.Tell("a");
        TestActor.Tell(2);
        TestActor.Tell("c");
        Assert.Equal("a", ExpectMsg<string>());
        Assert.Equal(2, await ExpectMsgAsync(2));
        Assert.Equal("c", await ExpectMsgAsync<string>(text => text.Length == 1));
    }

    [Fact]
    public async Task Another_message_than_expected_fails_the_test()
    {
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg("b"));
        TestActor.Tell("a");
        await Assert.ThrowsAnyAsync<XunitException>(async () => await ExpectMsgAsync<int>());
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>(text => text == "b"));
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectNoMsg(Short));
    }

    [Fact]
    public async Task No_message_fails_the_test_after_the_time_given()
    {
        Assert.ThrowsAny<XunitException>(() => ExpectMsg<string>(Short));
        await Assert.ThrowsAnyAsync<XunitException>(async () => await ExpectMsgAsync("a", Short));
    }

    [Fact]
    public async Task The_sender_can_be_expected_too()
    {
        var probe = CreateTestProbe();
        probe.Send(TestActor, "a");
        ExpectMsgFrom(probe.Ref, "a");
        probe.Send(TestActor, "b");
        await ExpectMsgFromAsync<string>(probe.Ref, text => text == "b");
        Assert.Equal(probe.Ref, LastSender);
        Assert.Equal("b", LastMessage);
        TestActor.Tell("c");
        Assert.ThrowsAny<XunitException>(() => ExpectMsgFrom(probe.Ref, "c"));
    }

    [Fact]
    public async Task Several_messages_may_come_in_any_order()
    {
        foreach (var message in new[] { "c", "a", "b" }) TestActor.Tell(message);
        ExpectMsgAllOf("a", "b", "c");
        foreach (var message in new[] { "b", "a" }) TestActor.Tell(message);
        Assert.Equal(["b", "a"], await ExpectMsgAllOfAsync(new[] { "a", "b" }).ToListAsync());
        TestActor.Tell("x");
        TestActor.Tell("a");
        Assert.ThrowsAny<XunitException>(() => ExpectMsgAllOf("a", "b"));
        TestActor.Tell("b");
        Assert.Equal("b", ExpectMsgAnyOf(["a", "b"]));
        TestActor.Tell("c");
        await Assert.ThrowsAnyAsync<XunitException>(async () => await ExpectMsgAnyOfAsync(["a", "b"]));
    }

    [Fact]
    public async Task Messages_can_be_received_without_expectation()
    {
        Assert.Null(ReceiveOne(TimeSpan.Zero));
        foreach (var number in new[] { 1, 2, 3, 4 }) TestActor.Tell(number);
        Assert.Equal(1, PeekOne());
        Assert.Equal(1, ReceiveOne());
        Assert.True(HasMessages);
        Assert.Equal([2, 3], ReceiveN(2).Cast<int>());
        Assert.True(TryReceiveOne(out var envelope, Short));
        Assert.Equal(4, envelope.Message);
        Assert.Equal(TestActor, envelope.Sender);
        Assert.False((await TryReceiveOneAsync(Short)).success);
        Assert.Null(await ReceiveOneAsync(Short));
        Assert.ThrowsAny<XunitException>(() => ReceiveN(1, Short));
        Assert.False(HasMessages);
    }

    [Fact]
    public async Task Receiving_goes_on_while_a_condition_holds()
    {
        foreach (var number in new[] { 1, 2, 3, 10, 4 }) TestActor.Tell(number);
        Assert.Equal([1, 2, 3], ReceiveWhile<int>(number => number < 10, Eventually));
        Assert.Equal([10, 4], await ReceiveWhileAsync<int>(_ => true, Eventually, msgs: 2).ToListAsync());
        foreach (var message in new object[] { "a", "b", 5 }) TestActor.Tell(message);
        Assert.Equal(["A", "B"], ReceiveWhile(message => (message as string)?.ToUpperInvariant()!, Eventually));
        ExpectMsg(5);
        TestActor.Tell("c");
        TestActor.Tell("d");
        Assert.Equal(["c"], ReceiveWhile<string>(_ => true, Eventually, msgs: 1));
        ExpectMsg("d");
    }

    [Fact]
    public async Task Receiving_ends_with_its_time()
    {
        Assert.Empty(ReceiveWhile<int>(_ => true, Short));
        Assert.Empty(await ReceiveWhileAsync<int>(_ => true, Short).ToListAsync());
    }

    [Fact]
    public async Task Fishing_drops_what_comes_before()
    {
        foreach (var message in new object[] { 1, "a", "b", 2 }) TestActor.Tell(message);
        Assert.Equal("b", FishForMessage<string>(text => text == "b"));
        Assert.Equal(2, await FishForMessageAsync(message => message is 2));
        Assert.ThrowsAny<XunitException>(() => FishForMessage(_ => true, Short));
    }

    [Fact]
    public void Messages_can_be_ignored()
    {
        IgnoreMessages(message => message is int);
        TestActor.Tell(1);
        TestActor.Tell("a");
        ExpectMsg("a");
        IgnoreMessages<string>();
        TestActor.Tell("b");
        TestActor.Tell(2);
        ExpectMsg(2);
        IgnoreNoMessages();
        TestActor.Tell("c");
        ExpectMsg("c");
    }

    [Fact]
    public void A_block_limits_the_expectations_in_it()
    {
        var limit = TimeSpan.FromSeconds(30);
        Within(limit, () => Assert.InRange(Remaining, limit / 3, limit));
        Assert.Throws<InvalidOperationException>(() => Remaining);
        Assert.ThrowsAny<XunitException>(() => Within(Short, () => ExpectMsg<string>()));
        Assert.ThrowsAny<XunitException>(() => Within(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(30), () => { }));
        Assert.Equal(5, Within(TimeSpan.FromSeconds(30), () => 5));
    }

    [Fact]
    public async Task A_block_may_be_awaited()
    {
        Assert.Equal(5, await WithinAsync(TimeSpan.FromSeconds(30), async () =>
        {
            await Task.Yield();
            return 5;
        }));
        await Assert.ThrowsAnyAsync<Exception>(() => WithinAsync(Short, async () => await ExpectMsgAsync<string>()));
    }

    [Fact]
    public async Task Assertions_and_conditions_can_be_awaited()
    {
        var attempts = 0;
        void Third() => Assert.Equal(3, ++attempts);
        AwaitAssert(Third, Eventually, TimeSpan.FromMilliseconds(1));
        attempts = 0;
        await AwaitAssertAsync(Third, Eventually, TimeSpan.FromMilliseconds(1));
        Assert.ThrowsAny<XunitException>(() =>
            AwaitAssert(() => Assert.Fail("never"), Short, TimeSpan.FromMilliseconds(10)));

        attempts = 0;
        AwaitCondition(() => ++attempts == 3, Eventually, TimeSpan.FromMilliseconds(1));
        await AwaitConditionAsync(() => ++attempts == 6, Eventually, TimeSpan.FromMilliseconds(1));
        Assert.ThrowsAny<XunitException>(() => AwaitCondition(() => false, Short, TimeSpan.FromMilliseconds(10)));
        Assert.False(await AwaitConditionNoThrowAsync(() => false, Short, TimeSpan.FromMilliseconds(10)));
    }

    [Fact]
    public async Task The_test_actor_is_the_sender_even_after_an_await()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        echo.Tell("before");
        await ExpectMsgAsync("before");
        await Task.Delay(1);
        echo.Tell("after");
        await ExpectMsgAsync("after");
        await AwaitAssertAsync(() => echo.Tell("inside"));
        await ExpectMsgAsync("inside");
        await WithinAsync(Eventually, async () =>
        {
            await Task.Yield();
            echo.Tell("block");
            await ExpectMsgAsync("block");
        });
    }

    [Fact]
    public async Task A_death_can_be_expected()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
        var other = await WatchAsync(Sys.ActorOf(BlackHoleActor.Props));
        await UnwatchAsync(other);
        Sys.Stop(other);
        ExpectNoMsg(Short);
    }
}

public sealed class NoImplicitSenderSpec : ActorSpec, INoImplicitSender
{
    [Fact]
    public async Task A_test_may_have_no_sender()
    {
        TestActor.Tell("a");
        await ExpectMsgFromAsync(Sys.DeadLetters, "a");
    }
}
