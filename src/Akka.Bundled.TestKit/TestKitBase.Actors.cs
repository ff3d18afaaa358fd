using System.Linq.Expressions;
using Akka.Actor;
using Akka.TestKit.Internal;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private const string TestActorDispatcher = "akka.test.test-actor.dispatcher";

    /// <summary>Creates an actor below /user.</summary>
    public IActorRef ActorOf(Props props) => Sys.ActorOf(props, null);

    /// <summary>Creates an actor below /user.</summary>
    public IActorRef ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    /// <summary>Creates an actor below /user.</summary>
    public IActorRef ActorOf<TActor>() where TActor : ActorBase, new() => ActorOf(Props.Create<TActor>());

    /// <summary>Creates an actor below /user.</summary>
    public IActorRef ActorOf<TActor>(string name) where TActor : ActorBase, new() =>
        ActorOf(Props.Create<TActor>(), name);

    /// <summary>Creates an actor below /user.</summary>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory) where TActor : ActorBase =>
        ActorOf(Props.Create(factory));

    /// <summary>Creates an actor below /user.</summary>
    public IActorRef ActorOf<TActor>(Expression<Func<TActor>> factory, string name) where TActor : ActorBase =>
        ActorOf(Props.Create(factory), name);

    /// <summary>Creates an actor that runs on the test's thread and whose instance the test can see.</summary>
    /// <param name="props">How to make it; a dispatcher given there is kept.</param>
    /// <param name="supervisor">Its parent, a local actor; /user when null.</param>
    /// <param name="name">Its name, a generated one when null.</param>
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, IActorRef? supervisor, string? name = null)
        where TActor : ActorBase => new(Sys, props, supervisor, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)" />
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Props props, string? name = null)
        where TActor : ActorBase => new(Sys, props, null, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)" />
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Expression<Func<TActor>> factory, IActorRef? supervisor,
        string? name = null) where TActor : ActorBase => new(Sys, Props.Create(factory), supervisor, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)" />
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(Expression<Func<TActor>> factory, string? name = null)
        where TActor : ActorBase => new(Sys, Props.Create(factory), null, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)" />
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(IActorRef? supervisor, string? name = null)
        where TActor : ActorBase, new() => new(Sys, Props.Create<TActor>(), supervisor, name);

    /// <inheritdoc cref="ActorOfAsTestActorRef{TActor}(Props, IActorRef, string)" />
    public TestActorRef<TActor> ActorOfAsTestActorRef<TActor>(string? name = null)
        where TActor : ActorBase, new() => new(Sys, Props.Create<TActor>(), null, name);

    /// <summary>Selects by absolute path.</summary>
    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    /// <summary>Selects by path, from the root.</summary>
    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    /// <summary>Selects by path, from <paramref name="anchorRef"/>.</summary>
    public ActorSelection ActorSelection(IActorRef anchorRef, string actorPath) =>
        Sys.ActorSelection(anchorRef, actorPath);

    /// <summary>Another test actor in <see cref="Sys"/>.</summary>
    public virtual TestProbe CreateTestProbe(string? name = null) => CreateTestProbe(Sys, name);

    /// <summary>Another test actor in <paramref name="system"/>.</summary>
    public virtual TestProbe CreateTestProbe(ActorSystem system, string? name = null) =>
        new(system, _assertions, name);

    /// <summary>An actor below /system that puts what it receives into this kit's queue.</summary>
    public IActorRef CreateTestActor(string name)
    {
        var queue = _queue;
        return ((ExtendedActorSystem)Sys).SystemActorOf(
            Props.Create(() => new InternalTestActor(queue)).WithDispatcher(TestActorDispatcher), name);
    }

    /// <summary>A gate that opens after so many signals; waits at most <c>akka.test.default-timeout</c>.</summary>
    public virtual TestLatch CreateTestLatch(int count = 1) =>
        TestLatch.Create(Dilated, TestKitSettings.DefaultTimeout, count);

    /// <summary>A meeting place of so many threads; waits at most <c>akka.test.default-timeout</c>.</summary>
    public TestBarrier CreateTestBarrier(int count) => new(this, count, TestKitSettings.DefaultTimeout);

    /// <summary>Creates a child of the test actor.</summary>
    public IActorRef ChildActorOf(Props props, string name, CancellationToken cancellationToken = default) =>
        Wait(SpawnAsync(props, name), cancellationToken);

    /// <summary>Creates a child of the test actor.</summary>
    public IActorRef ChildActorOf(Props props, CancellationToken cancellationToken = default) =>
        Wait(SpawnAsync(props, null), cancellationToken);

    /// <summary>Creates a child of the test actor.</summary>
    public Task<IActorRef> ChildActorOfAsync(Props props, string name, CancellationToken cancellationToken = default) =>
        SpawnAsync(props, name).WaitAsync(cancellationToken);

    /// <summary>Creates a child of the test actor.</summary>
    public Task<IActorRef> ChildActorOfAsync(Props props, CancellationToken cancellationToken = default) =>
        SpawnAsync(props, null).WaitAsync(cancellationToken);

    /// <summary>Has the test actor watch another; when this returns it does.</summary>
    public IActorRef Watch(IActorRef actorToWatch)
    {
        Wait(CommandAsync(new TestActorMessages.Watch(actorToWatch)), CancellationToken.None);
        return actorToWatch;
    }

    /// <summary>Ends the watch; when this returns it has.</summary>
    public IActorRef Unwatch(IActorRef actorToUnwatch)
    {
        Wait(CommandAsync(new TestActorMessages.Unwatch(actorToUnwatch)), CancellationToken.None);
        return actorToUnwatch;
    }

    /// <inheritdoc cref="Watch" />
    public async Task<IActorRef> WatchAsync(IActorRef actorToWatch)
    {
        await CommandAsync(new TestActorMessages.Watch(actorToWatch)).ConfigureAwait(false);
        return actorToWatch;
    }

    /// <inheritdoc cref="Unwatch" />
    public async Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch)
    {
        await CommandAsync(new TestActorMessages.Unwatch(actorToUnwatch)).ConfigureAwait(false);
        return actorToUnwatch;
    }

    IActorRef IActorRefFactory.ActorOf(Props props, string? name) => Sys.ActorOf(props, name);

    private Task<IActorRef> SpawnAsync(Props props, string? name) =>
        TestActor.Ask<IActorRef>(new TestActorMessages.Spawn(props, name), RemainingOrDefault);

    private Task<TestActorMessages.Ack> CommandAsync(object command) =>
        TestActor.Ask<TestActorMessages.Ack>(command, RemainingOrDefault);

    /// <summary>
    /// Blocks for an answer of the test actor, which needs no other thread: it runs on this one.
    /// </summary>
    private static T Wait<T>(Task<T> answer, CancellationToken cancellation) =>
        answer.WaitAsync(cancellation).GetAwaiter().GetResult();
}
