using Akka.Actor;

namespace Akka.Serialization;

/// <summary>For which system, and under which of its addresses, references are being written.</summary>
public sealed class Information : IEquatable<Information>
{
    /// <summary>Creates the pair.</summary>
    public Information(Address address, ActorSystem system)
    {
        Address = address;
        System = system;
    }

    /// <summary>The address that local references get.</summary>
    public Address Address { get; }

    /// <summary>The system that serializes.</summary>
    public ActorSystem System { get; }

    /// <summary>Whether both have the same address and system.</summary>
    public static bool operator ==(Information? left, Information? right) => Equals(left, right);

    /// <summary>Whether address or system differ.</summary>
    public static bool operator !=(Information? left, Information? right) => !Equals(left, right);

    /// <inheritdoc/>
    public bool Equals(Information? other) =>
        other is not null && Address.Equals(other.Address) && ReferenceEquals(System, other.System);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Information);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, System);
}
