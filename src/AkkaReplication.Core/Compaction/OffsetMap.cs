using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AkkaReplication.Compaction;

/// <summary>
/// The newest offset of each key in a part of a log, in bounded memory: of a key only a hash of 128 bits is kept. A
/// cryptographic one, so that nobody can make two keys that count as one.
/// </summary>
/// <param name="memoryBytes">What it may take at most, while it grows included; at least room for a few keys is taken.</param>
/// <param name="expectedKeys">How many keys are to be expected; it begins with room for them.</param>
public sealed class OffsetMap(long memoryBytes, long expectedKeys)
{
    /// <summary>Bytes that a key takes.</summary>
    public const int BytesPerSlot = 24;

    private const double LoadFactor = 0.9;
    private const int LeastSlots = 16;

    private Slot[] _slots = new Slot[Math.Clamp((long)(expectedKeys / LoadFactor) + 1, LeastSlots, MaxSlots(memoryBytes))];

    /// <summary>Keys in the map.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Offsets below it have been looked at: nothing is known of records at or above it. Set by whoever fills the map.
    /// </summary>
    public long EndOffset { get; set; }

    /// <summary>Notes that the key has a record at the offset; the greatest one counts. False where there is no room.</summary>
    public bool TryPut(ReadOnlySpan<byte> key, long offset)
    {
        var (high, low) = Hash(key);
        ref var slot = ref Find(_slots, high, low);
        if (slot.NextOffset == 0)
        {
            if (Count >= (int)(_slots.Length * LoadFactor))
            {
                if (!TryGrow())
                    return false;
                slot = ref Find(_slots, high, low);
            }

            (slot.High, slot.Low) = (high, low);
            Count++;
        }

        slot.NextOffset = Math.Max(slot.NextOffset, offset + 1);
        return true;
    }

    /// <summary>The newest offset of a key, -1 where there is none.</summary>
    public long Find(ReadOnlySpan<byte> key)
    {
        var (high, low) = Hash(key);
        return Find(_slots, high, low).NextOffset - 1;
    }

    private static long MaxSlots(long memoryBytes) =>
        Math.Clamp(memoryBytes / BytesPerSlot, LeastSlots, Array.MaxLength / BytesPerSlot);

    private static ref Slot Find(Slot[] slots, ulong high, ulong low)
    {
        var index = (int)Math.BigMul(low, (ulong)slots.Length, out _);
        while (slots[index].NextOffset != 0 && (slots[index].High != high || slots[index].Low != low))
            index = index + 1 == slots.Length ? 0 : index + 1;
        return ref slots[index];
    }

    private bool TryGrow()
    {
        var length = 2L * _slots.Length;
        if (length + _slots.Length > MaxSlots(memoryBytes))
            return false;

        var larger = new Slot[length];
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            if (slot.NextOffset != 0)
                Find(larger, slot.High, slot.Low) = slot;
        }

        _slots = larger;
        return true;
    }

    private static (ulong High, ulong Low) Hash(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash), BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]));
    }

    private struct Slot
    {
        public ulong High;
        public ulong Low;

        /// <summary>The key's newest offset plus one; 0 for an empty slot.</summary>
        public long NextOffset;
    }
}
