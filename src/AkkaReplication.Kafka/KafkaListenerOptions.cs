using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace AkkaReplication.Kafka;

/// <summary>How Kafka clients reach the brokers of a cluster. Read once, when the cluster starts.</summary>
public sealed class KafkaListenerOptions
{
    private const int MostFetchSessions = 100_000;

    /// <summary>
    /// The port of the first broker; broker n has the one n - 1 above it. 0 to 65535; 0 lets the system choose a port for each
    /// broker, which it keeps over its lives.
    /// </summary>
    public int Port { get; set; }

    /// <summary>The address to listen at (Kafka's listeners): this machine alone unless told otherwise.</summary>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>
    /// What clients are told to connect to (Kafka's advertised.listeners): a name or an address that they can resolve.
    /// </summary>
    public string AdvertisedHost { get; set; } = "localhost";

    /// <summary>Clients connect with TLS, and the brokers show this certificate. Null for plain text.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>socket.request.max.bytes: a larger request ends its connection. 1 KiB to 2 GiB.</summary>
    public int SocketRequestMaxBytes { get; set; } = 104_857_600;

    /// <summary>
    /// queued.max.request.bytes: what requests that are not answered may hold in each broker's memory. Sockets are not read
    /// until there is room. At least <see cref="SocketRequestMaxBytes"/>.
    /// </summary>
    public long QueuedMaxRequestBytes { get; set; } = 268_435_456;

    /// <summary>max.connections: further clients of a broker are let go at once. At least 1.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>
    /// connections.max.idle.ms: a client that has asked nothing for so long, and waits for nothing, is let go. At least 1 s.
    /// </summary>
    public TimeSpan ConnectionsMaxIdle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// max.incremental.fetch.session.cache.slots: consumers of a broker that need not name all their partitions with every
    /// fetch (KIP-227). 0 to 100,000; each follows 200 partitions on average, at most.
    /// </summary>
    public int MaxIncrementalFetchSessionCacheSlots { get; set; } = 1_000;

    /// <summary>auto.create.topics.enable: a topic that a client asks about is made if it does not exist.</summary>
    public bool AutoCreateTopicsEnable { get; set; } = true;

    /// <summary>The listener's name, as Kafka has it for its security protocols.</summary>
    public string Name => Certificate is null ? "PLAINTEXT" : "SSL";

    /// <summary>A copy that nobody else can change.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is accepted.</exception>
    internal KafkaListenerOptions Checked()
    {
        Require(Port is >= 0 and <= IPEndPoint.MaxPort, nameof(Port), Port, "0 to 65535");
        Require(AdvertisedHost is { Length: > 0 }, nameof(AdvertisedHost), AdvertisedHost, "a name or an address");
        Require(
            SocketRequestMaxBytes >= 1024, nameof(SocketRequestMaxBytes), SocketRequestMaxBytes, "1024 to 2147483647");
        Require(
            QueuedMaxRequestBytes >= SocketRequestMaxBytes,
            nameof(QueuedMaxRequestBytes),
            QueuedMaxRequestBytes,
            $"{SocketRequestMaxBytes} (SocketRequestMaxBytes) and more");
        Require(MaxConnections >= 1, nameof(MaxConnections), MaxConnections, "1 and more");
        Require(
            ConnectionsMaxIdle >= TimeSpan.FromSeconds(1), nameof(ConnectionsMaxIdle), ConnectionsMaxIdle, "1 s and more");
        Require(
            MaxIncrementalFetchSessionCacheSlots is >= 0 and <= MostFetchSessions,
            nameof(MaxIncrementalFetchSessionCacheSlots),
            MaxIncrementalFetchSessionCacheSlots,
            $"0 to {MostFetchSessions}");
        return (KafkaListenerOptions)MemberwiseClone();
    }

    /// <summary>Whether there is a port for each of the brokers.</summary>
    internal void CheckPorts(int brokers) =>
        Require(
            Port == 0 || Port + brokers - 1 <= IPEndPoint.MaxPort,
            nameof(Port),
            Port,
            $"0, or 1 to {IPEndPoint.MaxPort - brokers + 1} for {brokers} brokers");

    private static void Require(bool holds, string option, object? value, string accepted)
    {
        if (!holds)
        {
            throw new ReplicationException(
                ErrorCode.InvalidConfig, $"{option} is '{value}'; accepted is {accepted}.");
        }
    }
}
