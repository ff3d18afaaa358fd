using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace AkkaReplication.Metadata;

/// <summary>Writes the plain types of which metadata consists, big endian.</summary>
internal readonly struct ByteWriter(ArrayBufferWriter<byte> buffer)
{
    public void Byte(byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

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

    public void Guid(Guid value)
    {
        value.TryWriteBytes(buffer.GetSpan(16), bigEndian: true, out _);
        buffer.Advance(16);
    }

    /// <summary>-1 stands for null.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Int32(-1);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        Int32(length);
        Encoding.UTF8.GetBytes(value, buffer.GetSpan(length));
        buffer.Advance(length);
    }

    public void Broker(BrokerId value) => Int32(value.Value);

    public void Topic(TopicId value) => Guid(value.Value);

    public void Brokers(ImmutableArray<BrokerId> values)
    {
        Int32(values.Length);
        foreach (var value in values)
            Broker(value);
    }

    /// <summary>-1 stands for null.</summary>
    public void OptionalBrokers(ImmutableArray<BrokerId>? values)
    {
        if (values is { } some)
            Brokers(some);
        else
            Int32(-1);
    }

    /// <summary>2 stands for null.</summary>
    public void OptionalFlag(bool? value) => Byte(value switch { false => 0, true => 1, null => 2 });
}
