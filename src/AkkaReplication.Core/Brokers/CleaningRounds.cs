using AkkaReplication.Effects;

namespace AkkaReplication.Brokers;

/// <summary>Compact the logs of one directory a step further, outside every turn; then call CleaningRounds.OnStepDone.</summary>
public sealed record CleanLogDir(int LogDir) : Effect;

/// <summary>Call CleaningRounds.OnTimer after the delay; replaces the timer asked for before for that directory.</summary>
public sealed record StartCleaningTimer(int LogDir, long DelayMs) : Effect;

/// <summary>
/// Lets every log directory be compacted in small steps, one at a time, at no more bytes per second than the broker's logs
/// may take together, and rest for log.cleaner.backoff.ms when there is nothing to do.
/// </summary>
/// <param name="logDirs">The directories' number.</param>
/// <param name="backoffMs">log.cleaner.backoff.ms; 1 or more.</param>
/// <param name="maxBytesPerSecond">log.cleaner.io.max.bytes.per.second, read and written; 1 or more.</param>
public sealed class CleaningRounds(int logDirs, long backoffMs, long maxBytesPerSecond)
{
    private readonly HashSet<int> _underWay = [];
    private long _paidUntilMs = long.MinValue;

    public void Start(EffectList effects)
    {
        for (var dir = 0; dir < logDirs; dir++)
            effects.Add(new StartCleaningTimer(dir, backoffMs));
    }

    public void OnTimer(int logDir, EffectList effects)
    {
        // A directory whose disk is slow, or hangs, gets no second step.
        if (_underWay.Add(logDir))
            effects.Add(new CleanLogDir(logDir));
    }

    /// <param name="nowMs">Monotonic.</param>
    /// <param name="logDir">Whose step it was.</param>
    /// <param name="bytes">What it read and wrote.</param>
    /// <param name="hasMore">Whether there is more to do at once.</param>
    /// <param name="effects">Receives the effects.</param>
    public void OnStepDone(long nowMs, int logDir, long bytes, bool hasMore, EffectList effects)
    {
        _underWay.Remove(logDir);
        // Rounded up: however small the steps are, together they keep to the rate.
        _paidUntilMs = Math.Max(_paidUntilMs, nowMs) + (bytes > 0 ? (long)Math.Ceiling(bytes * 1000.0 / maxBytesPerSecond) : 0);
        if (!hasMore)
            effects.Add(new StartCleaningTimer(logDir, backoffMs));
        else if (maxBytesPerSecond < long.MaxValue && _paidUntilMs > nowMs)
            effects.Add(new StartCleaningTimer(logDir, _paidUntilMs - nowMs));
        else
            OnTimer(logDir, effects);
    }
}
