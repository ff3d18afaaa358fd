using Akka.Actor;

namespace Akka.Serialization;

/// <summary>The serializer of null: no bytes.</summary>
public class NullSerializer : Serializer
{
    /// <summary>Creates the serializer.</summary>
    public NullSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>0.</summary>
    public override int Identifier => 0;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object? obj) => [];

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type? type) => null!;
}
