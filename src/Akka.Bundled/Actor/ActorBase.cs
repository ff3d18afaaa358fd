namespace Akka.Actor;

/// <summary>Gives the runtime access to the context of an actor instance.</summary>
public interface IInternalActor
{
    /// <summary>The context of the actor.</summary>
    IActorContext ActorContext { get; }
}

/// <summary>
/// The base of every actor: its behaviour and its life cycle. It owns the actor's state, which only the thread that
/// currently runs the actor may touch.
/// </summary>
public abstract class ActorBase : IInternalActor
{
    private readonly IActorRef _self;
    private SupervisorStrategy? _supervisorStrategy;
    private ActorCell? _cell;

    /// <summary>Only the runtime creates actors.</summary>
    /// <exception cref="ActorInitializationException">The actor was created with <c>new</c>.</exception>
    protected ActorBase()
    {
        var cell = ActorCell.Current;
        if (cell is null || !cell.IsConstructing)
        {
            throw new ActorInitializationException(
                $"You cannot create an instance of [{GetType().FullName}] explicitly using the constructor (new). " +
                "You have to use one of the factory methods, with Props, to create a new actor.");
        }

        _cell = cell;
        _self = cell.Self;
        cell.Become(Receive);
    }

    IActorContext IInternalActor.ActorContext =>
        _cell ?? throw new InvalidOperationException("This actor has been replaced or has stopped.");

    /// <summary>The context of the actor that runs on this thread.</summary>
    /// <exception cref="NotSupportedException">
    /// No actor runs here, as after an await outside an async handler.
    /// </exception>
    protected static IActorContext Context => ActorCell.Current ?? throw NoContext();

    /// <summary>A behaviour that handles nothing.</summary>
    protected static Receive EmptyReceive { get; } = _ => false;

    /// <summary>The reference of this actor; valid on any thread.</summary>
    protected IActorRef Self => _self;

    /// <summary>Who sent the message being handled.</summary>
    protected IActorRef Sender => Context.Sender;

    internal ActorCell? Cell => _cell;

    internal SupervisorStrategy SupervisorStrategyInternal
    {
        get => _supervisorStrategy ??= SupervisorStrategy() ?? Actor.SupervisorStrategy.DefaultStrategy;
        set => _supervisorStrategy = value;
    }

    /// <summary>Handles a message; false when it is not one this actor knows.</summary>
    protected abstract bool Receive(object message);

    /// <summary>Passes a message to the current behaviour; what is overridden here sees every user message.</summary>
    protected internal virtual bool AroundReceive(Receive receive, object message)
    {
        var handled = receive(message);
        if (!handled)
        {
            Unhandled(message);
        }

        return handled;
    }

    /// <summary>
    /// Called for a message that no handler took: publishes it, or fails on <see cref="Terminated"/>.
    /// </summary>
    /// <exception cref="DeathPactException">The message is <see cref="Terminated"/>.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
        {
            throw new DeathPactException(terminated.ActorRef);
        }

        var context = Context;
        context.System.EventStream.Publish(new Event.UnhandledMessage(message, context.Sender, context.Self));
    }

    /// <summary>Replaces the current behaviour.</summary>
    protected void Become(Receive receive) => Context.Become(receive);

    /// <summary>Puts a behaviour on top of the current one.</summary>
    protected void BecomeStacked(Receive receive) => Context.BecomeStacked(receive);

    /// <summary>Goes back to the behaviour below.</summary>
    protected void UnbecomeStacked() => Context.UnbecomeStacked();

    /// <inheritdoc cref="IActorContext.SetReceiveTimeout"/>
    protected void SetReceiveTimeout(TimeSpan? timeout) => Context.SetReceiveTimeout(timeout);

    /// <summary>How this actor treats the failures of its children; asked once per instance.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    /// <summary>Called before the first message.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Called after the last message.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Called on the failed instance before it is replaced: stops all children, then calls PostStop.</summary>
    /// <param name="reason">The failure.</param>
    /// <param name="message">The message it failed on, or null.</param>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        var context = Context;
        foreach (var child in context.GetChildren())
        {
            context.Unwatch(child);
            context.Stop(child);
        }

        PostStop();
    }

    /// <summary>Called on the new instance after a restart: calls PreStart.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>Called by the runtime in place of PreStart.</summary>
    public virtual void AroundPreStart() => PreStart();

    /// <summary>Called by the runtime in place of PostStop.</summary>
    public virtual void AroundPostStop() => PostStop();

    /// <summary>Called by the runtime in place of PreRestart.</summary>
    public virtual void AroundPreRestart(Exception cause, object? message) => PreRestart(cause, message);

    /// <summary>Called by the runtime in place of PostRestart.</summary>
    public virtual void AroundPostRestart(Exception cause, object? message) => PostRestart(cause);

    internal void Detach() => _cell = null;

    internal static NotSupportedException NoContext() => new(
        "There is no active ActorContext, this is most likely due to use of async operations from within this actor.");
}
