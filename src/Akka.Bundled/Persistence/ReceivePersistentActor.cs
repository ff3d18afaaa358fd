using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Persistence;

/// <summary>
/// A persistent actor whose behaviours are lists of typed handlers, declared in the constructor: for commands with
/// Command, for events with Recover. The first handler that fits takes the message, in the order of declaration.
/// </summary>
public abstract class ReceivePersistentActor : UntypedPersistentActor, IInitializableActor
{
    private readonly MessageHandlers _recoverHandlers = new();
    private MessageHandlers? _configuring = new();
    private MessageHandlers? _initial;

    private MessageHandlers Commands => _configuring ?? throw new InvalidOperationException(
        "You may only call Command-methods when constructing the actor and inside Become().");

    private MessageHandlers Recoveries => _initial is null ? _recoverHandlers : throw new InvalidOperationException(
        "You may only call Recover-methods when constructing the actor.");

    void IInitializableActor.Init()
    {
        if (_initial is null)
        {
            _initial = _configuring!.Build();
            _recoverHandlers.Build();
            _configuring = null;
        }
    }

    /// <inheritdoc/>
    protected sealed override void OnCommand(object message) => Handle(_initial!, message);

    /// <inheritdoc/>
    protected sealed override void OnRecover(object message) => Handle(_recoverHandlers, message);

    /// <summary>
    /// Replaces the current behaviour by the command handlers that <paramref name="configure"/> declares.
    /// </summary>
    protected void Become(Action configure)
    {
        var handlers = Configure(configure);
        base.Become(message => Handle(handlers, message));
    }

    /// <summary>
    /// Puts the command handlers that <paramref name="configure"/> declares on top of the current behaviour.
    /// </summary>
    protected void BecomeStacked(Action configure)
    {
        var handlers = Configure(configure);
        base.BecomeStacked(message => Handle(handlers, message));
    }

    /// <summary>Handles events and offers of type <typeparamref name="T"/> for which the predicate holds.</summary>
    /// <exception cref="InvalidOperationException">
    /// Not called from the constructor, or after a handler for everything.
    /// </exception>
    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Recoveries.Add(handler, shouldHandle);

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover<T>(Predicate<T> shouldHandle, Action<T> handler) => Recoveries.Add(handler, shouldHandle);

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Recoveries.Add(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Recover{T}(Action{T}, Predicate{T})"/>
    protected void Recover(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Recoveries.Add(messageType, handler, shouldHandle);

    /// <summary>
    /// Handles events and offers of type <typeparamref name="T"/>; false passes on to the next handler.
    /// </summary>
    protected void Recover<T>(Func<T, bool> handler) => Recoveries.Add(handler);

    /// <inheritdoc cref="Recover{T}(Func{T, bool})"/>
    protected void Recover(Type messageType, Func<object, bool> handler) => Recoveries.Add(messageType, handler);

    /// <summary>Handles all events and offers; no handler can follow.</summary>
    protected void RecoverAny(Action<object> handler) => Recoveries.AddAny(handler);

    /// <summary>Handles commands of type <typeparamref name="T"/> for which the predicate holds.</summary>
    /// <exception cref="InvalidOperationException">
    /// Not called while a behaviour is declared, or after a handler for everything.
    /// </exception>
    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Commands.Add(handler, shouldHandle);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Commands.Add(handler, shouldHandle);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Commands.Add(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Command{T}(Action{T}, Predicate{T})"/>
    protected void Command(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Commands.Add(messageType, handler, shouldHandle);

    /// <summary>Handles commands of type <typeparamref name="T"/>; false passes on to the next handler.</summary>
    protected void Command<T>(Func<T, bool> handler) => Commands.Add(handler);

    /// <inheritdoc cref="Command{T}(Func{T, bool})"/>
    protected void Command(Type messageType, Func<object, bool> handler) => Commands.Add(messageType, handler);

    /// <summary>Handles all commands; no handler can follow.</summary>
    protected void Command(Action<object> handler) => Commands.AddAny(handler);

    /// <summary>Handles all commands; no handler can follow.</summary>
    protected void CommandAny(Action<object> handler) => Commands.AddAny(handler);

    /// <summary>
    /// As Command, with an asynchronous handler: no other message is handled until its task has completed, and Self,
    /// Sender and Context stay valid across its awaits. If the actor is stopped meanwhile, the rest never runs.
    /// </summary>
    protected void CommandAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Command(Async(handler), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) =>
        Command(Async(handler), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Command(messageType, Async(handler), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        Command(messageType, Async(handler), shouldHandle);

    /// <summary>Handles all commands asynchronously; no handler can follow.</summary>
    protected void CommandAnyAsync(Func<object, Task> handler) => CommandAny(Async(handler));

    private Action<T> Async<T>(Func<T, Task> handler) => message => RunTask(() => handler(message));

    private MessageHandlers Configure(Action configure)
    {
        var outer = _configuring;
        _configuring = new MessageHandlers();
        try
        {
            configure();
            return _configuring.Build();
        }
        finally
        {
            _configuring = outer;
        }
    }

    private void Handle(MessageHandlers handlers, object message)
    {
        if (!handlers.TryHandle(message))
        {
            Unhandled(message);
        }
    }
}
