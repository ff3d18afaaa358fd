using System.Diagnostics;
using Akka.Actor;
using Akka.Pattern;

namespace Akka.Conformance.Patterns;

public sealed class BackoffSpec : ActorSpec
{
    private static readonly TimeSpan Min = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Max = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task A_child_that_keeps_stopping_is_started_at_growing_intervals()
    {
        var options = Backoff.OnStop(Props.Create(() => new StoppingAtOnce(TestActor)), "child", Min, Max, 0.0, -1)
            .WithManualReset();
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        var starts = new List<long>();
        for (var i = 0; i < 5; i++)
            starts.Add((await ExpectMsgAsync<Started>(Eventually)).Timestamp);

        Sys.Stop(supervisor);
        double[] least = [50, 100, 200, 200];
        var gaps = starts.Zip(starts.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a, b).TotalMilliseconds).ToArray();
        Assert.All(gaps.Zip(least), pair => Assert.True(pair.First >= pair.Second, string.Join(", ", gaps)));
    }

    [Fact]
    public async Task Messages_are_forwarded_to_the_child()
    {
        var options = Backoff.OnStop(Props.Create(() => new Echoing(TestActor)), "child", Min, Max, 0.0, -1);
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        await ExpectTrace("started");
        Assert.Equal("ping", await supervisor.Ask<string>("ping", Eventually));
    }

    [Fact]
    public async Task The_child_and_its_restarts_can_be_asked_for()
    {
        var options = Backoff.OnStop(Props.Create(() => new Echoing(TestActor)), "child", Min, Max, 0.0, -1)
            .WithManualReset();
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        await ExpectTrace("started");
        var current = await supervisor.Ask<BackoffSupervisor.CurrentChild>(
            BackoffSupervisor.GetCurrentChild.Instance, Eventually);
        var child = current.Ref!;
        Assert.Equal("child", child.Path.Name);
        child.Tell(PoisonPill.Instance);
        await ExpectTrace("started");
        Assert.Equal(1, await Restarts(supervisor));
        supervisor.Tell(BackoffSupervisor.Reset.Instance);
        Assert.Equal(0, await Restarts(supervisor));
    }

    [Fact]
    public async Task Between_two_children_there_is_an_answer_if_one_is_given()
    {
        var never = TimeSpan.FromMinutes(1);
        var options = Backoff.OnStop(Props.Create(() => new Echoing(TestActor)), "child", never, never, 0.0, -1)
            .WithReplyWhileStopped("try later");
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        await ExpectTrace("started");
        supervisor.Tell("stop");
        await AwaitAssertAsync(async () =>
            Assert.Equal("try later", await supervisor.Ask<string>("anyone?", AShortWhile)), Eventually);
    }

    [Fact]
    public async Task On_failure_restarts_with_backoff_and_keeps_no_state()
    {
        var instances = new Instances();
        var child = Props.Create(() => new Failing(TestActor, instances));
        var options = Backoff.OnFailure(child, "child", Min, Max, 0.0, -1);
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        await ExpectTrace("1");
        supervisor.Tell("boom");
        await ExpectTrace("2");
    }

    [Fact]
    public async Task The_number_of_starts_can_be_limited()
    {
        var options = Backoff.OnStop(Props.Create(() => new StoppingAtOnce(TestActor)), "child", Min, Max, 0.0, -1)
            .WithManualReset().WithMaxNrOfRetries(1);
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        await WatchAsync(supervisor);
        await FishForMessageAsync(message => message is Terminated, Eventually);
    }

    [Fact]
    public async Task A_final_stop_message_ends_supervisor_and_child()
    {
        var options = Backoff.OnStop(Props.Create(() => new Echoing(TestActor)), "child", Min, Max, 0.0, -1)
            .WithFinalStopMessage(message => message is "stop");
        var supervisor = Sys.ActorOf(BackoffSupervisor.Props(options));
        await ExpectTrace("started");
        await WatchAsync(supervisor);
        supervisor.Tell("stop");
        await ExpectTerminatedAsync(supervisor, Eventually);
    }

    private static async Task<int> Restarts(IActorRef supervisor) =>
        (await supervisor.Ask<BackoffSupervisor.RestartCount>(
            BackoffSupervisor.GetRestartCount.Instance, Eventually)).Count;

    /// <summary>Stamped where it happens: how long it takes to arrive is another matter.</summary>
    private sealed record Started(long Timestamp);

    private sealed class StoppingAtOnce : ReceiveActor
    {
        public StoppingAtOnce(IActorRef probe)
        {
            probe.Tell(new Started(Stopwatch.GetTimestamp()));
            Context.Stop(Self);
        }
    }

    private sealed class Echoing : ReceiveActor
    {
        public Echoing(IActorRef probe)
        {
            probe.Tell("started");
            Receive<string>(text => text == "stop", _ => Context.Stop(Self));
            ReceiveAny(message => Sender.Tell(message));
        }
    }

    private sealed class Failing : ReceiveActor
    {
        public Failing(IActorRef probe, Instances instances)
        {
            probe.Tell($"{instances.Next()}");
            ReceiveAny(_ => throw new Boom());
        }
    }
}
