using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;

namespace AkkaReplication.Tests.Actors;

/// <summary>
/// One actor among probes, in virtual time. Nothing here waits for a moment to pass: a test lets an actor finish what it
/// was told (<see cref="Settle"/>), after which whatever it had to say is in the probes' queues.
/// </summary>
public abstract class ActorTest : Akka.TestKit.Xunit2.TestKit
{
    /// <summary>For what must come, however busy the machine is.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestProbe _settling;

    protected ActorTest(string hocon = "")
        : base(ConfigurationFactory.ParseString(hocon)
            .WithFallback(ConfigurationFactory.ParseString(
                $$"""
                akka {
                  loglevel = WARNING
                  log-dead-letters = off
                  log-dead-letters-during-shutdown = off
                  scheduler.implementation = "{{typeof(VirtualScheduler).FullName}}, AkkaReplication.Tests"
                  test {
                    single-expect-default = 20s
                    default-timeout = 20s
                    filter-leeway = 20s
                  }
                }
                """))
            .WithFallback(ReplicationReference.Config))
    {
        _settling = CreateTestProbe("settling");
    }

    internal VirtualScheduler Time => (VirtualScheduler)Sys.Scheduler;

    /// <summary>Returns when the actor has finished everything that was sent to it before.</summary>
    protected void Settle(params IActorRef[] actors)
    {
        foreach (var actor in actors)
        {
            _settling.Send(actor, new Identify(actor));
            _settling.ExpectMsg<ActorIdentity>(identity => identity.MessageId.Equals(actor), Patience);
        }
    }

    /// <summary>Moves the time once these actors have set their timers, and lets them take notice.</summary>
    protected void Advance(long ms, params IActorRef[] actors)
    {
        Settle(actors);
        Time.Advance(TimeSpan.FromMilliseconds(ms));
        Settle(actors);
    }

    /// <summary>
    /// Lets time pass in steps until the probe has something; after the last step waits for what disks still have to do.
    /// </summary>
    protected T AdvanceUntil<T>(TestProbe probe, long stepMs, int steps, params IActorRef[] actors)
    {
        for (var step = 0; step < steps; step++)
        {
            while (probe.HasMessages)
            {
                if (probe.ReceiveOne(Patience) is T found)
                    return found;
            }

            Advance(stepMs, actors);
        }

        return probe.FishForMessage<T>(_ => true, Patience, $"after {stepMs * steps} ms of virtual time");
    }

    /// <summary>The actor has finished, and the probe has heard nothing.</summary>
    protected void ExpectNothing(TestProbe probe, IActorRef from)
    {
        Settle(from);
        Assert.False(probe.HasMessages, probe.HasMessages ? $"Unexpected: {probe.ReceiveOne(Patience)}" : null);
    }

    /// <summary>What actors found to be not theirs, from now on.</summary>
    protected TestProbe Unhandled()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(UnhandledMessage));
        return probe;
    }

    /// <summary>What is published for people and metrics, from now on.</summary>
    protected TestProbe Observations()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe.Ref, typeof(ClusterObservation));
        return probe;
    }

    /// <summary>
    /// The actor refuses the message and goes on as if it had not come.
    /// </summary>
    protected void ExpectUnhandled(IActorRef actor)
    {
        var unhandled = Unhandled();
        var message = new Unknown();
        actor.Tell(message, TestActor);
        unhandled.FishForMessage<UnhandledMessage>(u => u.Message == (object)message && u.Recipient.Equals(actor), Patience);
        unhandled.Watch(actor);
        Settle(actor);
        Assert.False(unhandled.HasMessages);
        unhandled.Unwatch(actor);
    }

    /// <summary>Everything the probe has received and nobody has looked at.</summary>
    protected static object[] Queued(TestKitBase probe)
    {
        var queued = new List<object>();
        while (probe.HasMessages)
            queued.Add(probe.ReceiveOne(Patience)!);
        return [.. queued];
    }

    /// <summary>Waits for what no message tells of.</summary>
    protected void Eventually(Func<bool> condition, string what) => AwaitAssert(
        () => Assert.True(condition(), what), Patience, TimeSpan.FromMilliseconds(5));

    /// <summary>No actor of the product knows this message.</summary>
    private sealed record Unknown : INoSerializationVerificationNeeded;
}
