using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AkkaReplication;

/// <summary>Deserializers of the formats that <see cref="Serializers"/> writes.</summary>
public static class Deserializers
{
    /// <summary>UTF-8; null stays null.</summary>
    public static IDeserializer<string> Utf8 { get; } = new Utf8Deserializer();

    /// <summary>8 bytes, big endian; null is an error.</summary>
    public static IDeserializer<long> Int64 { get; } = new Int64Deserializer();

    /// <summary>4 bytes, big endian; null is an error.</summary>
    public static IDeserializer<int> Int32 { get; } = new Int32Deserializer();

    /// <summary>A copy of the bytes; null stays null.</summary>
    public static IDeserializer<byte[]> ByteArray { get; } = new ByteArrayDeserializer();

    /// <summary>The bytes themselves, not copied: they keep the whole fetched batch in memory. Null is empty.</summary>
    public static IDeserializer<ReadOnlyMemory<byte>> Memory { get; } = new MemoryDeserializer();

    /// <summary>Null; anything else is an error.</summary>
    public static IDeserializer<Null> Null { get; } = new NullDeserializer();

    /// <summary>Null whatever there is.</summary>
    public static IDeserializer<Null> Ignore { get; } = new IgnoringDeserializer();

    /// <summary>JSON in UTF-8, by System.Text.Json; a null record gives the type's default.</summary>
    public static IDeserializer<T> Json<T>(JsonSerializerOptions? options = null) => new JsonDeserializer<T>(options);

    /// <summary>The deserializer of a type that has an obvious one.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG: the type has none.</exception>
    internal static IDeserializer<T> For<T>(string role)
    {
        object? deserializer =
            typeof(T) == typeof(string) ? Utf8
            : typeof(T) == typeof(long) ? Int64
            : typeof(T) == typeof(int) ? Int32
            : typeof(T) == typeof(byte[]) ? ByteArray
            : typeof(T) == typeof(ReadOnlyMemory<byte>) ? Memory
            : typeof(T) == typeof(Null) ? Ignore
            : null;
        return deserializer as IDeserializer<T> ?? throw new ReplicationException(
            ErrorCode.InvalidConfig,
            $"{role} = (not set); {typeof(T)} has no deserializer of its own: pass one,"
            + $" Deserializers.Json<{typeof(T).Name}>() for instance.");
    }

    private static void RequireLength(ReadOnlyMemory<byte> data, bool isNull, int length)
    {
        if (isNull || data.Length != length)
            throw new FormatException(
                $"{(isNull ? "null" : $"{data.Length} bytes")} where {length} bytes are expected.");
    }

    private sealed class Utf8Deserializer : IDeserializer<string>
    {
        public string Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? null! : Encoding.UTF8.GetString(data.Span);
    }

    private sealed class Int64Deserializer : IDeserializer<long>
    {
        public long Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context)
        {
            RequireLength(data, isNull, sizeof(long));
            return BinaryPrimitives.ReadInt64BigEndian(data.Span);
        }
    }

    private sealed class Int32Deserializer : IDeserializer<int>
    {
        public int Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context)
        {
            RequireLength(data, isNull, sizeof(int));
            return BinaryPrimitives.ReadInt32BigEndian(data.Span);
        }
    }

    private sealed class ByteArrayDeserializer : IDeserializer<byte[]>
    {
        public byte[] Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? null! : data.ToArray();
    }

    private sealed class MemoryDeserializer : IDeserializer<ReadOnlyMemory<byte>>
    {
        public ReadOnlyMemory<byte> Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            data;
    }

    private sealed class NullDeserializer : IDeserializer<Null>
    {
        public Null Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? null! : throw new FormatException($"{data.Length} bytes where null is expected.");
    }

    private sealed class IgnoringDeserializer : IDeserializer<Null>
    {
        public Null Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) => null!;
    }

    private sealed class JsonDeserializer<T>(JsonSerializerOptions? options) : IDeserializer<T>
    {
        public T Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? default! : JsonSerializer.Deserialize<T>(data.Span, options)!;
    }
}
