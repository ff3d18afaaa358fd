using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;

namespace Akka.Conformance;

/// <summary>
/// The base of the conformance specifications. They state what Akka.NET documents, or was seen to do, and must hold on
/// the official runtime as well as on the bundled one: nothing here may look behind the public API.
/// </summary>
public abstract class ActorSpec : Akka.TestKit.Xunit2.TestKit
{
    private const string Quiet = """
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        akka.test { single-expect-default = 1m, filter-leeway = 1m }
        """;

    /// <summary>In place of <see cref="Quiet"/>'s scheduler one whose time stands still until the test moves it.</summary>
    protected const string VirtualTime = """akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """;

    protected ActorSpec(string hocon = "") : base(ConfigurationFactory.ParseString(hocon).WithFallback(Quiet))
    {
    }

    /// <summary>Long enough for an event that must not happen, short enough to wait for it in many tests.</summary>
    protected static TimeSpan AShortWhile => TimeSpan.FromMilliseconds(150);

    /// <summary>
    /// For what is certain to happen: no test waits so long, it only ends one that would never end. Expectations and
    /// filters that are not given a time have the same.
    /// </summary>
    protected static TimeSpan Eventually => TimeSpan.FromMinutes(1);

    /// <summary>The scheduler of a test with <see cref="VirtualTime"/>.</summary>
    protected TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    /// <summary>Expects exactly these messages, in this order.</summary>
    protected async Task ExpectTrace(params object[] trace)
    {
        foreach (var step in trace) await ExpectMsgAsync(step, Eventually);
    }

    /// <summary>A probe that receives what is published in a class of events.</summary>
    protected TestProbe Listener<TEvent>()
    {
        var listener = CreateTestProbe();
        Sys.EventStream.Subscribe(listener.Ref, typeof(TEvent));
        return listener;
    }

    /// <summary>Stops an actor and waits until it has stopped.</summary>
    protected async Task StopAndAwait(IActorRef actor) => Assert.True(await actor.GracefulStop(Eventually));
}

/// <summary>
/// Numbers the instances of an actor: Props reuses its arguments, so a plain counter would start afresh.
/// </summary>
public sealed class Instances
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public int Next() => Interlocked.Increment(ref _count);
}

/// <summary>Holds an actor in the middle of a message until the test lets it go.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource _open = new();

    public void Open() => _open.TrySetResult();

    public void Pass()
    {
        if (!_open.Task.Wait(TimeSpan.FromMinutes(1))) throw new TimeoutException("The test never opened the gate.");
    }
}

/// <summary>An exception that no runtime throws.</summary>
public sealed class Boom(string message = "boom") : Exception(message);
