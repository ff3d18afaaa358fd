using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>An actor with one method for all messages.</summary>
public abstract class UntypedActor : ActorBase
{
    /// <inheritdoc cref="ActorBase.Context"/>
    protected static new IUntypedActorContext Context => ActorCell.Current ?? throw NoContext();

    /// <inheritdoc/>
    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <summary>Handles a message; call Unhandled for those this actor does not know.</summary>
    protected abstract void OnReceive(object message);

    /// <summary>Runs an action as a task of this actor: no other message is handled until it has finished.</summary>
    protected void RunTask(Action action) => ActorTaskScheduler.RunTask(action);

    /// <summary>
    /// Runs an asynchronous action as a task of this actor: no other message is handled until it has finished.
    /// </summary>
    protected void RunTask(Func<Task> action) => ActorTaskScheduler.RunTask(action);

    /// <summary>Replaces the current behaviour.</summary>
    protected void Become(UntypedReceive receive) => Context.Become(receive);

    /// <summary>Puts a behaviour on top of the current one.</summary>
    protected void BecomeStacked(UntypedReceive receive) => Context.BecomeStacked(receive);
}

/// <summary>An untyped actor that can stash.</summary>
public abstract class UntypedActorWithStash : UntypedActor, IWithStash
{
    /// <summary>Set by the runtime after construction.</summary>
    public IStash Stash { get; set; } = null!;
}

/// <summary>An untyped actor that can stash without bound.</summary>
public abstract class UntypedActorWithUnboundedStash : UntypedActor, IWithUnboundedStash
{
    /// <summary>Set by the runtime after construction.</summary>
    public IStash Stash { get; set; } = null!;
}

/// <summary>An untyped actor that can stash if its mailbox allows it.</summary>
public abstract class UntypedActorWithUnrestrictedStash : UntypedActor, IWithUnrestrictedStash
{
    /// <summary>Set by the runtime after construction.</summary>
    public IStash Stash { get; set; } = null!;
}
