using System.Collections.Concurrent;

namespace AkkaReplication.Tests.Actors;

public sealed class ObserverActorTests : ActorTest
{
    private static readonly ClusterObservation Mine = new BrokerRegistered("mine", new BrokerId(1), new BrokerEpoch(1));

    [Fact]
    public void It_hands_on_what_its_cluster_publishes_from_its_start_on_and_nothing_of_others()
    {
        var seen = new BlockingCollection<ClusterObservation>();
        Sys.EventStream.Publish(Mine);
        using var observing = ObserverActor.Start(Sys, "mine", seen.Add);
        Sys.EventStream.Publish(new BrokerRegistered("other", new BrokerId(1), new BrokerEpoch(1)));
        Sys.EventStream.Publish("nonsense");
        Sys.EventStream.Publish(Mine);

        Assert.True(seen.TryTake(out var found, Patience));
        Assert.Same(Mine, found);
        Assert.Empty(seen);
    }

    [Fact]
    public void A_callback_that_throws_hears_of_what_comes_next()
    {
        var calls = 0;
        using var again = new ManualResetEventSlim();
        using var observing = ObserverActor.Start(Sys, "mine", _ =>
        {
            if (Interlocked.Increment(ref calls) == 1)
                throw new InvalidOperationException("the callback is broken");
            again.Set();
        });
        Sys.EventStream.Publish(Mine);
        Sys.EventStream.Publish(Mine);

        Assert.True(again.Wait(Patience));
    }

    [Fact]
    public void Ended_it_hears_nothing_more_and_may_be_ended_again()
    {
        var seen = new ConcurrentQueue<ClusterObservation>();
        var observing = ObserverActor.Start(Sys, "mine", seen.Enqueue);
        observing.Dispose();
        observing.Dispose();
        var letters = CreateTestProbe();
        Sys.EventStream.Subscribe(letters.Ref, typeof(Akka.Event.DeadLetter));
        Sys.EventStream.Publish(Mine);

        using var last = new ManualResetEventSlim();
        using var other = ObserverActor.Start(Sys, "mine", _ => last.Set());
        Sys.EventStream.Publish(Mine);
        Assert.True(last.Wait(Patience));
        Assert.Empty(seen);
        Assert.False(letters.HasMessages);
    }
}
