using System.Globalization;
using System.Numerics;

namespace AkkaReplication.Benchmarks;

/// <summary>Counts latencies in buckets of at most 3 % width. One writer.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 5;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[64 * SubBuckets];
    private long _max;

    public long Count { get; private set; }

    public void Add(TimeSpan latency)
    {
        var micros = (ulong)Math.Max(latency.Ticks / TimeSpan.TicksPerMicrosecond, 0);
        _counts[IndexOf(micros)]++;
        _max = Math.Max(_max, (long)micros);
        Count++;
    }

    /// <summary>What that part of all latencies does not exceed, in ms; rounded up to the bucket's end.</summary>
    public double PercentileMs(double part)
    {
        var wanted = (long)Math.Ceiling(part * Count);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
                return Math.Min(EndOf(i), _max) / 1000.0;
        }

        return double.NaN;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"p50 {PercentileMs(0.5):F2} ms, p99 {PercentileMs(0.99):F2} ms, p99.9 {PercentileMs(0.999):F2} ms, max {_max / 1000.0:F1} ms");

    private static int IndexOf(ulong micros)
    {
        if (micros < SubBuckets)
            return (int)micros;

        var shift = BitOperations.Log2(micros) - SubBucketBits;
        return ((shift + 1) << SubBucketBits) + (int)((micros >> shift) - SubBuckets);
    }

    private static long EndOf(int index)
    {
        if (index < SubBuckets)
            return index;

        var shift = (index >> SubBucketBits) - 1;
        return ((long)((index & (SubBuckets - 1)) + SubBuckets + 1) << shift) - 1;
    }
}
