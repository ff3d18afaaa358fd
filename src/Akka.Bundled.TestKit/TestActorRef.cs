using Akka.Actor;

namespace Akka.TestKit;

/// <summary>
/// A reference to an actor that runs on the test's thread: when a tell returns, the message has been handled. The test
/// can look into the actor, and call it directly to see its exceptions.
/// </summary>
/// <typeparam name="TActor">The type of the actor.</typeparam>
public class TestActorRef<TActor> : TestActorRefBase<TActor> where TActor : ActorBase
{
    /// <summary>Creates the actor; tests call ActorOfAsTestActorRef.</summary>
    public TestActorRef(ActorSystem system, Props actorProps, IActorRef? supervisor = null, string? name = null)
        : base(system, actorProps, supervisor, name)
    {
    }

    /// <summary>Whether both denote the same actor.</summary>
    public static bool operator ==(TestActorRef<TActor>? testActorRef, IActorRef? actorRef) =>
        Same(testActorRef, actorRef);

    /// <summary>Whether both denote the same actor.</summary>
    public static bool operator ==(IActorRef? actorRef, TestActorRef<TActor>? testActorRef) =>
        Same(testActorRef, actorRef);

    /// <summary>Whether they denote different actors.</summary>
    public static bool operator !=(TestActorRef<TActor>? testActorRef, IActorRef? actorRef) =>
        !Same(testActorRef, actorRef);

    /// <summary>Whether they denote different actors.</summary>
    public static bool operator !=(IActorRef? actorRef, TestActorRef<TActor>? testActorRef) =>
        !Same(testActorRef, actorRef);

    /// <inheritdoc />
    public override bool Equals(object? obj) => base.Equals(obj);

    /// <inheritdoc />
    public override int GetHashCode() => base.GetHashCode();
}
