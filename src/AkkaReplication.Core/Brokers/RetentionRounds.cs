using AkkaReplication.Effects;

namespace AkkaReplication.Brokers;

/// <summary>Time for this partition's replica to look at what has aged.</summary>
public sealed record RetentionDue(TopicIdPartition Partition) : Effect;

/// <summary>Delete, outside every turn, the files of segments that have left their logs.</summary>
public sealed record DeleteExpiredSegments : Effect;

/// <summary>Delete, outside every turn, the strays that have been kept for log.stray.retention.ms (M2).</summary>
public sealed record DeleteExpiredStrays : Effect;

/// <summary>Call RetentionRounds.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartRetentionTimer(long DelayMs) : Effect;

/// <summary>
/// Lets every replica of a broker look at what has aged once per log.retention.check.interval.ms, with one timer: a round
/// takes the whole interval and a few replicas per tick, so that thousands of them never do it at once.
/// </summary>
/// <param name="intervalMs">log.retention.check.interval.ms; 1 or more.</param>
public sealed class RetentionRounds(long intervalMs)
{
    /// <summary>Files that wait to be deleted wait no longer than this, whatever the interval.</summary>
    private const long MaxTickMs = 1_000;

    private readonly Queue<TopicIdPartition> _waiting = new();
    private long _roundEndsMs = long.MinValue;

    private long TickMs => Math.Min(intervalMs, MaxTickMs);

    public void Start(EffectList effects) => effects.Add(new StartRetentionTimer(TickMs));

    /// <param name="nowMs">Monotonic.</param>
    /// <param name="hosted">The partitions that have a replica here; looked at when a round begins.</param>
    /// <param name="effects">Receives the effects.</param>
    public void OnTimer(long nowMs, IEnumerable<TopicIdPartition> hosted, EffectList effects)
    {
        if (nowMs >= _roundEndsMs)
            BeginRound(nowMs, hosted, effects);

        var ticksLeft = Math.Max(1, (_roundEndsMs - nowMs) / TickMs);
        for (var share = (_waiting.Count + ticksLeft - 1) / ticksLeft; share > 0; share--)
            effects.Add(new RetentionDue(_waiting.Dequeue()));
        effects.Add(new DeleteExpiredSegments());
        effects.Add(new StartRetentionTimer(TickMs));
    }

    private void BeginRound(long nowMs, IEnumerable<TopicIdPartition> hosted, EffectList effects)
    {
        // Late timers must not make anybody miss a round.
        while (_waiting.TryDequeue(out var late))
            effects.Add(new RetentionDue(late));
        foreach (var partition in hosted)
            _waiting.Enqueue(partition);
        _roundEndsMs = nowMs + intervalMs;
        effects.Add(new DeleteExpiredStrays());
    }
}
