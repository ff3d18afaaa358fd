namespace Akka.Configuration;

/// <summary>What can be asked of a configuration that may be null.</summary>
public static class ConfigExtensions
{
    /// <summary>Lays the configuration over the fallback; null, or the fallback itself, yields the fallback.</summary>
    public static Config SafeWithFallback(this Config? config, Config fallback) =>
        config is null || ReferenceEquals(config, fallback) ? fallback : config.WithFallback(fallback);

    /// <summary>Whether the configuration is null or has no key.</summary>
    public static bool IsNullOrEmpty([System.Diagnostics.CodeAnalysis.NotNullWhen(false)] this Config? config) =>
        config is null || config.IsEmpty;
}
