namespace AkkaReplication;

/// <summary>Where a setting's value is from; numbers are Kafka's.</summary>
public enum ConfigSource : byte
{
    /// <summary>Set for this topic.</summary>
    DynamicTopicConfig = 1,

    /// <summary>Set for this broker while it runs; only brokers of Kafka have such.</summary>
    DynamicBrokerConfig = 2,

    /// <summary>Set for all brokers while they run; only brokers of Kafka have such.</summary>
    DynamicDefaultBrokerConfig = 3,

    /// <summary>The broker was started with it.</summary>
    StaticBrokerConfig = 4,

    /// <summary>Nobody set it.</summary>
    DefaultConfig = 5,
}

/// <summary>One setting in force.</summary>
/// <param name="Value">As it could be set.</param>
/// <param name="IsReadOnly">It cannot be changed by a request.</param>
/// <param name="Documentation">What is accepted, in words.</param>
public sealed record ConfigEntry(string Name, string Value, ConfigSource Source, bool IsReadOnly, string Documentation)
{
    /// <summary>Nobody set it.</summary>
    public bool IsDefault => Source == ConfigSource.DefaultConfig;
}
