using Akka.Actor;

namespace Akka.TestKit;

/// <summary>A message that a test actor received, with the actor that sent it.</summary>
public abstract class MessageEnvelope
{
    /// <summary>The message; null in a <see cref="NullMessageEnvelope"/> only.</summary>
    public abstract object Message { get; }

    /// <summary>Who sent it.</summary>
    public abstract IActorRef Sender { get; }
}

/// <summary>A message that arrived.</summary>
public class RealMessageEnvelope : MessageEnvelope
{
    /// <summary>Holds <paramref name="message"/> as sent by <paramref name="sender"/>.</summary>
    public RealMessageEnvelope(object message, IActorRef sender)
    {
        Message = message;
        Sender = sender;
    }

    /// <inheritdoc />
    public override object Message { get; }

    /// <inheritdoc />
    public override IActorRef Sender { get; }

    /// <inheritdoc />
    public override string ToString() => $"<{Message ?? "null"}> from {Sender}";
}

/// <summary>Stands where no message arrived.</summary>
public sealed class NullMessageEnvelope : MessageEnvelope
{
    /// <summary>The only instance.</summary>
    public static NullMessageEnvelope Instance = new();

    private NullMessageEnvelope()
    {
    }

    /// <inheritdoc />
    public override object Message => null!;

    /// <inheritdoc />
    public override IActorRef Sender => ActorRefs.NoSender!;

    /// <inheritdoc />
    public override string ToString() => "<null>";
}
