namespace AkkaReplication;

/// <summary>What has settings; numbers are Kafka's.</summary>
public enum ConfigResourceType : byte
{
    /// <summary>A topic, by its name: its settings can be changed.</summary>
    Topic = 2,

    /// <summary>A broker, by its id: its settings are its host's configuration and can only be read.</summary>
    Broker = 4,
}

/// <summary>A topic or a broker, as something that has settings.</summary>
/// <param name="Name">The topic's name, or the broker's id in decimal digits.</param>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    /// <summary>The topic of that name.</summary>
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    /// <summary>The broker of that id.</summary>
    public static ConfigResource Broker(BrokerId id) => new(ConfigResourceType.Broker, id.ToString());

    public override string ToString() => $"{(Type == ConfigResourceType.Topic ? "topic" : "broker")} \"{Name}\"";
}
