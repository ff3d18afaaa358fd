namespace AkkaReplication.Groups;

/// <summary>The coordinator's settings, under Kafka's names and with Kafka's defaults unless it says otherwise.</summary>
public sealed record GroupCoordinatorOptions
{
    /// <summary>
    /// group.initial.rebalance.delay.ms: how long the first generation of an empty group waits for more members. Kafka's
    /// default is 3000, and ours in a cluster of its own; embedded it is 0, so that tests need not wait.
    /// </summary>
    public int InitialRebalanceDelayMs { get; init; }

    /// <summary>group.min.session.timeout.ms.</summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary>group.max.session.timeout.ms.</summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary>group.max.size.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>offset.metadata.max.bytes.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4096;

    /// <summary>offsets.retention.minutes, in ms.</summary>
    public long OffsetsRetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>offsets.retention.check.interval.ms: expired offsets are looked for no more often than that.</summary>
    public long OffsetsRetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary>A new member that waits that long for its first generation is dropped: nobody may wait for it any more.</summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 300_000;
}
