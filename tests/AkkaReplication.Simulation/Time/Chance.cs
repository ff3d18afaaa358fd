namespace AkkaReplication.Simulation.Time;

/// <summary>
/// A source of chance that gives the same numbers for the same seed on every machine and every version of .NET (SplitMix64,
/// Steele et al. 2014).
/// </summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong Next64()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to <paramref name="end"/> - 1; 0 where the end is 0 or less.</summary>
    public long Next(long end) => end <= 0 ? 0 : (long)(Next64() % (ulong)end);

    /// <summary>From 0 to <paramref name="end"/> - 1; 0 where the end is 0 or less.</summary>
    public int Next(int end) => (int)Next((long)end);

    /// <summary>From <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public long Between(long first, long last) => first + Next(last - first + 1);

    /// <summary>From <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    public int Between(int first, int last) => (int)Between((long)first, last);

    /// <summary>From 0 to 1, 1 excluded.</summary>
    public double NextDouble() => (Next64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True in that share of cases; from 0 to 1.</summary>
    public bool Hits(double share) => NextDouble() < share;

    public T Pick<T>(IReadOnlyList<T> from) => from[Next(from.Count)];

    /// <summary>An identity.</summary>
    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, Next64());
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Next64());
        return new Guid(bytes);
    }

    /// <summary>A source of its own: what is drawn from it does not change what others draw.</summary>
    public Chance Fork() => new(Next64());
}
