namespace AkkaReplication.Metadata;

/// <summary>Where clients reach a broker through one of its listeners (Kafka's advertised.listeners).</summary>
/// <param name="Listener">The listener's name; upper case, such as PLAINTEXT.</param>
/// <param name="Host">A name or an address that clients can resolve.</param>
/// <param name="Port">1 to 65,535.</param>
public sealed record BrokerEndpoint(string Listener, string Host, int Port)
{
    /// <summary>As a client's bootstrap.servers takes it.</summary>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
