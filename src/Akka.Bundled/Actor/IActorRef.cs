using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Something that accepts messages.</summary>
public interface ICanTell
{
    /// <summary>
    /// Sends <paramref name="message"/>, at most once, and returns at once. A message to an actor that is gone becomes
    /// a dead letter. Messages of one sender to one receiver arrive in the order they were sent.
    /// </summary>
    /// <exception cref="ArgumentNullException">The message is null.</exception>
    void Tell(object message, IActorRef? sender);
}

/// <summary>
/// A handle on one incarnation of an actor, wherever it runs. Two are equal when path and uid are, so the handle of an
/// actor is not equal to that of a later actor of the same name.
/// </summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, ISurrogated, IComparable
{
    /// <summary>Where the actor stands in the hierarchy, with the uid of this incarnation.</summary>
    ActorPath Path { get; }
}

/// <summary>Tells whether a reference points into this process.</summary>
public interface IActorRefScope
{
    /// <summary>True when the actor lives in this actor system.</summary>
    bool IsLocal { get; }
}

/// <summary>
/// What the runtime itself needs from a reference: the life cycle commands and the system messages. User code must not
/// use it.
/// </summary>
public interface IInternalActorRef : IActorRef, IActorRefScope
{
    /// <summary>The supervisor.</summary>
    IInternalActorRef Parent { get; }

    /// <summary>The provider that made this reference.</summary>
    IActorRefProvider Provider { get; }

    /// <summary>True once the actor has stopped for good.</summary>
    [Obsolete("Watch the actor instead.")]
    bool IsTerminated { get; }

    /// <summary>The descendant at the relative path <paramref name="name"/>, or nobody.</summary>
    IActorRef GetChild(IReadOnlyList<string> name);

    /// <summary>Starts the message processing.</summary>
    void Start();

    /// <summary>Resumes a suspended actor, keeping its state.</summary>
    void Resume(Exception? causedByFailure = null);

    /// <summary>Suspends the processing of user messages.</summary>
    void Suspend();

    /// <summary>Replaces the actor by a fresh instance.</summary>
    void Restart(Exception cause);

    /// <summary>Stops the actor after the message it is working on.</summary>
    void Stop();

    /// <summary>Sends a message that overtakes all user messages.</summary>
    void SendSystemMessage(ISystemMessage message);
}

/// <summary>Tells, with the running actor as the sender.</summary>
public static class ActorRefImplicitSenderExtensions
{
    /// <summary>
    /// Sends <paramref name="message"/>; the sender is the actor that is running on this thread, if any.
    /// </summary>
    public static void Tell(this IActorRef receiver, object message) =>
        receiver.Tell(message, ActorCell.GetCurrentSelfOrNoSender());

    /// <summary>Sends on the message with the sender of the message that is being processed.</summary>
    public static void Forward(this IActorRef receiver, object message) =>
        receiver.Tell(message, ActorCell.GetCurrentSenderOrNoSender());
}

/// <summary>References that stand for the absence of an actor.</summary>
public static class ActorRefs
{
    /// <summary>The actor that does not exist: everything sent to it vanishes.</summary>
    public static readonly Nobody Nobody = Nobody.Instance;

    /// <summary>For tells from outside an actor; the receiver sees the dead letters as its sender.</summary>
    public static readonly IActorRef NoSender = null!;
}

/// <summary>Questions to a reference that may be missing.</summary>
public static class ActorRefExtensions
{
    /// <summary>True for null and for <see cref="ActorRefs.Nobody"/>.</summary>
    public static bool IsNobody(this IActorRef? actorRef) =>
        actorRef is null || ReferenceEquals(actorRef, Nobody.Instance);

    /// <summary>The reference itself, or what <paramref name="elseValue"/> gives when it is nobody.</summary>
    public static IActorRef GetOrElse(this IActorRef? actorRef, Func<IActorRef> elseValue) =>
        actorRef.IsNobody() ? elseValue() : actorRef!;
}

/// <summary>Something actors can be created in: a system or an actor's context.</summary>
public interface IActorRefFactory
{
    /// <summary>Creates a child; it starts asynchronously, the reference can be used at once.</summary>
    /// <param name="props">How to create the actor, each time it must be created.</param>
    /// <param name="name">Unique among the living children; generated when null.</param>
    /// <exception cref="InvalidActorNameException">The name is malformed or taken.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>Selects by absolute path.</summary>
    ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>Selects by absolute path, or by a path relative to this place; wildcards are allowed.</summary>
    ActorSelection ActorSelection(string actorPath);
}

/// <summary>Shorthands of <see cref="IActorRefFactory"/>.</summary>
public static class ActorRefFactoryExtensions
{
    /// <summary>Creates a child with the parameterless constructor of <typeparamref name="TActor"/>.</summary>
    public static IActorRef ActorOf<TActor>(this IActorRefFactory factory, string? name = null)
        where TActor : ActorBase, new() => factory.ActorOf(Props.Create<TActor>(), name);

    /// <summary>Selects by a path relative to <paramref name="anchorRef"/>.</summary>
    public static ActorSelection ActorSelection(
        this IActorRefFactory factory, IActorRef anchorRef, string actorPath) => new(anchorRef, actorPath);
}
