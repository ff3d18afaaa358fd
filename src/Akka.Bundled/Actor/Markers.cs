namespace Akka.Actor;

/// <summary>
/// A message that <c>akka.actor.serialize-messages</c> leaves alone because it never leaves the process.
/// </summary>
public interface INoSerializationVerificationNeeded;

/// <summary>A message that does not reset the receive timeout of the actor that gets it.</summary>
public interface INotInfluenceReceiveTimeout;

/// <summary>A message that a sender outside the trust of this system should not be able to deliver.</summary>
public interface IPossiblyHarmful;

/// <summary>A message that the actor cell handles before the actor's own behaviour may see it.</summary>
public interface IAutoReceivedMessage;

/// <summary>An actor whose received messages are logged when <c>akka.actor.debug.receive</c> is on.</summary>
public interface ILogReceive;

/// <summary>A message that carries another one.</summary>
public interface IWrappedMessage
{
    /// <summary>The message inside.</summary>
    object Message { get; }
}

/// <summary>Unpacks nested <see cref="IWrappedMessage"/>s.</summary>
public static class WrappedMessage
{
    /// <summary>
    /// Gives the innermost message, which is <paramref name="message"/> itself when it wraps nothing.
    /// </summary>
    public static object Unwrap(object message)
    {
        while (message is IWrappedMessage wrapped)
        {
            message = wrapped.Message;
        }

        return message;
    }
}
