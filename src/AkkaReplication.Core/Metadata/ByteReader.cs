using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace AkkaReplication.Metadata;

/// <summary>Reads what <see cref="ByteWriter"/> wrote; believes no length before it has seen the bytes.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public byte Byte() => Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public Guid Guid() => new(Take(16), bigEndian: true);

    public string? OptionalText()
    {
        var length = Int32();
        return length == -1 ? null : Encoding.UTF8.GetString(Take(length));
    }

    public string Text() => OptionalText() ?? throw new MetadataFormatException("A text is missing.");

    public BrokerId Broker() => new(Int32());

    public TopicId Topic() => new(Guid());

    public ImmutableArray<BrokerId> Brokers() =>
        OptionalBrokers() ?? throw new MetadataFormatException("A list of brokers is missing.");

    public ImmutableArray<BrokerId>? OptionalBrokers()
    {
        var count = Int32();
        if (count == -1)
            return null;

        RequireCount(count, 4);
        var values = ImmutableArray.CreateBuilder<BrokerId>(count);
        for (var i = 0; i < count; i++)
            values.Add(Broker());
        return values.MoveToImmutable();
    }

    public bool? OptionalFlag() => Byte() switch
    {
        0 => false,
        1 => true,
        2 => null,
        var other => throw new MetadataFormatException($"A flag is {other}; it can be 0, 1 or 2."),
    };

    /// <summary>A count whose elements, of at least that size, cannot all be there is damage, not a reason to allocate.</summary>
    public readonly void RequireCount(int count, int leastSizeBytes)
    {
        if (count < 0 || count > _rest.Length / leastSizeBytes)
            throw new MetadataFormatException($"A list says {count} elements, but {_rest.Length} bytes follow.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length)
            throw new MetadataFormatException($"{length} bytes are wanted, but {_rest.Length} follow.");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
