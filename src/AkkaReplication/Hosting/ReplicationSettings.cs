namespace AkkaReplication;

/// <summary>
/// A broker's settings, under Kafka's names where Kafka has one (named in each summary) and with Kafka's defaults unless
/// told otherwise. HOCON: below <c>akka-replication</c>, see hocon/reference.conf.
/// </summary>
public sealed record ReplicationSettings
{
    /// <summary>replica.lag.time.max.ms: a follower not caught up for that long leaves the ISR. Ms, 10 or more.</summary>
    public int ReplicaLagTimeMaxMs { get; init; } = 30_000;

    /// <summary>replica.fetch.wait.max.ms: how long a leader may hold a follower's fetch. Ms, not above the lag time.</summary>
    public int ReplicaFetchWaitMaxMs { get; init; } = 500;

    /// <summary>replica.fetch.max.bytes: per partition and fetch; the first batch may exceed it. Bytes.</summary>
    public int ReplicaFetchMaxBytes { get; init; } = 1024 * 1024;

    /// <summary>replica.fetch.response.max.bytes: per fetch. Bytes.</summary>
    public int ReplicaFetchResponseMaxBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>replica.fetch.backoff.ms: pause after a failed fetch. Ms.</summary>
    public int ReplicaFetchBackoffMs { get; init; } = 1_000;

    /// <summary>replica.high.watermark.checkpoint.interval.ms. Ms, 1 or more.</summary>
    public int ReplicaHighWatermarkCheckpointIntervalMs { get; init; } = 5_000;

    /// <summary>log.retention.check.interval.ms: how often each replica looks at what has aged. Ms, 1 or more.</summary>
    public int LogRetentionCheckIntervalMs { get; init; } = 300_000;

    /// <summary>log.retention.ms: retention.ms of a topic whose creator does not say; -1 for ever. Ms.</summary>
    public long LogRetentionMs { get; init; } = 604_800_000;

    /// <summary>log.retention.bytes: retention.bytes of a topic whose creator does not say; -1 for no limit. Bytes.</summary>
    public long LogRetentionBytes { get; init; } = -1;

    /// <summary>log.segment.bytes: segment.bytes of a topic whose creator does not say. Bytes, 14 or more.</summary>
    public int LogSegmentBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>log.roll.ms: segment.ms of a topic whose creator does not say. Ms, 1 or more.</summary>
    public long LogRollMs { get; init; } = 604_800_000;

    /// <summary>log.cleaner.backoff.ms: how long compaction rests where it found nothing to do. Ms, 1 or more.</summary>
    public int LogCleanerBackoffMs { get; init; } = 15_000;

    /// <summary>
    /// log.cleaner.dedupe.buffer.size: memory that compaction may take to know the keys of what it compacts, over all log
    /// directories. Bytes, 1 MiB or more.
    /// </summary>
    public long LogCleanerDedupeBufferSize { get; init; } = 128L * 1024 * 1024;

    /// <summary>
    /// log.cleaner.io.max.bytes.per.second: what compaction may read and write; <see cref="long.MaxValue"/> for no limit.
    /// Bytes per second, 1024 or more.
    /// </summary>
    public long LogCleanerIoMaxBytesPerSecond { get; init; } = long.MaxValue;

    /// <summary>log.cleaner.delete.retention.ms: delete.retention.ms of a topic whose creator does not say. Ms.</summary>
    public long LogCleanerDeleteRetentionMs { get; init; } = 86_400_000;

    /// <summary>log.cleaner.min.compaction.lag.ms: min.compaction.lag.ms of a topic whose creator does not say. Ms.</summary>
    public long LogCleanerMinCompactionLagMs { get; init; }

    /// <summary>
    /// log.cleaner.max.compaction.lag.ms: max.compaction.lag.ms of a topic whose creator does not say;
    /// <see cref="long.MaxValue"/> for no limit. Ms, 1 or more, and not below the least.
    /// </summary>
    public long LogCleanerMaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary>log.stray.retention.ms: how long the log of a partition that is in no metadata is kept; -1 for ever. Ms.</summary>
    public long LogStrayRetentionMs { get; init; } = 604_800_000;

    /// <summary>producer.id.expiration.ms: an idempotent producer that is idle for that long is forgotten. Ms, 1 or more.</summary>
    public int ProducerIdExpirationMs { get; init; } = 86_400_000;

    /// <summary>broker.heartbeat.interval.ms. Ms, 10 or more.</summary>
    public int BrokerHeartbeatIntervalMs { get; init; } = 2_000;

    /// <summary>broker.session.timeout.ms: a broker not heard of for that long is fenced. Ms, above the heartbeat interval.</summary>
    public int BrokerSessionTimeoutMs { get; init; } = 9_000;

    /// <summary>num.partitions: partitions of a topic whose creator does not say. 1 or more.</summary>
    public int NumPartitions { get; init; } = 1;

    /// <summary>default.replication.factor; 0 stands for min(3, brokers).</summary>
    public short DefaultReplicationFactor { get; init; }

    /// <summary>unclean.leader.election.interval.ms: how often leaderless partitions that allow it are looked at. Ms.</summary>
    public int UncleanLeaderElectionIntervalMs { get; init; } = 300_000;

    /// <summary>leader.imbalance.check.interval.seconds. Seconds, 1 or more.</summary>
    public int LeaderImbalanceCheckIntervalSeconds { get; init; } = 300;

    /// <summary>auto.leader.rebalance.enable: move leaderships back to the preferred replicas.</summary>
    public bool AutoLeaderRebalanceEnable { get; init; } = true;

    /// <summary>
    /// offsets.topic.num.partitions: of __consumer_offsets, when the first group is looked for. 1 to 10,000; not to be
    /// changed afterwards, for it says where a group is stored.
    /// </summary>
    public int OffsetsTopicNumPartitions { get; init; } = 50;

    /// <summary>offsets.retention.minutes: how long the offsets of a group without members are kept. Minutes, 1 or more.</summary>
    public int OffsetsRetentionMinutes { get; init; } = 10_080;

    /// <summary>
    /// group.initial.rebalance.delay.ms: how long the first generation of a group waits for more members. Ms. Kafka's
    /// default is 3 s: a test does not wait for members that it does not have.
    /// </summary>
    public int GroupInitialRebalanceDelayMs { get; init; }

    /// <summary>group.min.session.timeout.ms: members may not ask for less. Ms, 1 or more.</summary>
    public int GroupMinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary>group.max.session.timeout.ms: members may not ask for more. Ms, not below the least.</summary>
    public int GroupMaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary>flush: replicated or fsync.</summary>
    public FlushPolicy Flush { get; init; } = FlushPolicy.Replicated;

    /// <summary>
    /// log.dir.min.free.bytes: a log directory with less free space than that takes no more records, so that what is there
    /// stays in order; 0 for no limit. Bytes, up to 1 TiB.
    /// </summary>
    public long LogDirMinFreeBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>queued.max.request.bytes: bytes that produce requests may hold in a broker; what is beyond waits its turn.</summary>
    public long QueuedMaxBytes { get; init; } = 64L * 1024 * 1024;
}
