using AkkaReplication.Replicas;

namespace AkkaReplication;

/// <summary>Which offset of a partition is asked for.</summary>
public readonly record struct OffsetSpec
{
    private OffsetSpec(long timestampMs) => TimestampMs = timestampMs;

    /// <summary>The oldest record that is kept.</summary>
    public static OffsetSpec Earliest { get; } = new(ConsumerRead.Earliest);

    /// <summary>After the last record that can be read now.</summary>
    public static OffsetSpec Latest { get; } = new(ConsumerRead.Latest);

    internal long TimestampMs { get; }

    /// <summary>The first record that is as late, with a precision of 1 ms; before 1970 counts as 1970.</summary>
    public static OffsetSpec ForTimestamp(DateTimeOffset timestamp) =>
        new(Math.Max(timestamp.ToUnixTimeMilliseconds(), 0));
}

/// <summary>An offset that is asked for.</summary>
public readonly record struct TopicPartitionOffsetSpec(TopicPartition TopicPartition, OffsetSpec Spec);
