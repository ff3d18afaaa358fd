using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace AkkaReplication.Records;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of Kafka's record batches; uses the processor's instruction where there is one.
/// </summary>
/// <remarks>
/// The instruction takes three cycles and a new one may begin in each, so three lanes of equal length are computed at once.
/// What a lane's checksum becomes when another lane follows it is linear over GF(2): four table lookups.
/// </remarks>
public static class Crc32C
{
    private const int LaneBytes = 512;
    private const int LanesBytes = 3 * LaneBytes;

    /// <summary>For each byte of a checksum, what it becomes when <see cref="LaneBytes"/> zeros follow.</summary>
    private static readonly uint[] FollowedByLane = MakeTable();

    /// <summary>The checksum of <paramref name="data"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>
    /// The checksum of what <paramref name="crc"/> covers followed by <paramref name="data"/>; begin with 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        while (data.Length >= LanesBytes)
        {
            crc = AppendLanes(crc, data[..LanesBytes]);
            data = data[LanesBytes..];
        }

        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var b in data)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint AppendLanes(uint crc, ReadOnlySpan<byte> data)
    {
        var first = data[..LaneBytes];
        var second = data.Slice(LaneBytes, LaneBytes);
        var third = data.Slice(2 * LaneBytes, LaneBytes);
        uint secondCrc = 0, thirdCrc = 0;
        for (var i = 0; i < LaneBytes; i += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(first[i..]));
            secondCrc = BitOperations.Crc32C(secondCrc, BinaryPrimitives.ReadUInt64LittleEndian(second[i..]));
            thirdCrc = BitOperations.Crc32C(thirdCrc, BinaryPrimitives.ReadUInt64LittleEndian(third[i..]));
        }

        var table = FollowedByLane.AsSpan();
        return Follow(table, Follow(table, crc) ^ secondCrc) ^ thirdCrc;
    }

    private static uint Follow(ReadOnlySpan<uint> table, uint crc) =>
        table[(byte)crc]
        ^ table[256 + (byte)(crc >> 8)]
        ^ table[512 + (byte)(crc >> 16)]
        ^ table[768 + (byte)(crc >> 24)];

    private static uint[] MakeTable()
    {
        var table = new uint[4 * 256];
        for (var position = 0; position < 4; position++)
        {
            for (var value = 0; value < 256; value++)
            {
                var crc = (uint)value << (8 * position);
                for (var i = 0; i < LaneBytes; i += sizeof(ulong))
                    crc = BitOperations.Crc32C(crc, 0UL);
                table[(256 * position) + value] = crc;
            }
        }

        return table;
    }
}
