using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.TestKit.Internal;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>The part of a <see cref="TestActorRef{TActor}"/> that stands for its actor.</summary>
/// <typeparam name="TActor">The type of the actor.</typeparam>
public abstract class TestActorRefBase<TActor> : IInternalActorRef where TActor : ActorBase
{
    private readonly InternalTestActorRef _ref;

    /// <summary>Creates the actor below <paramref name="supervisor"/>, or below /user without one.</summary>
    protected TestActorRefBase(ActorSystem system, Props actorProps, IActorRef? supervisor = null,
        string? name = null) =>
        _ref = InternalTestActorRef.Create(system, actorProps, supervisor, name);

    /// <summary>The plain reference.</summary>
    public IActorRef Ref => _ref;

    /// <summary>The living instance.</summary>
    /// <exception cref="IllegalActorStateException">The actor has stopped, or could not be created.</exception>
    public TActor UnderlyingActor => (TActor)_ref.UnderlyingActor;

    /// <inheritdoc />
    public ActorPath Path => _ref.Path;

    bool IActorRefScope.IsLocal => _ref.IsLocal;

    IInternalActorRef IInternalActorRef.Parent => _ref.Parent;

    IActorRefProvider IInternalActorRef.Provider => _ref.Provider;

    bool IInternalActorRef.IsTerminated => _ref.IsTerminated;

    /// <summary>The plain reference of <paramref name="actorRef"/>.</summary>
    public static IActorRef ToActorRef(TestActorRefBase<TActor> actorRef) => actorRef.Ref;

    /// <summary>Whether both denote the same actor.</summary>
    public static bool operator ==(TestActorRefBase<TActor>? testActorRef, IActorRef? actorRef) =>
        Same(testActorRef, actorRef);

    /// <summary>Whether both denote the same actor.</summary>
    public static bool operator ==(IActorRef? actorRef, TestActorRefBase<TActor>? testActorRef) =>
        Same(testActorRef, actorRef);

    /// <summary>Whether they denote different actors.</summary>
    public static bool operator !=(TestActorRefBase<TActor>? testActorRef, IActorRef? actorRef) =>
        !Same(testActorRef, actorRef);

    /// <summary>Whether they denote different actors.</summary>
    public static bool operator !=(IActorRef? actorRef, TestActorRefBase<TActor>? testActorRef) =>
        !Same(testActorRef, actorRef);

    /// <summary>Calls the actor on this thread, past its mailbox; what the handler throws goes through.</summary>
    public void Receive(object message, IActorRef? sender = null) => _ref.Receive(message, sender);

    /// <summary>As <see cref="Receive"/>; completes when an asynchronous handler has.</summary>
    public Task ReceiveAsync(object message, IActorRef? sender = null) => _ref.ReceiveAsync(message, sender);

    /// <summary>Tells the actor, in the name of whoever is at work on this thread.</summary>
    public void Tell(object message) => _ref.Tell(message);

    /// <inheritdoc />
    public void Tell(object message, IActorRef? sender) => _ref.Tell(message, sender);

    /// <summary>Passes a message on in the name of its sender.</summary>
    public void Forward(object message) => _ref.Forward(message);

    /// <summary>Has the actor watch another.</summary>
    public void Watch(IActorRef subject) => _ref.Cell.Watch(subject);

    /// <summary>Ends the watch.</summary>
    public void Unwatch(IActorRef subject) => _ref.Cell.Unwatch(subject);

    ISurrogate ISurrogated.ToSurrogate(ActorSystem system) => _ref.ToSurrogate(system);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => _ref.GetChild(name);

    void IInternalActorRef.Start() => _ref.Start();

    void IInternalActorRef.Resume(Exception? causedByFailure) => _ref.Resume(causedByFailure);

    void IInternalActorRef.Suspend() => _ref.Suspend();

    void IInternalActorRef.Restart(Exception cause) => _ref.Restart(cause);

    void IInternalActorRef.Stop() => _ref.Stop();

    void IInternalActorRef.SendSystemMessage(ISystemMessage message) => _ref.SendSystemMessage(message);

    int IComparable<IActorRef>.CompareTo(IActorRef? other) => _ref.CompareTo(other);

    /// <summary>Orders references by path.</summary>
    public int CompareTo(object? obj) => _ref.CompareTo(obj);

    /// <inheritdoc />
    public bool Equals(IActorRef? other) => _ref.Equals(other);

    /// <inheritdoc />
    public override bool Equals(object? obj) => _ref.Equals(obj);

    /// <inheritdoc />
    public override int GetHashCode() => _ref.GetHashCode();

    /// <inheritdoc />
    public override string ToString() => _ref.ToString();

    private protected static bool Same(IActorRef? a, IActorRef? b) => a is null ? b is null : a.Equals(b);
}
