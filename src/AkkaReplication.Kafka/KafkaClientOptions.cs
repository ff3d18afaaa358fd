using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using AkkaReplication.Kafka.Clients;

namespace AkkaReplication.Kafka;

/// <summary>How clients talk to brokers.</summary>
public enum SecurityProtocol : byte
{
    /// <summary>Neither encrypted nor authenticated.</summary>
    Plaintext = 0,

    /// <summary>TLS; the brokers show a certificate.</summary>
    Ssl = 1,
}

/// <summary>
/// How a <see cref="KafkaClient"/> reaches its cluster; names and defaults are Kafka's. Read once, when it connects. What
/// concerns one producer, consumer or admin client is told to each of these: client.id, timeouts, backoffs.
/// </summary>
public sealed class KafkaClientOptions
{
    /// <summary>
    /// bootstrap.servers: brokers to ask first, host:port separated by commas; the others are found through them. An IPv6
    /// address stands in brackets.
    /// </summary>
    public string BootstrapServers { get; set; } = "";

    /// <summary>security.protocol: SASL is not supported.</summary>
    public SecurityProtocol SecurityProtocol { get; set; } = SecurityProtocol.Plaintext;

    /// <summary>
    /// Certificates that brokers' ones must go back to (ssl.truststore.location in Kafka). Null for those that this machine
    /// trusts.
    /// </summary>
    public X509Certificate2Collection? SslTrustedCertificates { get; set; }

    /// <summary>What is shown to brokers that ask for it (ssl.keystore.location in Kafka), with its private key.</summary>
    public X509Certificate2? SslClientCertificate { get; set; }

    /// <summary>
    /// ssl.endpoint.identification.algorithm: a broker's certificate must name the host that was connected to. On as in
    /// Kafka.
    /// </summary>
    public bool SslVerifyHostname { get; set; } = true;

    /// <summary>
    /// socket.connection.setup.timeout.ms: how long it may take to connect to a broker, TLS and the agreement on versions
    /// included. 1 or more.
    /// </summary>
    public int SocketConnectionSetupTimeoutMs { get; set; } = 10_000;

    /// <summary>
    /// receive.message.max.bytes, as librdkafka calls it: a connection whose broker announces a larger answer is closed. 1 KiB
    /// to 2 GiB; it should exceed fetch.max.bytes and the topics' largest batch.
    /// </summary>
    public int ReceiveMessageMaxBytes { get; set; } = 100_000_000;

    /// <summary>
    /// allow.auto.create.topics: a topic that is asked about is made, if the brokers do that. Off, other than in Kafka: a
    /// misspelt name is an error.
    /// </summary>
    public bool AllowAutoCreateTopics { get; set; }

    /// <summary>How long <see cref="KafkaClient.ConnectAsync"/> looks for a broker that answers, in ms. 1 or more.</summary>
    public int ConnectTimeoutMs { get; set; } = 30_000;

    /// <summary>
    /// Where the clients' actors live; it must outlive them. Null for one of the client's own, which ends with it.
    /// </summary>
    public ActorSystem? ActorSystem { get; set; }

    /// <summary>Sets an option by its Kafka name.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG: there is no such option, or the text is no value of
    /// it.</exception>
    public void Set(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        switch (key)
        {
            case "bootstrap.servers":
                BootstrapServers = value;
                break;
            case "security.protocol":
                SecurityProtocol = value switch
                {
                    "PLAINTEXT" => SecurityProtocol.Plaintext,
                    "SSL" => SecurityProtocol.Ssl,
                    _ => throw Invalid(key, value, "PLAINTEXT or SSL is accepted"),
                };
                break;
            case "ssl.endpoint.identification.algorithm":
                SslVerifyHostname = value switch
                {
                    "https" => true,
                    "" or "none" => false,
                    _ => throw Invalid(key, value, "https, or nothing, is accepted"),
                };
                break;
            case "socket.connection.setup.timeout.ms":
                SocketConnectionSetupTimeoutMs = Number(key, value);
                break;
            case "receive.message.max.bytes":
                ReceiveMessageMaxBytes = Number(key, value);
                break;
            case "allow.auto.create.topics":
                AllowAutoCreateTopics = bool.TryParse(value, out var allow)
                    ? allow
                    : throw Invalid(key, value, "true or false is accepted");
                break;
            default:
                throw Invalid(key, value, $"{nameof(KafkaClientOptions)} has no such option");
        }
    }

    /// <summary>A copy that nobody else can change, and the addresses it names.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is accepted.</exception>
    internal (KafkaClientOptions Options, ImmutableArray<BrokerAddress> Bootstrap) Checked()
    {
        Range("socket.connection.setup.timeout.ms", SocketConnectionSetupTimeoutMs, 1);
        Range("receive.message.max.bytes", ReceiveMessageMaxBytes, 1024);
        Range(nameof(ConnectTimeoutMs), ConnectTimeoutMs, 1);
        if (!Enum.IsDefined(SecurityProtocol))
            throw Invalid("security.protocol", SecurityProtocol.ToString(), "Plaintext or Ssl is accepted");
        if (SslClientCertificate is { HasPrivateKey: false } certificate)
            throw Invalid(nameof(SslClientCertificate), certificate.Subject, "one with its private key is accepted");
        return ((KafkaClientOptions)MemberwiseClone(), BrokerAddress.ParseList(BootstrapServers));
    }

    internal static ReplicationException Invalid(string key, string value, string accepted) =>
        new(ErrorCode.InvalidConfig, $"{key} = {value}: {accepted}.");

    private static void Range(string key, int value, int least)
    {
        if (value < least)
            throw Invalid(key, value.ToString(CultureInfo.InvariantCulture), $"{least} to {int.MaxValue} is accepted");
    }

    private static int Number(string key, string value) =>
        int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Invalid(key, value, "a whole number is accepted");
}
