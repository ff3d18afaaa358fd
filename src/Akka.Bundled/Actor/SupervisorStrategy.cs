using Akka.Actor.Internal;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// How an actor treats the failures of its children. It keeps no state of its own: that is the children's.
/// </summary>
public abstract class SupervisorStrategy
{
    /// <summary>
    /// Stops on failures of creation, on <see cref="Kill"/> and on <see cref="DeathPactException"/>, restarts on
    /// others.
    /// </summary>
    public static IDecider DefaultDecider = Actor.Decider.From(
        Directive.Restart,
        Directive.Stop.When<ActorInitializationException>(),
        Directive.Stop.When<ActorKilledException>(),
        Directive.Stop.When<DeathPactException>());

    /// <summary>The default decider, one for one, without limit.</summary>
    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    /// <summary>Stops every child that fails.</summary>
    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    private protected SupervisorStrategy()
    {
    }

    /// <summary>Chooses what to do about a failure.</summary>
    public abstract IDecider Decider { get; }

    /// <summary>True when failures are logged.</summary>
    protected bool LoggingEnabled { get; set; } = true;

    /// <summary>Chooses what to do about the failure of a child.</summary>
    protected abstract Directive Handle(IActorRef child, Exception exception);

    /// <summary>
    /// Writes a failure to the log, at level error, or warning when the child is resumed. The entry's source is the
    /// child's path, its message that of the exception; an escalation is left to whoever decides in the end.
    /// </summary>
    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        if (!LoggingEnabled || directive == Directive.Escalate)
        {
            return;
        }

        var message = (cause is ActorInitializationException { InnerException: { } inner } ? inner : cause).Message;
        var source = child.Path.ToString();
        context.System.EventStream.Publish(directive == Directive.Resume
            ? new Warning(source, GetType(), message)
            : new Error(cause, source, GetType(), message));
    }

    /// <summary>Restarts or stops what a failure concerns.</summary>
    internal abstract void ProcessFailure(
        ActorCell supervisor, bool restart, ChildStats child, Exception cause, IReadOnlyList<ChildStats> children);

    /// <summary>Called when a child has stopped.</summary>
    internal virtual void HandleChildTerminated(ActorCell supervisor, IActorRef child)
    {
    }

    /// <summary>Decides and acts; false to escalate.</summary>
    internal virtual bool HandleFailure(
        ActorCell supervisor, ChildStats child, Exception cause, IReadOnlyList<ChildStats> children)
    {
        var directive = Handle(child.Child, cause);
        switch (directive)
        {
            case Directive.Escalate:
                LogFailure(supervisor, child.Child, cause, directive);
                return false;
            case Directive.Resume:
                LogFailure(supervisor, child.Child, cause, directive);
                child.Child.Resume(cause);
                return true;
            default:
                LogFailure(supervisor, child.Child, cause, directive);
                ProcessFailure(supervisor, directive == Directive.Restart, child, cause, children);
                return true;
        }
    }

    private protected static void RestartChild(IInternalActorRef child, Exception cause, bool suspendFirst)
    {
        if (suspendFirst)
        {
            child.Suspend();
        }

        child.Restart(cause);
    }

    private protected static int Milliseconds(TimeSpan? range) =>
        range is { } time && time >= TimeSpan.Zero ? (int)Math.Min(time.TotalMilliseconds, int.MaxValue) : -1;
}
