using Akka.Actor;

namespace Akka.Pattern;

/// <summary>Something was asked for that the present state rules out.</summary>
public class IllegalStateException : AkkaException
{
    /// <summary>Creates the exception with its text.</summary>
    public IllegalStateException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its text and cause.</summary>
    public IllegalStateException(string message, Exception innerEx)
        : base(message, innerEx)
    {
    }
}
