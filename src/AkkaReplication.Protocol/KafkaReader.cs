using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace AkkaReplication.Protocol;

/// <summary>
/// Reads Kafka's primitives from the bytes of one frame and trusts none of them: every count and length is held against
/// the bytes that are left before anything is allocated for it. Bytes are handed out as slices, never copied.
/// </summary>
public ref struct KafkaReader
{
    /// <summary>
    /// So many elements an array has room for before the first was read; more only as they turn out to be there.
    /// </summary>
    private const int FirstElements = 256;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private readonly StringCache? _strings;
    private int _position;
    private int _end;
    private string _message = "a message";
    private short _version;

    /// <param name="frame">What to read; whoever keeps a byte field of a message keeps this alive.</param>
    /// <param name="strings">Where names that come again and again are kept as strings; null makes a new one each time.</param>
    public KafkaReader(ReadOnlyMemory<byte> frame, StringCache? strings = null)
    {
        _memory = frame;
        _span = frame.Span;
        _end = frame.Length;
        _strings = strings;
    }

    /// <summary>How many bytes were read.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _end - _position;

    /// <summary>Says what is being read, for the errors, and refuses a version that does not exist.</summary>
    internal void Begin(string message, short version, short lowest, short highest)
    {
        _message = message;
        _version = version;
        if (version < lowest || version > highest)
        {
            throw new InvalidMessageException(
                ErrorCode.UnsupportedVersion, message, version, "version", $"versions {lowest} to {highest} can be read");
        }
    }

    internal bool ReadBoolean(string field)
    {
        Require(1, field);
        return _span[_position++] != 0;
    }

    internal sbyte ReadInt8(string field)
    {
        Require(1, field);
        return (sbyte)_span[_position++];
    }

    internal short ReadInt16(string field)
    {
        Require(2, field);
        var value = BinaryPrimitives.ReadInt16BigEndian(_span[_position..]);
        _position += 2;
        return value;
    }

    internal int ReadInt32(string field)
    {
        Require(4, field);
        var value = BinaryPrimitives.ReadInt32BigEndian(_span[_position..]);
        _position += 4;
        return value;
    }

    internal long ReadInt64(string field)
    {
        Require(8, field);
        var value = BinaryPrimitives.ReadInt64BigEndian(_span[_position..]);
        _position += 8;
        return value;
    }

    internal double ReadFloat64(string field) => BitConverter.Int64BitsToDouble(ReadInt64(field));

    internal Guid ReadUuid(string field)
    {
        Require(16, field);
        var value = new Guid(_span.Slice(_position, 16), bigEndian: true);
        _position += 16;
        return value;
    }

    /// <summary>Text; bytes that are no UTF-8 become U+FFFD, as in Kafka.</summary>
    internal string? ReadString(bool flexible, bool nullable, string field) =>
        TryReadText(flexible, nullable, field, out var utf8) ? Encoding.UTF8.GetString(utf8) : null;

    /// <inheritdoc cref="ReadString"/>
    internal string? ReadInternedString(bool flexible, bool nullable, string field)
    {
        if (!TryReadText(flexible, nullable, field, out var utf8))
            return null;
        return _strings is null ? Encoding.UTF8.GetString(utf8) : _strings.Get(utf8);
    }

    internal ReadOnlyMemory<byte> ReadBytes(bool flexible, string field) =>
        ReadNullableBytes(flexible, nullable: false, field)!.Value;

    internal ReadOnlyMemory<byte>? ReadNullableBytes(bool flexible, bool nullable, string field)
    {
        var length = flexible ? ReadCompactLength(field) : ReadInt32(field);
        if (IsNull(length, nullable, field))
            return null;

        Require(length, field);
        var value = _memory.Slice(_position, length);
        _position += length;
        return value;
    }

    internal T[]? ReadArray<T>(short version, bool flexible, bool nullable, string field)
        where T : struct, IKafkaStruct
    {
        var count = ReadCount(flexible, nullable, T.MinSize(version), field);
        if (count <= 0)
            return count < 0 ? null : [];

        var items = new T[Math.Min(count, FirstElements)];
        for (var i = 0; i < count; i++)
        {
            if (i == items.Length)
                Array.Resize(ref items, (int)Math.Min(count, items.Length * 2L));
            items[i].ReadFields(ref this, version);
        }

        return items;
    }

    internal T ReadStruct<T>(short version)
        where T : struct, IKafkaStruct
    {
        var value = default(T);
        value.ReadFields(ref this, version);
        return value;
    }

    internal int[]? ReadInt32Array(bool flexible, bool nullable, string field)
    {
        var count = ReadCount(flexible, nullable, sizeof(int), field);
        if (count <= 0)
            return count < 0 ? null : [];

        var items = new int[count];
        var bytes = count * sizeof(int);
        _span.Slice(_position, bytes).CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(items.AsSpan()));
        if (BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(items, items);
        _position += bytes;
        return items;
    }

    internal long[]? ReadInt64Array(bool flexible, bool nullable, string field)
    {
        var count = ReadCount(flexible, nullable, sizeof(long), field);
        if (count <= 0)
            return count < 0 ? null : [];

        var items = new long[count];
        for (var i = 0; i < count; i++)
            items[i] = ReadInt64(field);
        return items;
    }

    internal string[]? ReadStringArray(bool flexible, bool nullable, string field)
    {
        var count = ReadCount(flexible, nullable, flexible ? 1 : 2, field);
        if (count <= 0)
            return count < 0 ? null : [];

        var items = new string[Math.Min(count, FirstElements)];
        for (var i = 0; i < count; i++)
        {
            if (i == items.Length)
                Array.Resize(ref items, (int)Math.Min(count, items.Length * 2L));
            items[i] = ReadInternedString(flexible, nullable: false, field)!;
        }

        return items;
    }

    /// <returns>How many tagged fields follow.</returns>
    internal int ReadTagCount()
    {
        var count = ReadUnsignedVarint("tags");
        if (count > (uint)Remaining / 2)
            Fail("tags", $"{count} tagged fields in {Remaining} bytes");
        return (int)count;
    }

    /// <summary>Reads a tagged field's number and size, and lets nothing read beyond it until <see cref="EndTag"/>.</summary>
    /// <param name="end">For <see cref="EndTag"/>.</param>
    internal uint BeginTag(out int end)
    {
        var tag = ReadUnsignedVarint("tags");
        var size = ReadUnsignedVarint("tags");
        if (size > (uint)Remaining)
            Fail("tags", $"tagged field {tag} has {size} bytes of {Remaining}");
        end = _end;
        _end = _position + (int)size;
        return tag;
    }

    /// <summary>Goes to the end of the tagged field, however much of it was read.</summary>
    internal void EndTag(int end)
    {
        _position = _end;
        _end = end;
    }

    internal void SkipTags()
    {
        for (var left = ReadTagCount(); left > 0; left--)
        {
            BeginTag(out var end);
            EndTag(end);
        }
    }

    /// <summary>Ends the reading with an error about that field.</summary>
    [DoesNotReturn]
    [StackTraceHidden]
    internal readonly void Fail(string field, string reason) =>
        throw new InvalidMessageException(ErrorCode.InvalidRequest, _message, _version, field, reason);

    /// <returns>How many elements an array has, -1 for null; never more than fit into what is left.</returns>
    private int ReadCount(bool flexible, bool nullable, int minSize, string field)
    {
        var count = flexible ? ReadCompactLength(field) : ReadInt32(field);
        if (IsNull(count, nullable, field))
            return -1;
        if ((long)count * minSize > Remaining)
            Fail(field, $"{count} elements of at least {minSize} bytes in {Remaining} bytes");
        return count;
    }

    private bool TryReadText(bool flexible, bool nullable, string field, out ReadOnlySpan<byte> utf8)
    {
        var length = flexible ? ReadCompactLength(field) : ReadInt16(field);
        if (IsNull(length, nullable, field))
        {
            utf8 = default;
            return false;
        }

        Require(length, field);
        utf8 = _span.Slice(_position, length);
        _position += length;
        return true;
    }

    private readonly bool IsNull(int length, bool nullable, string field)
    {
        if (length >= 0)
            return false;
        if (length == -1 && nullable)
            return true;

        Fail(field, length == -1 ? "is null, which this version does not allow" : $"has the length {length}");
        return true;
    }

    /// <returns>A length that was sent as itself plus one; -1 for null.</returns>
    private int ReadCompactLength(string field)
    {
        var value = ReadUnsignedVarint(field);
        if (value > int.MaxValue)
            Fail(field, $"has the length {value - 1}");
        return (int)value - 1;
    }

    private uint ReadUnsignedVarint(string field)
    {
        if (_position < _end && _span[_position] < 0x80)
            return _span[_position++];

        var value = 0u;
        for (var shift = 0; shift <= 28; shift += 7)
        {
            Require(1, field);
            var next = _span[_position++];
            if (shift == 28 && next > 0x0f)
                break;

            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }

        Fail(field, "a varint of more than 32 bits");
        return 0;
    }

    private readonly void Require(int bytes, string field)
    {
        if (bytes > _end - _position)
            Fail(field, $"{bytes} bytes expected, {Remaining} left");
    }
}
