using Akka.Actor;
using Akka.Event;

namespace Akka.Dispatch.SysMsg;

/// <summary>
/// A message of the runtime to itself. It overtakes all user messages and is never lost within a process.
/// </summary>
public interface ISystemMessage : INoSerializationVerificationNeeded;

/// <summary>
/// A system message as a link of a mailbox's queue. One object can be in one queue only: never send it to two actors.
/// </summary>
public abstract class SystemMessage : ISystemMessage
{
    private protected SystemMessage()
    {
    }

    internal SystemMessage? Next { get; set; }
}

/// <summary>What an actor that waits for its children to stop must not act upon yet.</summary>
internal interface IStashWhenWaitingForChildren;

/// <summary>What an actor that is itself suspended must not act upon yet.</summary>
internal interface IStashWhenFailed : IStashWhenWaitingForChildren;

/// <summary>Creates the actor instance.</summary>
internal sealed class Create : SystemMessage;

/// <summary>Replaces the actor instance after a failure.</summary>
internal sealed class Recreate(Exception cause) : SystemMessage, IStashWhenWaitingForChildren
{
    public Exception Cause { get; } = cause;

    public override string ToString() => $"<Recreate>: {Cause}";
}

/// <summary>Suspends the actor and its descendants.</summary>
internal sealed class Suspend : SystemMessage, IStashWhenWaitingForChildren;

/// <summary>Resumes the actor and its descendants.</summary>
internal sealed class Resume(Exception? causedByFailure) : SystemMessage, IStashWhenWaitingForChildren
{
    public Exception? CausedByFailure { get; } = causedByFailure;
}

/// <summary>Stops the actor.</summary>
internal sealed class Terminate : SystemMessage, IDeadLetterSuppression, IPossiblyHarmful
{
    public override string ToString() => "<Terminate>";
}

/// <summary>Tells the supervisor that a child has failed.</summary>
internal sealed class Failed(IActorRef child, Exception cause, long uid) : SystemMessage, IStashWhenFailed
{
    public IActorRef Child { get; } = child;

    public Exception Cause { get; } = cause;

    public long Uid { get; } = uid;

    public override string ToString() => $"<Failed>: {Child} ({Uid}) - {Cause.Message}";
}

/// <summary>Tells the watchee that it is watched.</summary>
internal sealed class Watch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;

    public override string ToString() => $"<Watch>: {Watcher} wants to watch {Watchee}";
}

/// <summary>Tells the watchee that it is not watched any more.</summary>
internal sealed class Unwatch(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;

    public override string ToString() => $"<Unwatch>: {Watcher} does not want to watch {Watchee} any more";
}

/// <summary>Tells a watcher or the supervisor that an actor has stopped.</summary>
internal sealed class DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    : SystemMessage, IDeadLetterSuppression
{
    public IActorRef Actor { get; } = actor;

    public bool ExistenceConfirmed { get; } = existenceConfirmed;

    public bool AddressTerminated { get; } = addressTerminated;

    public override string ToString() => $"<DeathWatchNotification>: {Actor}";
}

/// <summary>Brings a continuation of an asynchronous handler back into its actor.</summary>
internal sealed class ActorTask(ActorTaskScheduler scheduler, Task task) : SystemMessage, IDeadLetterSuppression
{
    public ActorTaskScheduler Scheduler { get; } = scheduler;

    public Task Task { get; } = task;
}
