using AkkaReplication.Records;

namespace AkkaReplication.Metadata;

/// <summary>A topic's settings in force, under Kafka's names and with Kafka's defaults unless our rules say otherwise.</summary>
public sealed record TopicSettings
{
    public static readonly TopicSettings Default = new();

    /// <summary>min.insync.replicas as configured; what counts is PartitionRegistration.MinIsr (L4).</summary>
    public int? MinInsyncReplicas { get; init; }

    /// <summary>unclean.leader.election.enable.</summary>
    public bool UncleanLeaderElectionEnable { get; init; }

    /// <summary>max.message.bytes: the largest batch, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 1048588;

    /// <summary>segment.bytes: size at which a segment is rolled.</summary>
    public int SegmentBytes { get; init; } = 1073741824;

    /// <summary>segment.ms: age at which a segment is rolled.</summary>
    public long SegmentMs { get; init; } = 604800000;

    /// <summary>index.interval.bytes: bytes between two entries of the offset index.</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary>segment.index.bytes: largest size of an index file.</summary>
    public int SegmentIndexBytes { get; init; } = 10485760;

    /// <summary>message.timestamp.type.</summary>
    public TimestampType MessageTimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>retention.ms; -1 for no limit.</summary>
    public long RetentionMs { get; init; } = 604800000;

    /// <summary>retention.bytes; -1 for no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary>cleanup.policy contains "compact": of each key the newest record is kept, and every record needs a key.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>cleanup.policy contains "delete": retention.ms and retention.bytes count.</summary>
    public bool IsDeletedByRetention { get; init; } = true;

    /// <summary>min.cleanable.dirty.ratio: compacted once more than this part of the log was not; 0 to 1.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary>min.compaction.lag.ms: how long a record is left alone at least.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary>max.compaction.lag.ms: how long a record may wait for compaction, whatever the ratio.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary>delete.retention.ms: how long a tombstone stays after it was first compacted (KIP-534).</summary>
    public long DeleteRetentionMs { get; init; } = 86400000;
}
