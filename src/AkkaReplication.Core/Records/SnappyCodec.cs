using System.Buffers;
using System.Buffers.Binary;
using AkkaReplication.Logs;
using IronSnappy;

namespace AkkaReplication.Records;

/// <summary>
/// Snappy as Kafka's Java clients write it: the frame of snappy-java (xerial) around blocks of 32 KiB. Other clients
/// write one plain block instead; both are read, as all of Kafka's clients do.
/// </summary>
/// <remarks>
/// The frame: 82 'SNAPPY' 00, version 1, least compatible version 1, then blocks, each behind its length; numbers are 4
/// bytes, big endian. The length that a block expands to is a varint at its beginning.
/// </remarks>
internal static class SnappyCodec
{
    private const int FrameBytes = 16;
    private const int BlockBytes = 32 * 1024;

    /// <summary>
    /// The best that snappy can do is 64 bytes in 3. A block that claims more is damaged; its memory is not even
    /// claimed.
    /// </summary>
    private const int GreatestRatio = 22;

    private static ReadOnlySpan<byte> Magic =>
        [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static byte[] Compress(ReadOnlySpan<byte> records, int headerBytes)
    {
        var target = new ArrayBufferWriter<byte>(headerBytes + FrameBytes + records.Length / 2 + 64);
        Reserve(target, headerBytes).Clear();
        var frame = Reserve(target, FrameBytes);
        Magic.CopyTo(frame);
        BinaryPrimitives.WriteInt32BigEndian(frame[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(frame[12..], 1);
        for (var rest = records; !rest.IsEmpty; rest = rest[Math.Min(BlockBytes, rest.Length)..])
        {
            var block = Snappy.Encode(rest[..Math.Min(BlockBytes, rest.Length)]);
            BinaryPrimitives.WriteInt32BigEndian(Reserve(target, sizeof(int)), block.Length);
            target.Write(block);
        }

        return target.WrittenSpan.ToArray();
    }

    public static ReadOnlyMemory<byte> Expand(ReadOnlySpan<byte> compressed, int maxBytes)
    {
        if (!compressed.StartsWith(Magic))
            return ExpandBlock(compressed, maxBytes);
        if (compressed.Length < FrameBytes)
            throw Corrupt("the frame's header is cut off");

        var target = new ArrayBufferWriter<byte>();
        for (var rest = compressed[FrameBytes..]; !rest.IsEmpty;)
        {
            if (rest.Length < sizeof(int))
                throw Corrupt("a block's length is cut off");
            var length = BinaryPrimitives.ReadInt32BigEndian(rest);
            rest = rest[sizeof(int)..];
            if (length < 0 || length > rest.Length)
                throw Corrupt($"a block of {length} bytes with {rest.Length} left");

            target.Write(ExpandBlock(rest[..length], maxBytes - target.WrittenCount));
            rest = rest[length..];
        }

        return target.WrittenMemory;
    }

    private static byte[] ExpandBlock(ReadOnlySpan<byte> block, int maxBytes)
    {
        var position = 0;
        if (!TryReadLength(block, ref position, out var length))
            throw Corrupt("a block does not say what it expands to");
        if (length > maxBytes)
            throw new CorruptBatchException($"A snappy batch expands beyond the {maxBytes} bytes left for it.");
        if (length > (long)GreatestRatio * block.Length)
            throw Corrupt($"a block of {block.Length} bytes says it expands to {length}");
        if (length == 0)
            return position == block.Length ? [] : throw Corrupt("bytes follow an empty block");

        byte[] expanded;
        try
        {
            expanded = Snappy.Decode(block);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Corrupt(e.Message);
        }

        return expanded.Length == length
            ? expanded
            : throw Corrupt($"a block expands to {expanded.Length} bytes, not {length}");
    }

    private static bool TryReadLength(ReadOnlySpan<byte> block, ref int position, out long length)
    {
        length = 0;
        for (var shift = 0; shift < 35 && position < block.Length; shift += 7)
        {
            var part = block[position++];
            length |= (long)(part & 0x7f) << shift;
            if (part < 0x80)
                return length <= uint.MaxValue;
        }

        return false;
    }

    private static Span<byte> Reserve(ArrayBufferWriter<byte> target, int bytes)
    {
        var span = target.GetSpan(bytes)[..bytes];
        target.Advance(bytes);
        return span;
    }

    private static CorruptBatchException Corrupt(string problem) =>
        new($"A batch's snappy data is invalid: {problem}.");
}
