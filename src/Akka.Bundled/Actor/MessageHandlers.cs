namespace Akka.Actor;

/// <summary>
/// Owns the ordered handlers of one behaviour; the first that takes a message wins. It refuses to grow once one of them
/// takes everything, since what follows could never run.
/// </summary>
internal sealed class MessageHandlers
{
    private readonly List<Handler> _list = [];
    private Handler[]? _handlers;
    private bool _closed;

    public void Add<T>(Action<T> action, Predicate<T>? shouldHandle = null) =>
        Add(new ActionHandler<T>(action, shouldHandle), shouldHandle is null && typeof(T) == typeof(object));

    public void Add<T>(Func<T, bool> func) => Add(new FuncHandler<T>(func), closes: false);

    public void Add(Type type, Action<object> action, Predicate<object>? shouldHandle = null) =>
        Add(new TypedActionHandler(type, action, shouldHandle), shouldHandle is null && type == typeof(object));

    public void Add(Type type, Func<object, bool> func) => Add(new TypedFuncHandler(type, func), closes: false);

    public void AddAny(Action<object> action) => Add(action);

    /// <summary>Freezes the list: from now on it handles messages.</summary>
    public MessageHandlers Build()
    {
        _handlers = [.. _list];
        return this;
    }

    public bool TryHandle(object message)
    {
        foreach (var handler in _handlers!)
        {
            if (handler.TryHandle(message))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(Handler handler, bool closes)
    {
        if (_closed)
        {
            throw new InvalidOperationException(
                "A handler that catches all messages has been added. No handler can be added after that.");
        }

        _list.Add(handler);
        _closed = closes;
    }

    private abstract class Handler
    {
        public abstract bool TryHandle(object message);
    }

    private sealed class ActionHandler<T>(Action<T> action, Predicate<T>? shouldHandle) : Handler
    {
        public override bool TryHandle(object message)
        {
            if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed)))
            {
                return false;
            }

            action(typed);
            return true;
        }
    }

    private sealed class FuncHandler<T>(Func<T, bool> func) : Handler
    {
        public override bool TryHandle(object message) => message is T typed && func(typed);
    }

    private sealed class TypedActionHandler(Type type, Action<object> action, Predicate<object>? shouldHandle) : Handler
    {
        public override bool TryHandle(object message)
        {
            if (!type.IsInstanceOfType(message) || (shouldHandle is not null && !shouldHandle(message)))
            {
                return false;
            }

            action(message);
            return true;
        }
    }

    private sealed class TypedFuncHandler(Type type, Func<object, bool> func) : Handler
    {
        public override bool TryHandle(object message) => type.IsInstanceOfType(message) && func(message);
    }
}
