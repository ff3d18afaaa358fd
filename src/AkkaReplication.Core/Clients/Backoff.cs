namespace AkkaReplication.Clients;

/// <summary>Kafka's exponential backoff with jitter (KIP-580).</summary>
internal static class Backoff
{
    private const double Jitter = 0.2;

    /// <summary>
    /// The pause after that many failures in a row: doubled from <paramref name="baseMs"/>, capped, ±20 %.
    /// </summary>
    /// <param name="failures">1 or more.</param>
    /// <param name="random">In [0, 1).</param>
    public static long AfterMs(int failures, long baseMs, long maxMs, double random)
    {
        var doublings = Math.Min(Math.Max(failures, 1) - 1, 30);
        var pause = Math.Min(baseMs * Math.Pow(2, doublings), Math.Max(maxMs, baseMs));
        return (long)Math.Ceiling(pause * (1 - Jitter + 2 * Jitter * random));
    }
}
