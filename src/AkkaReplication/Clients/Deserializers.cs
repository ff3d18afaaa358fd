using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace AkkaReplication;

/// <summary>
/// Deserializers of the formats that <see cref="Serializers"/> writes. A client that is given none uses the one of the
/// type; a type without one is read as JSON (<see cref="Json{T}"/>).
/// </summary>
public static class Deserializers
{
    /// <summary>UTF-8; null stays null.</summary>
    public static IDeserializer<string> Utf8 { get; } = new Utf8Deserializer();

    /// <summary>8 bytes, big endian; null is an error, but for long?.</summary>
    public static IDeserializer<long> Int64 { get; } =
        new FixedDeserializer<long>(sizeof(long), BinaryPrimitives.ReadInt64BigEndian);

    /// <summary>4 bytes, big endian; null is an error, but for int?.</summary>
    public static IDeserializer<int> Int32 { get; } =
        new FixedDeserializer<int>(sizeof(int), BinaryPrimitives.ReadInt32BigEndian);

    /// <summary>2 bytes, big endian; null is an error, but for short?.</summary>
    public static IDeserializer<short> Int16 { get; } =
        new FixedDeserializer<short>(sizeof(short), BinaryPrimitives.ReadInt16BigEndian);

    /// <summary>4 bytes, IEEE 754, big endian; null is an error, but for float?.</summary>
    public static IDeserializer<float> Single { get; } =
        new FixedDeserializer<float>(sizeof(float), BinaryPrimitives.ReadSingleBigEndian);

    /// <summary>8 bytes, IEEE 754, big endian; null is an error, but for double?.</summary>
    public static IDeserializer<double> Double { get; } =
        new FixedDeserializer<double>(sizeof(double), BinaryPrimitives.ReadDoubleBigEndian);

    /// <summary>1 byte, 1 or 0; null is an error, but for bool?.</summary>
    public static IDeserializer<bool> Boolean { get; } = new FixedDeserializer<bool>(1, ReadBoolean);

    /// <summary>Text of 36 characters; null is an error, but for Guid?.</summary>
    public static IDeserializer<Guid> Guid { get; } = new FixedDeserializer<Guid>(36, ReadGuid);

    /// <summary>A copy of the bytes; null stays null.</summary>
    public static IDeserializer<byte[]> ByteArray { get; } = new ByteArrayDeserializer();

    /// <summary>The bytes themselves, not copied: they keep the whole fetched batch in memory. Null is empty.</summary>
    public static IDeserializer<ReadOnlyMemory<byte>> Memory { get; } = new MemoryDeserializer();

    /// <summary>Null; anything else is an error.</summary>
    public static IDeserializer<Null> Null { get; } = new NullDeserializer();

    /// <summary>Null whatever there is.</summary>
    public static IDeserializer<Null> Ignore { get; } = new IgnoringDeserializer();

    /// <summary>JSON in UTF-8, by System.Text.Json; a null record gives the type's default.</summary>
    /// <param name="options">Left out, <see cref="JsonSerializerOptions.Web"/>: names in camelCase, read in any
    /// case.</param>
    public static IDeserializer<T> Json<T>(JsonSerializerOptions? options = null) =>
        new JsonDeserializer<T>(options ?? JsonSerializerOptions.Web);

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
        [typeof(Null)] = Ignore,
        [typeof(long?)] = new NullableDeserializer<long>(Int64),
        [typeof(int?)] = new NullableDeserializer<int>(Int32),
        [typeof(short?)] = new NullableDeserializer<short>(Int16),
        [typeof(float?)] = new NullableDeserializer<float>(Single),
        [typeof(double?)] = new NullableDeserializer<double>(Double),
        [typeof(bool?)] = new NullableDeserializer<bool>(Boolean),
        [typeof(Guid?)] = new NullableDeserializer<Guid>(Guid),
    };

    /// <summary>The deserializer of a type.</summary>
    internal static IDeserializer<T> For<T>() =>
        ByType.TryGetValue(typeof(T), out var own) ? (IDeserializer<T>)own : Json<T>();

    private static bool ReadBoolean(ReadOnlySpan<byte> data) => data[0] switch
    {
        0 => false,
        1 => true,
        var other => throw new FormatException($"The byte {other} where 0 or 1 is expected."),
    };

    private static Guid ReadGuid(ReadOnlySpan<byte> data) =>
        Utf8Parser.TryParse(data, out Guid value, out var read, 'D') && read == data.Length
            ? value
            : throw new FormatException($"'{Encoding.UTF8.GetString(data)}' where a UUID is expected.");

    private delegate T Read<out T>(ReadOnlySpan<byte> data);

    private sealed class FixedDeserializer<T>(int size, Read<T> read) : IDeserializer<T>
    {
        public T Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            !isNull && data.Length == size
                ? read(data.Span)
                : throw new FormatException(
                    $"{(isNull ? "null" : $"{data.Length} bytes")} where {size} bytes are expected.");
    }

    private sealed class NullableDeserializer<T>(IDeserializer<T> ofValue) : IDeserializer<T?>
        where T : struct
    {
        public T? Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? null : ofValue.Deserialize(data, isNull, context);
    }

    private sealed class Utf8Deserializer : IDeserializer<string>
    {
        public string Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? null! : Encoding.UTF8.GetString(data.Span);
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

    private sealed class JsonDeserializer<T>(JsonSerializerOptions options) : IDeserializer<T>
    {
        public T Deserialize(ReadOnlyMemory<byte> data, bool isNull, SerializationContext context) =>
            isNull ? default! : JsonSerializer.Deserialize<T>(data.Span, options)!;
    }
}
