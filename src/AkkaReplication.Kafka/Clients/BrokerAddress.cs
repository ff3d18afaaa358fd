using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace AkkaReplication.Kafka.Clients;

/// <summary>Where a broker is connected to: a name or an address, and a port.</summary>
internal readonly record struct BrokerAddress(string Host, int Port)
{
    /// <summary>Those of bootstrap.servers, each once.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG: there is none, or one that is no address.</exception>
    public static ImmutableArray<BrokerAddress> ParseList(string? servers)
    {
        const StringSplitOptions Plain = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var addresses = (servers ?? "").Split(',', Plain).Select(Parse).Distinct().ToImmutableArray();
        return addresses.IsEmpty ? throw Invalid(servers ?? "") : addresses;
    }

    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static BrokerAddress Parse(string server)
    {
        var colon = server.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw Invalid(server);

        var host = server[..colon];
        if (host is ['[', .. var inner, ']'])
            host = IPAddress.TryParse(inner, out _) ? inner : throw Invalid(server);
        else if (Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
            throw Invalid(server);
        return port is >= 1 and <= IPEndPoint.MaxPort ? new BrokerAddress(host, port) : throw Invalid(server);
    }

    private static ReplicationException Invalid(string value) => KafkaClientOptions.Invalid(
        "bootstrap.servers", value, "host:port,host:port,... is accepted, with ports from 1 to 65535 and IPv6 as [address]:port");
}
