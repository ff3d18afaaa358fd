using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace AkkaReplication;

/// <summary>
/// Serializers in the formats of Kafka's own clients, and JSON. A client that is given none uses the one of the type,
/// also of its nullable form; a type without one is written as JSON (<see cref="Json{T}"/>).
/// </summary>
public static class Serializers
{
    /// <summary>UTF-8 without a byte order mark.</summary>
    public static ISerializer<string> Utf8 { get; } = new Utf8Serializer();

    /// <summary>8 bytes, big endian.</summary>
    public static ISerializer<long> Int64 { get; } =
        new FixedSerializer<long>(sizeof(long), BinaryPrimitives.WriteInt64BigEndian);

    /// <summary>4 bytes, big endian.</summary>
    public static ISerializer<int> Int32 { get; } =
        new FixedSerializer<int>(sizeof(int), BinaryPrimitives.WriteInt32BigEndian);

    /// <summary>2 bytes, big endian.</summary>
    public static ISerializer<short> Int16 { get; } =
        new FixedSerializer<short>(sizeof(short), BinaryPrimitives.WriteInt16BigEndian);

    /// <summary>4 bytes, IEEE 754, big endian.</summary>
    public static ISerializer<float> Single { get; } =
        new FixedSerializer<float>(sizeof(float), BinaryPrimitives.WriteSingleBigEndian);

    /// <summary>8 bytes, IEEE 754, big endian.</summary>
    public static ISerializer<double> Double { get; } =
        new FixedSerializer<double>(sizeof(double), BinaryPrimitives.WriteDoubleBigEndian);

    /// <summary>1 byte: 1 or 0.</summary>
    public static ISerializer<bool> Boolean { get; } =
        new FixedSerializer<bool>(1, static (target, data) => target[0] = data ? (byte)1 : (byte)0);

    /// <summary>Text of 36 characters, as Kafka's UUIDSerializer writes it.</summary>
    public static ISerializer<Guid> Guid { get; } =
        new FixedSerializer<Guid>(36, static (target, data) => data.TryFormat(target, out _, "D"));

    /// <summary>The bytes themselves.</summary>
    public static ISerializer<byte[]> ByteArray { get; } = new ByteArraySerializer();

    /// <summary>The bytes themselves.</summary>
    public static ISerializer<ReadOnlyMemory<byte>> Memory { get; } = new MemorySerializer();

    /// <summary>Always null.</summary>
    public static ISerializer<Null> Null { get; } = new NullSerializer();

    /// <summary>JSON in UTF-8, by System.Text.Json.</summary>
    /// <param name="options">Left out, <see cref="JsonSerializerOptions.Web"/>: names in camelCase, read in any
    /// case.</param>
    public static ISerializer<T> Json<T>(JsonSerializerOptions? options = null) =>
        new JsonSerializer<T>(options ?? JsonSerializerOptions.Web);

    private static readonly Dictionary<Type, object> ByType = new()
    {
        [typeof(string)] = Utf8,
        [typeof(long)] = Int64,
        [typeof(int)] = Int32,
        [typeof(short)] = Int16,
        [typeof(float)] = Single,
        [typeof(double)] = Double,
        [typeof(bool)] = Boolean,
        [typeof(Guid)] = Guid,
        [typeof(byte[])] = ByteArray,
        [typeof(ReadOnlyMemory<byte>)] = Memory,
        [typeof(Null)] = Null,
        [typeof(long?)] = new NullableSerializer<long>(Int64),
        [typeof(int?)] = new NullableSerializer<int>(Int32),
        [typeof(short?)] = new NullableSerializer<short>(Int16),
        [typeof(float?)] = new NullableSerializer<float>(Single),
        [typeof(double?)] = new NullableSerializer<double>(Double),
        [typeof(bool?)] = new NullableSerializer<bool>(Boolean),
        [typeof(Guid?)] = new NullableSerializer<Guid>(Guid),
    };

    /// <summary>The serializer of a type.</summary>
    internal static ISerializer<T> For<T>() =>
        ByType.TryGetValue(typeof(T), out var own) ? (ISerializer<T>)own : Json<T>();

    private delegate void Write<in T>(Span<byte> target, T data);

    private sealed class FixedSerializer<T>(int size, Write<T> write) : ISerializer<T>
    {
        public void Serialize(T data, IBufferWriter<byte> output, SerializationContext context)
        {
            write(output.GetSpan(size)[..size], data);
            output.Advance(size);
        }
    }

    private sealed class NullableSerializer<T>(ISerializer<T> ofValue) : ISerializer<T?>
        where T : struct
    {
        public void Serialize(T? data, IBufferWriter<byte> output, SerializationContext context) =>
            ofValue.Serialize(data.GetValueOrDefault(), output, context);
    }

    private sealed class Utf8Serializer : ISerializer<string>
    {
        public void Serialize(string data, IBufferWriter<byte> output, SerializationContext context) =>
            Encoding.UTF8.GetBytes(data, output);
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

    private sealed class JsonSerializer<T>(JsonSerializerOptions options) : ISerializer<T>
    {
        private static readonly ArrayBufferWriter<byte> Nowhere = new(1);

        [ThreadStatic]
        private static (JsonSerializerOptions Options, Utf8JsonWriter Writer)? _ofThread;

        public void Serialize(T data, IBufferWriter<byte> output, SerializationContext context)
        {
            // Taken, so that a converter that serializes itself gets another one; lost where it throws.
            var writer = _ofThread is { } kept && kept.Options == options
                ? kept.Writer
                : new Utf8JsonWriter(output, WriterOptions());
            _ofThread = null;
            writer.Reset(output);
            JsonSerializer.Serialize(writer, data, options);
            writer.Flush();
            writer.Reset(Nowhere);
            _ofThread = (options, writer);
        }

        /// <summary>Those of the options: a writer of its own does not heed them.</summary>
        private JsonWriterOptions WriterOptions() => new()
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            MaxDepth = options.MaxDepth,
            SkipValidation = true,
        };
    }
}

/// <summary>A serializer whose input is bytes already: nothing is copied on the way to the batch.</summary>
internal interface IBytesSerializer<in T>
{
    ReadOnlySpan<byte> BytesOf(T data);
}
