using System.Buffers.Binary;

namespace AkkaReplication.Clients;

/// <summary>The hash by which Kafka's Java clients spread keys over partitions.</summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        var rest = data;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(rest) * Multiplier;
            word ^= word >> 24;
            hash = (hash * Multiplier) ^ (word * Multiplier);
        }

        if (rest.Length == 3)
            hash ^= (uint)rest[2] << 16;
        if (rest.Length >= 2)
            hash ^= (uint)rest[1] << 8;
        if (rest.Length >= 1)
            hash = (hash ^ rest[0]) * Multiplier;

        hash ^= hash >> 13;
        hash *= Multiplier;
        return (int)(hash ^ (hash >> 15));
    }

    /// <summary>The partition of a key in a topic of that many partitions.</summary>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitions) => (Hash(key) & int.MaxValue) % partitions;
}
