using System.Buffers.Binary;
using System.Text;

namespace AkkaReplication.Groups;

/// <summary>Reads what <see cref="ClassicWriter"/> writes; believes no length before it has seen the bytes.</summary>
internal ref struct ClassicReader(ReadOnlyMemory<byte> bytes)
{
    private ReadOnlyMemory<byte> _rest = bytes;

    public readonly int Remaining => _rest.Length;

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2).Span);

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4).Span);

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8).Span);

    public string Text() => NullableText() ?? throw new GroupRecordFormatException("A text is missing.");

    public string? NullableText()
    {
        var length = Int16();
        return length == -1 ? null : Encoding.UTF8.GetString(Take(length).Span);
    }

    /// <summary>A part of the bytes that are read, not a copy.</summary>
    public ReadOnlyMemory<byte> Bytes() =>
        NullableBytes() ?? throw new GroupRecordFormatException("Bytes are missing.");

    /// <inheritdoc cref="Bytes"/>
    public ReadOnlyMemory<byte>? NullableBytes()
    {
        var length = Int32();
        return length == -1 ? null : Take(length);
    }

    /// <summary>An array's length; what cannot be there in full is damage, not a reason to allocate.</summary>
    public int Count(int leastSizeBytes)
    {
        var count = Int32();
        if (count < 0 || count > _rest.Length / leastSizeBytes)
            throw new GroupRecordFormatException($"A list says {count} elements, but {_rest.Length} bytes follow.");
        return count;
    }

    private ReadOnlyMemory<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length)
            throw new GroupRecordFormatException($"{length} bytes are wanted, but {_rest.Length} follow.");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
