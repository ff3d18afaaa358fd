namespace AkkaReplication.Records;

/// <summary>Zigzag variable-length integers as Kafka's records use them.</summary>
internal static class Varint
{
    public const int MaxBytes32 = 5;
    public const int MaxBytes64 = 10;

    public static int SizeOf(int value) => SizeOfUnsigned((uint)((value << 1) ^ (value >> 31)));

    public static int SizeOf(long value) => SizeOfUnsigned((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Writes <paramref name="value"/> and returns the bytes it took; the room must be there.</summary>
    public static int Write(Span<byte> target, int value) =>
        WriteUnsigned(target, (uint)((value << 1) ^ (value >> 31)));

    /// <inheritdoc cref="Write(Span{byte}, int)"/>
    public static int Write(Span<byte> target, long value) =>
        WriteUnsigned(target, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Reads at <paramref name="position"/> and moves it on. False where the bytes end or the number does not fit.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int position, out int value)
    {
        if (TryReadUnsigned(source, ref position, MaxBytes32, out var raw) && raw <= uint.MaxValue)
        {
            value = (int)(raw >> 1) ^ -(int)(raw & 1);
            return true;
        }

        value = 0;
        return false;
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, ref int, out int)"/>
    public static bool TryRead(ReadOnlySpan<byte> source, ref int position, out long value)
    {
        if (TryReadUnsigned(source, ref position, MaxBytes64, out var raw))
        {
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }

        value = 0;
        return false;
    }

    private static int SizeOfUnsigned(ulong value)
    {
        var size = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            size++;
        }

        return size;
    }

    private static int WriteUnsigned(Span<byte> target, ulong value)
    {
        var position = 0;
        while (value >= 0x80)
        {
            target[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[position++] = (byte)value;
        return position;
    }

    private static bool TryReadUnsigned(ReadOnlySpan<byte> source, ref int position, int maxBytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < maxBytes; i++)
        {
            if ((uint)position >= (uint)source.Length)
                return false;

            var b = source[position++];
            // The tenth byte of a 64-bit number has room for one bit.
            if (i == MaxBytes64 - 1 && b > 1)
                return false;

            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
                return true;
        }

        return false;
    }
}
