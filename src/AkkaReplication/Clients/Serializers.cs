using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AkkaReplication;

/// <summary>Serializers in the formats of Kafka's own clients, and JSON.</summary>
public static class Serializers
{
    /// <summary>UTF-8 without a byte order mark.</summary>
    public static ISerializer<string> Utf8 { get; } = new Utf8Serializer();

    /// <summary>8 bytes, big endian.</summary>
    public static ISerializer<long> Int64 { get; } = new Int64Serializer();

    /// <summary>4 bytes, big endian.</summary>
    public static ISerializer<int> Int32 { get; } = new Int32Serializer();

    /// <summary>The bytes themselves.</summary>
    public static ISerializer<byte[]> ByteArray { get; } = new ByteArraySerializer();

    /// <summary>The bytes themselves.</summary>
    public static ISerializer<ReadOnlyMemory<byte>> Memory { get; } = new MemorySerializer();

    /// <summary>Always null.</summary>
    public static ISerializer<Null> Null { get; } = new NullSerializer();

    /// <summary>JSON in UTF-8, by System.Text.Json.</summary>
    public static ISerializer<T> Json<T>(JsonSerializerOptions? options = null) => new JsonSerializer<T>(options);

    /// <summary>The serializer of a type that has an obvious one.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG: the type has none.</exception>
    internal static ISerializer<T> For<T>(string role)
    {
        object? serializer =
            typeof(T) == typeof(string) ? Utf8
            : typeof(T) == typeof(long) ? Int64
            : typeof(T) == typeof(int) ? Int32
            : typeof(T) == typeof(byte[]) ? ByteArray
            : typeof(T) == typeof(ReadOnlyMemory<byte>) ? Memory
            : typeof(T) == typeof(Null) ? Null
            : null;
        return serializer as ISerializer<T> ?? throw new ReplicationException(
            ErrorCode.InvalidConfig,
            $"{role} = (not set); {typeof(T)} has no serializer of its own: pass one,"
            + $" Serializers.Json<{typeof(T).Name}>() for instance.");
    }

    private sealed class Utf8Serializer : ISerializer<string>
    {
        public void Serialize(string data, IBufferWriter<byte> output, SerializationContext context) =>
            Encoding.UTF8.GetBytes(data, output);
    }

    private sealed class Int64Serializer : ISerializer<long>
    {
        public void Serialize(long data, IBufferWriter<byte> output, SerializationContext context)
        {
            BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(sizeof(long)), data);
            output.Advance(sizeof(long));
        }
    }

    private sealed class Int32Serializer : ISerializer<int>
    {
        public void Serialize(int data, IBufferWriter<byte> output, SerializationContext context)
        {
            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), data);
            output.Advance(sizeof(int));
        }
    }

    private sealed class ByteArraySerializer : ISerializer<byte[]>, IBytesSerializer<byte[]>
    {
        public void Serialize(byte[] data, IBufferWriter<byte> output, SerializationContext context) =>
            output.Write(data);

        public ReadOnlySpan<byte> BytesOf(byte[] data) => data;
    }

    private sealed class MemorySerializer : ISerializer<ReadOnlyMemory<byte>>, IBytesSerializer<ReadOnlyMemory<byte>>
    {
        public void Serialize(ReadOnlyMemory<byte> data, IBufferWriter<byte> output, SerializationContext context) =>
            output.Write(data.Span);

        public ReadOnlySpan<byte> BytesOf(ReadOnlyMemory<byte> data) => data.Span;
    }

    private sealed class NullSerializer : ISerializer<Null>
    {
        public void Serialize(Null data, IBufferWriter<byte> output, SerializationContext context) =>
            throw new InvalidOperationException("There is no value of type Null but null.");
    }

    private sealed class JsonSerializer<T>(JsonSerializerOptions? options) : ISerializer<T>
    {
        public void Serialize(T data, IBufferWriter<byte> output, SerializationContext context)
        {
            using var writer = new Utf8JsonWriter(output);
            JsonSerializer.Serialize(writer, data, options);
        }
    }
}

/// <summary>A serializer whose input is bytes already: nothing is copied on the way to the batch.</summary>
internal interface IBytesSerializer<in T>
{
    ReadOnlySpan<byte> BytesOf(T data);
}
