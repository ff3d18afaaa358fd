using Akka.Actor;

namespace Akka.Event;

/// <summary>A message that goes to the dead letters quietly.</summary>
public interface IDeadLetterSuppression;

/// <summary>A message that was not handled by whom it was meant for.</summary>
public abstract class AllDeadLetters : IWrappedMessage
{
    /// <summary>Keeps what it is given.</summary>
    protected AllDeadLetters(object message, IActorRef? sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender!;
        Recipient = recipient;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>Who was to get it.</summary>
    public IActorRef Recipient { get; }

    /// <summary>Who sent it.</summary>
    public IActorRef Sender { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: <{Message}>";
}

/// <summary>A message to an actor that has stopped or never was.</summary>
public sealed class DeadLetter : AllDeadLetters
{
    /// <summary>Keeps what it is given.</summary>
    public DeadLetter(object message, IActorRef? sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}

/// <summary>A dead letter that is not logged.</summary>
public sealed class SuppressedDeadLetter : AllDeadLetters
{
    /// <summary>Keeps what it is given.</summary>
    public SuppressedDeadLetter(IDeadLetterSuppression message, IActorRef? sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}

/// <summary>A message that was given up on the way.</summary>
public sealed class Dropped : AllDeadLetters
{
    /// <summary>Keeps what it is given.</summary>
    public Dropped(object message, string reason, IActorRef? sender, IActorRef recipient)
        : base(message, sender, recipient) => Reason = reason;

    /// <summary>Without a sender.</summary>
    public Dropped(object message, string reason, IActorRef recipient)
        : this(message, reason, ActorRefs.NoSender, recipient)
    {
    }

    /// <summary>Why it was given up.</summary>
    public string Reason { get; }
}

/// <summary>A message that no handler of its receiver took.</summary>
public sealed class UnhandledMessage : AllDeadLetters
{
    /// <summary>Keeps what it is given.</summary>
    public UnhandledMessage(object message, IActorRef? sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}
