using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;

namespace Akka.Persistence.Serialization;

/// <summary>
/// Serializes <see cref="Snapshot"/>: the number of the state's serializer, the length of its manifest (both 32 bits,
/// little endian), the manifest in UTF-8, the bytes of the state.
/// </summary>
public class PersistenceSnapshotSerializer : Akka.Serialization.Serializer
{
    private const int HeaderSize = 8;

    /// <summary>Creates the serializer.</summary>
    public PersistenceSnapshotSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The object is not a snapshot.</exception>
    public override byte[] ToBinary(object obj)
    {
        var state = obj is Snapshot snapshot
            ? snapshot.Data
            : throw new ArgumentException($"Can't serialize object of type [{obj.GetType()}]", nameof(obj));
        var serializer = system.Serialization.FindSerializerFor(state);
        var manifest = Encoding.UTF8.GetBytes(Akka.Serialization.Serialization.ManifestFor(serializer, state));
        var payload = serializer.ToBinary(state);

        var bytes = new byte[HeaderSize + manifest.Length + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, serializer.Identifier);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), manifest.Length);
        manifest.CopyTo(bytes, HeaderSize);
        payload.CopyTo(bytes, HeaderSize + manifest.Length);
        return bytes;
    }

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The bytes are not those of a snapshot.</exception>
    public override object FromBinary(byte[] bytes, Type? type)
    {
        if (bytes.Length < HeaderSize)
        {
            throw new SerializationException("The snapshot is cut off.");
        }

        var identifier = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var manifestLength = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        if (manifestLength < 0 || manifestLength > bytes.Length - HeaderSize)
        {
            throw new SerializationException("The snapshot is cut off.");
        }

        var manifest = Encoding.UTF8.GetString(bytes, HeaderSize, manifestLength);
        var payload = bytes[(HeaderSize + manifestLength)..];
        return new Snapshot(system.Serialization.Deserialize(payload, identifier, manifest));
    }
}
