using AkkaReplication.Metadata;
using AkkaReplication.Records;

namespace AkkaReplication.Storage;

/// <summary>A topic's settings as far as its log obeys them; names, meanings and defaults are Kafka's.</summary>
public sealed record LogSettings
{
    public static readonly LogSettings Default = new();

    /// <summary>segment.bytes: the greatest segment; 14 or more.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary>segment.ms: how long a segment is appended to, by the timestamps of its records; 1 or more.</summary>
    public long SegmentMs { get; init; } = 604_800_000;

    /// <summary>segment.jitter.ms: up to so much earlier, so that many logs do not roll at once.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary>segment.index.bytes: the greatest index of a segment; a full one makes the segment roll.</summary>
    public int SegmentIndexBytes { get; init; } = 10_485_760;

    /// <summary>index.interval.bytes: bytes of the log between two index entries.</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary>max.message.bytes: the greatest batch a client may send.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>flush.messages: an append flushes, and waits for it, once so many offsets are not flushed.</summary>
    public long FlushMessages { get; init; } = long.MaxValue;

    /// <summary>message.timestamp.type.</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>message.timestamp.before.max.ms.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary>message.timestamp.after.max.ms.</summary>
    public long TimestampAfterMaxMs { get; init; } = long.MaxValue;

    /// <summary>cleanup.policy contains "compact": every record needs a key.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>cleanup.policy contains "delete".</summary>
    public bool IsDeletedByRetention { get; init; } = true;

    /// <summary>min.cleanable.dirty.ratio: compacted once more than this part of the log was not; 0 to 1.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary>min.compaction.lag.ms: how long a record is left alone at least.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary>
    /// max.compaction.lag.ms: how long a record may wait for compaction, whatever the ratio. So on a compacted topic a segment
    /// rolls at least this often.
    /// </summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary>delete.retention.ms: how long a tombstone stays after it was first compacted (KIP-534).</summary>
    public long DeleteRetentionMs { get; init; } = 86_400_000;

    /// <summary>retention.ms; -1 for ever.</summary>
    public long RetentionMs { get; init; } = 604_800_000;

    /// <summary>retention.bytes; -1 for no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary>A topic's settings, those that its log obeys.</summary>
    public static LogSettings Of(TopicSettings topic) => new()
    {
        SegmentBytes = topic.SegmentBytes,
        SegmentMs = topic.SegmentMs,
        SegmentIndexBytes = topic.SegmentIndexBytes,
        IndexIntervalBytes = topic.IndexIntervalBytes,
        MaxMessageBytes = topic.MaxMessageBytes,
        TimestampType = topic.MessageTimestampType,
        IsCompacted = topic.IsCompacted,
        IsDeletedByRetention = topic.IsDeletedByRetention,
        MinCleanableDirtyRatio = topic.MinCleanableDirtyRatio,
        MinCompactionLagMs = topic.MinCompactionLagMs,
        MaxCompactionLagMs = topic.MaxCompactionLagMs,
        DeleteRetentionMs = topic.DeleteRetentionMs,
        RetentionMs = topic.RetentionMs,
        RetentionBytes = topic.RetentionBytes,
    };
}
