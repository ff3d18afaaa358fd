using System.Net;
using System.Security.Cryptography.X509Certificates;
using AkkaReplication.Groups;

namespace AkkaReplication.Kafka;

/// <summary>How Kafka clients reach the brokers of a cluster. Read once, when the cluster starts.</summary>
public sealed class KafkaListenerOptions
{
    private const int MostOffsetsPartitions = 10_000;

    /// <summary>The protocol's times are 32-bit numbers of ms.</summary>
    private static readonly TimeSpan LongestGroupTime = TimeSpan.FromDays(24);

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

    /// <summary>auto.create.topics.enable: a topic that a client asks about is made if it does not exist.</summary>
    public bool AutoCreateTopicsEnable { get; set; } = true;

    /// <summary>
    /// offsets.topic.num.partitions: of __consumer_offsets, when the first group is looked for. 1 to 10,000; not to be changed
    /// afterwards, for it says where a group is stored.
    /// </summary>
    public int OffsetsTopicNumPartitions { get; set; } = 50;

    /// <summary>
    /// group.initial.rebalance.delay.ms: how long the first generation of a group waits for more members. 0 (the default
    /// here; Kafka's is 3 s) and more: a test does not wait for members that it does not have.
    /// </summary>
    public TimeSpan GroupInitialRebalanceDelay { get; set; } = TimeSpan.Zero;

    /// <summary>group.min.session.timeout.ms: members may not ask for less. 1 ms and more.</summary>
    public TimeSpan GroupMinSessionTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>group.max.session.timeout.ms: members may not ask for more. At least <see cref="GroupMinSessionTimeout"/>.</summary>
    public TimeSpan GroupMaxSessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// offsets.retention.minutes: how long the offsets of a group without members are kept. At least 1 minute.
    /// </summary>
    public TimeSpan OffsetsRetention { get; set; } = TimeSpan.FromDays(7);

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
            OffsetsTopicNumPartitions is >= 1 and <= MostOffsetsPartitions,
            nameof(OffsetsTopicNumPartitions),
            OffsetsTopicNumPartitions,
            $"1 to {MostOffsetsPartitions}");
        CheckGroups();
        return (KafkaListenerOptions)MemberwiseClone();
    }

    /// <summary>Whether there is a port for each of the brokers.</summary>
    internal void CheckPorts(int brokers) =>
        Require(
            Port == 0 || Port + brokers - 1 <= IPEndPoint.MaxPort,
            nameof(Port),
            Port,
            $"0, or 1 to {IPEndPoint.MaxPort - brokers + 1} for {brokers} brokers");

    /// <summary>As the coordinators of groups take them.</summary>
    internal GroupCoordinatorOptions Groups() => new()
    {
        InitialRebalanceDelayMs = (int)GroupInitialRebalanceDelay.TotalMilliseconds,
        MinSessionTimeoutMs = (int)GroupMinSessionTimeout.TotalMilliseconds,
        MaxSessionTimeoutMs = (int)GroupMaxSessionTimeout.TotalMilliseconds,
        OffsetsRetentionMs = (long)OffsetsRetention.TotalMilliseconds,
    };

    private void CheckGroups()
    {
        Require(
            GroupInitialRebalanceDelay >= TimeSpan.Zero && GroupInitialRebalanceDelay <= LongestGroupTime,
            nameof(GroupInitialRebalanceDelay),
            GroupInitialRebalanceDelay,
            $"{TimeSpan.Zero} to {LongestGroupTime}");
        Require(
            GroupMinSessionTimeout >= TimeSpan.FromMilliseconds(1) && GroupMinSessionTimeout <= LongestGroupTime,
            nameof(GroupMinSessionTimeout),
            GroupMinSessionTimeout,
            $"1 ms to {LongestGroupTime}");
        Require(
            GroupMaxSessionTimeout >= GroupMinSessionTimeout && GroupMaxSessionTimeout <= LongestGroupTime,
            nameof(GroupMaxSessionTimeout),
            GroupMaxSessionTimeout,
            $"{GroupMinSessionTimeout} (GroupMinSessionTimeout) to {LongestGroupTime}");
        Require(
            OffsetsRetention >= TimeSpan.FromMinutes(1), nameof(OffsetsRetention), OffsetsRetention, "1 minute and more");
    }

    private static void Require(bool holds, string option, object? value, string accepted)
    {
        if (!holds)
        {
            throw new ReplicationException(
                ErrorCode.InvalidConfig, $"{option} is '{value}'; accepted is {accepted}.");
        }
    }
}
