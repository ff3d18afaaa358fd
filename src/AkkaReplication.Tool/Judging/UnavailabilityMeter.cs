namespace AkkaReplication.Tool.Judging;

/// <summary>
/// Measures, per partition and by the client's clock, the longest time between two consecutive acknowledgements while a
/// produce was outstanding. A partition that nobody wrote to is not unavailable; one that is still waiting at the end
/// is.
/// Not safe for several threads.
/// </summary>
internal sealed class UnavailabilityMeter(int partitions)
{
    private readonly long[] _outstanding = new long[partitions];
    private readonly long[] _waitingSinceMs = new long[partitions];
    private long _longestMs;

    public void OnSent(int partition, long nowMs)
    {
        if (_outstanding[partition]++ == 0)
            _waitingSinceMs[partition] = nowMs;
    }

    public void OnAcknowledged(int partition, long nowMs)
    {
        _outstanding[partition]--;
        _longestMs = Math.Max(_longestMs, nowMs - _waitingSinceMs[partition]);
        _waitingSinceMs[partition] = nowMs;
    }

    /// <summary>
    /// A produce ended without an acknowledgement: one less to wait for, and the wait goes on for the others.
    /// </summary>
    public void OnRefused(int partition) => _outstanding[partition]--;

    public long LongestMs(long nowMs)
    {
        var longest = _longestMs;
        for (var partition = 0; partition < partitions; partition++)
        {
            if (_outstanding[partition] > 0)
                longest = Math.Max(longest, nowMs - _waitingSinceMs[partition]);
        }

        return longest;
    }
}
