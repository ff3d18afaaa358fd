using Akka.Actor;

namespace Akka.Configuration;

/// <summary>A configuration that cannot be used: unknown ids, missing sections, types that do not exist.</summary>
public class ConfigurationException : AkkaException
{
    /// <summary>Creates the exception with its text.</summary>
    public ConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its text and cause.</summary>
    public ConfigurationException(string message, Exception exception)
        : base(message, exception)
    {
    }

    /// <summary>The error of <typeparamref name="T"/> being given no configuration, or an empty one.</summary>
    public static ConfigurationException NullOrEmptyConfig<T>(string? path = null) =>
        new($"Failed to instantiate {typeof(T).Name}: configuration is null or empty" +
            (path is null ? "." : $" at '{path}'."));
}
