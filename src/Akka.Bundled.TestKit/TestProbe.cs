using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>
/// A test actor besides the kit's own, with its own queue and expectations; it can be passed wherever a reference is
/// wanted. It is never the implicit sender.
/// </summary>
public class TestProbe : TestKitBase, INoImplicitSender, IInternalActorRef
{
    /// <summary>A probe in <paramref name="system"/>; tests call CreateTestProbe.</summary>
    public TestProbe(ActorSystem system, ITestKitAssertions assertions, string? testProbeName = null)
        : base(assertions, system, testProbeName)
    {
    }

    /// <summary>The probe's actor.</summary>
    public IActorRef Ref => TestActor;

    /// <summary>The sender of the message looked at last.</summary>
    public IActorRef Sender => LastSender;

    ActorPath IActorRef.Path => TestActor.Path;

    bool IActorRefScope.IsLocal => Internal.IsLocal;

    IInternalActorRef IInternalActorRef.Parent => Internal.Parent;

    IActorRefProvider IInternalActorRef.Provider => Internal.Provider;

    bool IInternalActorRef.IsTerminated => Internal.IsTerminated;

    private InternalActorRefBase Internal => (InternalActorRefBase)TestActor;

    /// <summary>Tells <paramref name="actor"/>, in the probe's name.</summary>
    public void Send(IActorRef actor, object message) => actor.Tell(message, TestActor);

    /// <summary>Answers the message looked at last.</summary>
    public void Reply(object message) => Sender.Tell(message, TestActor);

    /// <summary>Passes <paramref name="message"/> on in the name of the last sender.</summary>
    public void Forward(IActorRef actor, object message) => actor.Tell(message, Sender);

    /// <summary>Passes the message looked at last on, in the name of its sender.</summary>
    public void Forward(IActorRef actor) => actor.Tell(LastMessage, Sender);

    void ICanTell.Tell(object message, IActorRef? sender) => TestActor.Tell(message, sender);

    bool IEquatable<IActorRef>.Equals(IActorRef? other) => TestActor.Equals(other);

    int IComparable<IActorRef>.CompareTo(IActorRef? other) => TestActor.CompareTo(other);

    ISurrogate ISurrogated.ToSurrogate(ActorSystem system) => TestActor.ToSurrogate(system);

    IActorRef IInternalActorRef.GetChild(IReadOnlyList<string> name) => Internal.GetChild(name);

    void IInternalActorRef.Start() => Internal.Start();

    void IInternalActorRef.Resume(Exception? causedByFailure) => Internal.Resume(causedByFailure);

    void IInternalActorRef.Suspend() => Internal.Suspend();

    void IInternalActorRef.Restart(Exception cause) => Internal.Restart(cause);

    void IInternalActorRef.Stop() => Internal.Stop();

    void IInternalActorRef.SendSystemMessage(ISystemMessage message) => Internal.SendSystemMessage(message);

    /// <summary>Orders references by path.</summary>
    public int CompareTo(object? obj) => TestActor.CompareTo(obj);

    /// <summary>A probe equals its actor's reference, and so does another handle on the same actor.</summary>
    public override bool Equals(object? obj) => TestActor.Equals(obj);

    /// <inheritdoc />
    public override int GetHashCode() => TestActor.GetHashCode();

    /// <inheritdoc />
    public override string ToString() => $"TestProbe({TestActor})";
}
