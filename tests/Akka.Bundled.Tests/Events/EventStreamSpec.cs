using Akka.Event;
using Akka.TestKit.TestActors;

namespace Akka.Conformance.Events;

public sealed class EventStreamSpec : ActorSpec
{
    [Fact]
    public async Task A_subscriber_gets_its_class_and_all_below()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Animal));
        Sys.EventStream.Publish(new Dog());
        Sys.EventStream.Publish(new Stone());
        Sys.EventStream.Publish(new Animal());
        await ExpectMsgAsync<Dog>();
        await ExpectMsgAsync<Animal>(animal => animal.GetType() == typeof(Animal));
    }

    [Fact]
    public async Task A_channel_may_be_an_interface()
    {
        Sys.EventStream.Subscribe<IBarking>(TestActor);
        Sys.EventStream.Publish(new Animal());
        Sys.EventStream.Publish(new Dog());
        await ExpectMsgAsync<Dog>();
        await ExpectNoMsgAsync(50);
    }

    [Fact]
    public async Task Subscribing_twice_delivers_once()
    {
        Assert.True(Sys.EventStream.Subscribe(TestActor, typeof(Dog)));
        Assert.False(Sys.EventStream.Subscribe(TestActor, typeof(Dog)));
        Sys.EventStream.Publish(new Dog());
        await ExpectMsgAsync<Dog>();
        await ExpectNoMsgAsync(50);
    }

    [Fact]
    public async Task A_subscription_to_a_class_includes_those_below_already_had()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Dog));
        Sys.EventStream.Subscribe(TestActor, typeof(Animal));
        Sys.EventStream.Publish(new Dog());
        await ExpectMsgAsync<Dog>();
        await ExpectNoMsgAsync(50);
    }

    [Fact]
    public async Task Unsubscribing_ends_it()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Dog));
        Sys.EventStream.Subscribe(TestActor, typeof(Stone));
        Sys.EventStream.Unsubscribe(TestActor, typeof(Dog));
        Sys.EventStream.Publish(new Dog());
        Sys.EventStream.Publish(new Stone());
        await ExpectMsgAsync<Stone>();
        Sys.EventStream.Unsubscribe(TestActor);
        Sys.EventStream.Publish(new Stone());
        await ExpectNoMsgAsync(50);
    }

    [Fact]
    public async Task A_subscriber_that_stopped_is_forgotten()
    {
        var subscriber = Sys.ActorOf(BlackHoleActor.Props);
        Sys.EventStream.Subscribe(subscriber, typeof(Dog));
        await StopAndAwait(subscriber);
        var letters = Listener<DeadLetter>();
        // What is published before the stream heard of the death may still become a dead letter.
        await AwaitAssertAsync(async () =>
        {
            Sys.EventStream.Publish(new Dog());
            await letters.ExpectNoMsgAsync(50);
        }, Eventually);
    }

    private interface IBarking;

    private class Animal;

    private sealed class Dog : Animal, IBarking;

    private sealed class Stone;
}
