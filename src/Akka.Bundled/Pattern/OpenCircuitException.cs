using Akka.Actor;

namespace Akka.Pattern;

/// <summary>A call was refused because the circuit breaker is open: calls have failed lately.</summary>
public class OpenCircuitException : AkkaException
{
    private const string Text = "Circuit Breaker is open; calls are failing fast";

    /// <summary>Creates the exception.</summary>
    public OpenCircuitException()
        : base(Text)
    {
    }

    /// <summary>Creates the exception with its text.</summary>
    public OpenCircuitException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its text and the time until a call is let through again.</summary>
    public OpenCircuitException(string message, TimeSpan remainingDuration)
        : base(message)
    {
        RemainingDuration = remainingDuration;
    }

    /// <summary>Creates the exception with its text and the last failure.</summary>
    public OpenCircuitException(string message, Exception? cause)
        : base(message, cause!)
    {
    }

    /// <summary>
    /// Creates the exception with its text, the last failure and the time until a call is let through.
    /// </summary>
    public OpenCircuitException(string message, Exception? cause, TimeSpan remainingDuration)
        : base(message, cause!)
    {
        RemainingDuration = remainingDuration;
    }

    /// <summary>Creates the exception with the last failure.</summary>
    public OpenCircuitException(Exception? cause)
        : base(Text, cause!)
    {
    }

    /// <summary>Creates the exception with the last failure and the time until a call is let through again.</summary>
    public OpenCircuitException(Exception? cause, TimeSpan remainingDuration)
        : base(Text, cause!)
    {
        RemainingDuration = remainingDuration;
    }

    /// <summary>The time until a call is let through again; zero while the breaker is half open.</summary>
    public TimeSpan RemainingDuration { get; }
}

/// <summary>Stands for the failure that a user of a circuit breaker reported by hand.</summary>
public class UserCalledFailException : AkkaException
{
    /// <summary>Creates the exception.</summary>
    public UserCalledFailException()
        : base("User code caused circuit breaker to trip")
    {
    }
}
