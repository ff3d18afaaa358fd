using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Asking;

public sealed class AskSpec : ActorSpec
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task An_answer_completes_the_ask() =>
        Assert.Equal("ping", await Sys.ActorOf(SimpleEchoActor.Props()).Ask<string>("ping", Eventually));

    [Fact]
    public async Task An_answer_of_another_type_is_an_argument_exception()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        await Assert.ThrowsAsync<ArgumentException>(() => echo.Ask<int>("text", Eventually));
    }

    [Fact]
    public async Task A_failure_status_fails_the_ask_with_its_cause()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        var cause = new Boom();
        Assert.Same(cause, await Assert.ThrowsAsync<Boom>(() => echo.Ask<int>(new Status.Failure(cause), Eventually)));
    }

    [Fact]
    public async Task A_failure_status_is_a_value_to_who_asks_for_any_object()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        var failure = new Status.Failure(new Boom());
        Assert.Same(failure, await echo.Ask<object>(failure, Eventually));
        Assert.Same(failure, await echo.Ask<Status>(failure, Eventually));
    }

    [Fact]
    public async Task Without_an_answer_the_ask_ends_with_its_time()
    {
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<AskTimeoutException>(() => Sys.ActorOf(BlackHoleActor.Props).Ask<string>("?", Short));
        Assert.True(clock.Elapsed >= Short - TimeSpan.FromMilliseconds(20), $"after {clock.Elapsed}");
    }

    [Fact]
    public async Task Asking_a_dead_actor_takes_the_whole_time()
    {
        var actor = Sys.ActorOf(BlackHoleActor.Props);
        await StopAndAwait(actor);
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAsync<AskTimeoutException>(() => actor.Ask<string>("?", Short));
        Assert.True(clock.Elapsed >= Short - TimeSpan.FromMilliseconds(20), $"after {clock.Elapsed}");
    }

    [Fact]
    public async Task An_ask_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var asked = Sys.ActorOf(BlackHoleActor.Props).Ask<string>("?", cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task The_asker_is_a_temporary_actor()
    {
        var asked = TestActor.Ask<string>("who?", Eventually);
        await ExpectMsgAsync("who?");
        Assert.StartsWith("akka://test/temp/", LastSender.Path.ToString(), StringComparison.Ordinal);
        LastSender.Tell("me");
        Assert.Equal("me", await asked);
    }

    [Fact]
    public async Task A_second_answer_is_a_dead_letter()
    {
        var letters = Listener<DeadLetter>();
        var asked = TestActor.Ask<string>("?", Eventually);
        await ExpectMsgAsync("?");
        var asker = LastSender;
        asker.Tell("first");
        Assert.Equal("first", await asked);
        await AwaitAssertAsync(async () =>
        {
            asker.Tell("second");
            await letters.ExpectMsgAsync<DeadLetter>(letter => letter.Message is "second", Short);
        }, Eventually);
    }

    [Fact]
    public async Task The_message_can_name_the_asker()
    {
        var asked = TestActor.Ask<string>(asker => new ReplyTo(asker), Eventually, CancellationToken.None);
        var message = await ExpectMsgAsync<ReplyTo>();
        Assert.Equal(LastSender, message.Asker);
        message.Asker.Tell("done");
        Assert.Equal("done", await asked);
    }

    [Fact]
    public async Task A_selection_can_be_asked()
    {
        Sys.ActorOf(SimpleEchoActor.Props(), "echo");
        Assert.Equal("ping", await Sys.ActorSelection("/user/echo").Ask<string>("ping", Eventually));
    }

    [Fact]
    public async Task Many_asks_at_once_get_their_own_answers()
    {
        var echo = Sys.ActorOf(SimpleEchoActor.Props());
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => echo.Ask<int>(i, Eventually)));
        Assert.Equal(Enumerable.Range(0, 1000), answers);
    }

    private sealed record ReplyTo(IActorRef Asker);
}
