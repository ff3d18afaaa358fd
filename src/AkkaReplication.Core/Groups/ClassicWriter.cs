using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace AkkaReplication.Groups;

/// <summary>Writes Kafka's classic types, big endian: strings with 16-bit, bytes and arrays with 32-bit lengths.</summary>
internal readonly struct ClassicWriter(ArrayBufferWriter<byte> buffer)
{
    public void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(buffer.GetSpan(2), value);
        buffer.Advance(2);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }

    /// <exception cref="GroupRecordFormatException">It has more than 32,767 bytes.</exception>
    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        if (length > short.MaxValue)
            throw new GroupRecordFormatException($"A text has {length} bytes; {short.MaxValue} is the most that fits.");

        Int16((short)length);
        Encoding.UTF8.GetBytes(value, buffer.GetSpan(length));
        buffer.Advance(length);
    }

    public void NullableText(string? value)
    {
        if (value is null)
            Int16(-1);
        else
            Text(value);
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        buffer.Write(value);
    }

    public void NullableBytes(ReadOnlyMemory<byte>? value)
    {
        if (value is { } bytes)
            Bytes(bytes.Span);
        else
            Int32(-1);
    }
}
