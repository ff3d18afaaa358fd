using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>
/// An actor whose behaviours are lists of typed handlers, declared in the constructor or in a method given to Become.
/// The first handler that fits takes the message, in the order of declaration.
/// </summary>
public abstract class ReceiveActor : UntypedActor, IInitializableActor
{
    private MessageHandlers? _configuring = new();
    private MessageHandlers? _initial;

    void IInitializableActor.Init()
    {
        if (_initial is null)
        {
            _initial = _configuring!.Build();
            _configuring = null;
        }
    }

    /// <inheritdoc/>
    protected sealed override void OnReceive(object message) => Handle(_initial!, message);

    /// <summary>Replaces the current behaviour by the handlers that <paramref name="configure"/> declares.</summary>
    protected void Become(Action configure)
    {
        var handlers = Configure(configure);
        base.Become(message => Handle(handlers, message));
    }

    /// <summary>Puts the handlers that <paramref name="configure"/> declares on top of the current behaviour.</summary>
    protected void BecomeStacked(Action configure)
    {
        var handlers = Configure(configure);
        base.BecomeStacked(message => Handle(handlers, message));
    }

    /// <summary>
    /// Handles messages of type <typeparamref name="T"/>, subtypes included, for which the predicate holds.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Not called while a behaviour is declared, or after a handler for everything.
    /// </exception>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Handlers.Add(handler, shouldHandle);

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T})"/>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Handlers.Add(handler, shouldHandle);

    /// <summary>
    /// Handles messages of type <typeparamref name="T"/>; false passes the message on to the next handler.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Not called while a behaviour is declared, or after a handler for everything.
    /// </exception>
    protected void Receive<T>(Func<T, bool> handler) => Handlers.Add(handler);

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T})"/>
    protected void Receive(Type messageType, Action<object> handler, Predicate<object>? shouldHandle = null) =>
        Handlers.Add(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Receive{T}(Action{T}, Predicate{T})"/>
    protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
        Handlers.Add(messageType, handler, shouldHandle);

    /// <inheritdoc cref="Receive{T}(Func{T, bool})"/>
    protected void Receive(Type messageType, Func<object, bool> handler) => Handlers.Add(messageType, handler);

    /// <summary>Handles every message; no handler can follow.</summary>
    protected void ReceiveAny(Action<object> handler) => Handlers.AddAny(handler);

    /// <summary>
    /// As Receive, with an asynchronous handler: no other message is handled until its task has completed, and Self,
    /// Sender and Context stay valid across its awaits. If the actor is stopped meanwhile, the rest never runs.
    /// </summary>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Receive(Async(handler), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) =>
        Receive(Async(handler), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object>? shouldHandle = null) =>
        Receive(messageType, Async(handler), shouldHandle);

    /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void ReceiveAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        Receive(messageType, Async(handler), shouldHandle);

    /// <summary>Handles every message asynchronously; no handler can follow.</summary>
    protected void ReceiveAnyAsync(Func<object, Task> handler) => ReceiveAny(Async(handler));

    private MessageHandlers Handlers => _configuring ?? throw new InvalidOperationException(
        "You may only call Receive-methods when constructing the actor and inside Become().");

    private static Action<T> Async<T>(Func<T, Task> handler) =>
        message => ActorTaskScheduler.RunTask(() => handler(message));

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
