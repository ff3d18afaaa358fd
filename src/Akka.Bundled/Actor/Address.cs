using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Akka.Util;

namespace Akka.Actor;

/// <summary>
/// Where an actor system can be reached: <c>protocol://system</c> within the process,
/// <c>protocol://system@host:port</c> from elsewhere. Immutable.
/// </summary>
public sealed class Address : IEquatable<Address>, IComparable<Address>, IComparable, ISurrogated, ICloneable
{
    /// <summary>Stands for every actor system.</summary>
    public static readonly Address AllSystems = new("akka", "all-systems");

    private string? _text;

    /// <summary>Makes an address; without host and port it is local.</summary>
    public Address(string protocol, string system, string? host = null, int? port = null)
    {
        Protocol = protocol;
        System = system;
        Host = host?.ToLowerInvariant();
        Port = port;
    }

    /// <summary>Orders by protocol, system, host and port.</summary>
    public static readonly IComparer<Address> Comparer = Comparer<Address>.Create((a, b) => a.CompareTo(b));

    /// <summary>The transport, such as <c>akka</c> or <c>akka.tcp</c>.</summary>
    public string Protocol { get; }

    /// <summary>The name of the actor system.</summary>
    public string System { get; }

    /// <summary>The host in lower case, or null.</summary>
    public string? Host { get; }

    /// <summary>The port, or null.</summary>
    public int? Port { get; }

    /// <summary>True without a host: meaningful in this process only.</summary>
    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    /// <summary>True with a host.</summary>
    public bool HasGlobalScope => !HasLocalScope;

    /// <summary><c>system@host:port</c>, or the system's name for a local address.</summary>
    public string HostPort() => ToString()[(Protocol.Length + 3)..];

    /// <inheritdoc/>
    public override string ToString() => _text ??= Render();

    /// <inheritdoc/>
    public bool Equals(Address? other) =>
        other is not null
        && Port == other.Port
        && string.Equals(Host, other.Host, StringComparison.Ordinal)
        && string.Equals(System, other.System, StringComparison.Ordinal)
        && string.Equals(Protocol, other.Protocol, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj) || Equals(obj as Address);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Protocol, System, Host, Port);

    /// <inheritdoc/>
    public int CompareTo(Address? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byProtocol = string.CompareOrdinal(Protocol, other.Protocol);
        var bySystem = byProtocol != 0 ? byProtocol : string.CompareOrdinal(System, other.System);
        var byHost = bySystem != 0 ? bySystem : string.CompareOrdinal(Host ?? "", other.Host ?? "");
        return byHost != 0 ? byHost : (Port ?? 0).CompareTo(other.Port ?? 0);
    }

    int IComparable.CompareTo(object? obj) => CompareTo(
        obj is null ? null : obj as Address ?? throw new ArgumentException("Not an address.", nameof(obj)));

    /// <summary>A copy.</summary>
    public object Clone() => new Address(Protocol, System, Host, Port);

    /// <summary>This address with another host.</summary>
    public Address WithHost(string? host = null) => new(Protocol, System, host, Port);

    /// <summary>This address with another port.</summary>
    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    /// <summary>This address with another protocol.</summary>
    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    /// <summary>This address with another system's name.</summary>
    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) =>
        new AddressSurrogate { Protocol = Protocol, System = System, Host = Host, Port = Port };

    /// <summary>Reads an address; a path behind it is ignored.</summary>
    /// <exception cref="UriFormatException">It is not one.</exception>
    public static Address Parse(string address) =>
        TryParse(address, out var parsed)
            ? parsed
            : throw new UriFormatException($"'{address}' is not an address of the form protocol://system@host:port.");

    /// <summary>Reads an address; a path behind it is ignored.</summary>
    public static bool TryParse(string path, [NotNullWhen(true)] out Address? address) =>
        TryParse(path, out address, out _);

    /// <summary>Reads an address and gives the path that follows it, <c>/</c> when there is none.</summary>
    public static bool TryParse(string path, [NotNullWhen(true)] out Address? address, out string absolutUri)
    {
        address = null;
        absolutUri = "/";
        var schemeEnd = path.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd <= 0)
        {
            return false;
        }

        var authority = path.AsSpan(schemeEnd + 3);
        var slash = authority.IndexOf('/');
        if (slash >= 0)
        {
            absolutUri = authority[slash..].ToString();
            authority = authority[..slash];
        }

        return TryParseAuthority(path[..schemeEnd], authority, out address);
    }

    private static bool TryParseAuthority(
        string protocol, ReadOnlySpan<char> authority, [NotNullWhen(true)] out Address? address)
    {
        address = null;
        if (authority.IsEmpty)
        {
            return false;
        }

        var at = authority.IndexOf('@');
        if (at < 0)
        {
            // "akka://host:port" names no system; a colon cannot be part of a system's name.
            if (authority.Contains(':'))
            {
                return false;
            }

            address = new Address(protocol, authority.ToString());
            return true;
        }

        var hostPort = authority[(at + 1)..];
        var colon = hostPort.LastIndexOf(':');
        if (at == 0 || colon <= 0
            || !int.TryParse(hostPort[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port > ushort.MaxValue)
        {
            return false;
        }

        var host = hostPort[..colon];
        address = new Address(protocol, authority[..at].ToString(), host.ToString(), port);
        return true;
    }

    private string Render()
    {
        var text = new StringBuilder().Append(Protocol).Append("://").Append(System);
        if (!string.IsNullOrEmpty(Host))
        {
            text.Append('@').Append(Host);
        }

        if (Port is { } port)
        {
            text.Append(':').Append(port);
        }

        return text.ToString();
    }

    /// <summary>Compares all four parts.</summary>
    public static bool operator ==(Address? left, Address? right) => Equals(left, right);

    /// <summary>Compares all four parts.</summary>
    public static bool operator !=(Address? left, Address? right) => !Equals(left, right);

    /// <summary>The serialised form of an address.</summary>
    public sealed class AddressSurrogate : ISurrogate
    {
        /// <summary>The transport.</summary>
        public string Protocol { get; set; } = "";

        /// <summary>The system's name.</summary>
        public string System { get; set; } = "";

        /// <summary>The host or null.</summary>
        public string? Host { get; set; }

        /// <summary>The port or null.</summary>
        public int? Port { get; set; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => new Address(Protocol, System, Host, Port);
    }
}
