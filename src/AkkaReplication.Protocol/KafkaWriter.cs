using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace AkkaReplication.Protocol;

/// <summary>
/// Writes Kafka's primitives behind what a <see cref="FrameBuffer"/> holds. The buffer has them after
/// <see cref="Complete"/>; nothing else may write to it until then.
/// </summary>
public ref struct KafkaWriter
{
    private const int MaxVarintSize = 5;

    private readonly FrameBuffer _buffer;
    private Span<byte> _span;
    private int _position;
    private string _message = "a message";
    private short _version;

    public KafkaWriter(FrameBuffer buffer)
    {
        _buffer = buffer;
        _span = buffer.Space;
        _position = buffer.Written;
    }

    /// <summary>Makes what was written a part of the buffer.</summary>
    public readonly void Complete() => _buffer.Written = _position;

    /// <summary>Says what is being written, for the errors, and refuses a version that does not exist.</summary>
    internal void Begin(string message, short version, short lowest, short highest)
    {
        _message = message;
        _version = version;
        if (version < lowest || version > highest)
        {
            throw new ReplicationException(
                ErrorCode.UnsupportedVersion,
                $"{message} version {version}: versions {lowest} to {highest} can be written");
        }
    }

    internal void WriteBoolean(bool value) => WriteInt8(value ? (sbyte)1 : (sbyte)0);

    internal void WriteInt8(sbyte value)
    {
        Reserve(1);
        _span[_position++] = (byte)value;
    }

    internal void WriteInt16(short value)
    {
        Reserve(2);
        BinaryPrimitives.WriteInt16BigEndian(_span[_position..], value);
        _position += 2;
    }

    internal void WriteInt32(int value)
    {
        Reserve(4);
        BinaryPrimitives.WriteInt32BigEndian(_span[_position..], value);
        _position += 4;
    }

    internal void WriteInt64(long value)
    {
        Reserve(8);
        BinaryPrimitives.WriteInt64BigEndian(_span[_position..], value);
        _position += 8;
    }

    internal void WriteFloat64(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    internal void WriteUuid(Guid value)
    {
        Reserve(16);
        value.TryWriteBytes(_span[_position..], bigEndian: true, out _);
        _position += 16;
    }

    internal void WriteString(string? value, bool flexible, bool nullable, string field)
    {
        if (value is null)
        {
            RequireNullable(nullable, field);
            if (flexible)
                WriteUnsignedVarint(0);
            else
                WriteInt16(-1);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        if (flexible)
        {
            WriteUnsignedVarint((uint)length + 1);
        }
        else
        {
            if (length > short.MaxValue)
                Refuse(field, $"{length} bytes of text, at most {short.MaxValue} fit");
            WriteInt16((short)length);
        }

        Reserve(length);
        _position += Encoding.UTF8.GetBytes(value, _span[_position..]);
    }

    internal void WriteBytes(ReadOnlyMemory<byte>? value, bool flexible, bool nullable, string field)
    {
        if (!WriteLength(value?.Length ?? -1, flexible, nullable, field))
            return;

        var bytes = value.GetValueOrDefault().Span;
        Reserve(bytes.Length);
        bytes.CopyTo(_span[_position..]);
        _position += bytes.Length;
    }

    /// <summary>
    /// Like <see cref="WriteBytes"/>, but many bytes are referred to, not copied: they must not change until they were sent.
    /// </summary>
    internal void WriteRecords(ReadOnlyMemory<byte>? value, bool flexible, bool nullable, string field)
    {
        if (value is { Length: >= FrameBuffer.PassThroughSize } records)
        {
            WriteLength(records.Length, flexible, nullable, field);
            _buffer.PassThrough(_position, records);
        }
        else
        {
            WriteBytes(value, flexible, nullable, field);
        }
    }

    internal void WriteArray<T>(T[]? items, short version, bool flexible, bool nullable, string field)
        where T : struct, IKafkaStruct
    {
        if (!WriteLength(items?.Length ?? -1, flexible, nullable, field))
            return;
        for (var i = 0; i < items!.Length; i++)
            items[i].WriteFields(ref this, version);
    }

    internal void WriteStruct<T>(T value, short version)
        where T : struct, IKafkaStruct => value.WriteFields(ref this, version);

    internal void WriteInt32Array(int[]? items, bool flexible, bool nullable, string field)
    {
        if (!WriteLength(items?.Length ?? -1, flexible, nullable, field))
            return;
        foreach (var item in items!)
            WriteInt32(item);
    }

    internal void WriteInt64Array(long[]? items, bool flexible, bool nullable, string field)
    {
        if (!WriteLength(items?.Length ?? -1, flexible, nullable, field))
            return;
        foreach (var item in items!)
            WriteInt64(item);
    }

    internal void WriteStringArray(string[]? items, bool flexible, bool nullable, string field)
    {
        if (!WriteLength(items?.Length ?? -1, flexible, nullable, field))
            return;
        foreach (var item in items!)
            WriteString(item, flexible, nullable: false, field);
    }

    internal void WriteTagCount(int count) => WriteUnsignedVarint((uint)count);

    /// <summary>Writes a tagged field's number; its content follows, and then <see cref="EndTag"/>.</summary>
    /// <returns>For <see cref="EndTag"/>.</returns>
    internal int BeginTag(uint tag)
    {
        WriteUnsignedVarint(tag);
        Reserve(1);
        return ++_position;
    }

    /// <summary>Writes the size before the content, which moves if one byte is not enough for it.</summary>
    internal void EndTag(int start)
    {
        var size = _position - start;
        var more = VarintSize((uint)size) - 1;
        // Room behind the content, for to write the size must not make the buffer grow: it would grow without the content.
        Reserve(more + MaxVarintSize);
        if (more > 0)
            _span.Slice(start, size).CopyTo(_span[(start + more)..]);

        _position = start - 1;
        WriteUnsignedVarint((uint)size);
        _position += size;
    }

    /// <summary>Ends the writing: the version lacks a field that was set, and that may not be dropped silently.</summary>
    [DoesNotReturn]
    internal readonly void RefuseField(string field) => Refuse(field, "is set, but this version lacks it");

    private bool WriteLength(int length, bool flexible, bool nullable, string field)
    {
        if (length < 0)
            RequireNullable(nullable, field);
        if (flexible)
            WriteUnsignedVarint((uint)(length + 1));
        else
            WriteInt32(length);
        return length >= 0;
    }

    private readonly void RequireNullable(bool nullable, string field)
    {
        if (!nullable)
            Refuse(field, "is null, which this version cannot say");
    }

    [DoesNotReturn]
    private readonly void Refuse(string field, string reason) =>
        throw new ReplicationException(
            ErrorCode.UnsupportedVersion, $"{_message} version {_version}, {field}: {reason}");

    private void WriteUnsignedVarint(uint value)
    {
        Reserve(MaxVarintSize);
        while (value >= 0x80)
        {
            _span[_position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _span[_position++] = (byte)value;
    }

    private static int VarintSize(uint value)
    {
        var size = 1;
        while ((value >>= 7) != 0)
            size++;
        return size;
    }

    private void Reserve(int bytes)
    {
        if (bytes > _span.Length - _position)
            _span = _buffer.Grow(_position, bytes);
    }
}
