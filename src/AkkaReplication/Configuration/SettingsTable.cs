namespace AkkaReplication.Configuration;

/// <summary>Every setting of <see cref="ReplicationSettings"/>, and the rules between two of them.</summary>
internal static class SettingsTable
{
    private const long Day = 86_400_000;

    public static readonly IReadOnlyList<Setting> All =
    [
        Milliseconds("replica.lag.time.max.ms", nameof(ReplicationSettings.ReplicaLagTimeMaxMs), 10, Day,
            s => s.ReplicaLagTimeMaxMs, (s, v) => s with { ReplicaLagTimeMaxMs = v }),
        Milliseconds("replica.fetch.wait.max.ms", nameof(ReplicationSettings.ReplicaFetchWaitMaxMs), 1, Day,
            s => s.ReplicaFetchWaitMaxMs, (s, v) => s with { ReplicaFetchWaitMaxMs = v }),
        Bytes("replica.fetch.max.bytes", nameof(ReplicationSettings.ReplicaFetchMaxBytes), 1024,
            s => s.ReplicaFetchMaxBytes, (s, v) => s with { ReplicaFetchMaxBytes = v }),
        Bytes("replica.fetch.response.max.bytes", nameof(ReplicationSettings.ReplicaFetchResponseMaxBytes), 1024,
            s => s.ReplicaFetchResponseMaxBytes, (s, v) => s with { ReplicaFetchResponseMaxBytes = v }),
        Milliseconds("replica.fetch.backoff.ms", nameof(ReplicationSettings.ReplicaFetchBackoffMs), 1, Day,
            s => s.ReplicaFetchBackoffMs, (s, v) => s with { ReplicaFetchBackoffMs = v }),
        Milliseconds("replica.high.watermark.checkpoint.interval.ms",
            nameof(ReplicationSettings.ReplicaHighWatermarkCheckpointIntervalMs), 1, Day,
            s => s.ReplicaHighWatermarkCheckpointIntervalMs,
            (s, v) => s with { ReplicaHighWatermarkCheckpointIntervalMs = v }),
        Milliseconds("log.retention.check.interval.ms", nameof(ReplicationSettings.LogRetentionCheckIntervalMs), 1, Day,
            s => s.LogRetentionCheckIntervalMs, (s, v) => s with { LogRetentionCheckIntervalMs = v }),
        new NumberSetting("log.retention.ms", nameof(ReplicationSettings.LogRetentionMs), Unit.Milliseconds, -1, 36_500 * Day,
            s => s.LogRetentionMs, (s, v) => s with { LogRetentionMs = v }),
        new NumberSetting("log.retention.bytes", nameof(ReplicationSettings.LogRetentionBytes), Unit.Bytes, -1, 1L << 60,
            s => s.LogRetentionBytes, (s, v) => s with { LogRetentionBytes = v }),
        Bytes("log.segment.bytes", nameof(ReplicationSettings.LogSegmentBytes), 14,
            s => s.LogSegmentBytes, (s, v) => s with { LogSegmentBytes = v }),
        new NumberSetting("log.roll.ms", nameof(ReplicationSettings.LogRollMs), Unit.Milliseconds, 1, 36_500 * Day,
            s => s.LogRollMs, (s, v) => s with { LogRollMs = v }),
        Milliseconds("log.cleaner.backoff.ms", nameof(ReplicationSettings.LogCleanerBackoffMs), 1, Day,
            s => s.LogCleanerBackoffMs, (s, v) => s with { LogCleanerBackoffMs = v }),
        new NumberSetting("log.cleaner.dedupe.buffer.size", nameof(ReplicationSettings.LogCleanerDedupeBufferSize),
            Unit.Bytes, 1024 * 1024, 1L << 40,
            s => s.LogCleanerDedupeBufferSize, (s, v) => s with { LogCleanerDedupeBufferSize = v }),
        new NumberSetting("log.cleaner.io.max.bytes.per.second",
            nameof(ReplicationSettings.LogCleanerIoMaxBytesPerSecond), Unit.Bytes, 1024, long.MaxValue,
            s => s.LogCleanerIoMaxBytesPerSecond, (s, v) => s with { LogCleanerIoMaxBytesPerSecond = v }),
        new NumberSetting("log.cleaner.delete.retention.ms", nameof(ReplicationSettings.LogCleanerDeleteRetentionMs),
            Unit.Milliseconds, 0, 36_500 * Day,
            s => s.LogCleanerDeleteRetentionMs, (s, v) => s with { LogCleanerDeleteRetentionMs = v }),
        new NumberSetting("log.cleaner.min.compaction.lag.ms", nameof(ReplicationSettings.LogCleanerMinCompactionLagMs),
            Unit.Milliseconds, 0, 36_500 * Day,
            s => s.LogCleanerMinCompactionLagMs, (s, v) => s with { LogCleanerMinCompactionLagMs = v }),
        new NumberSetting("log.cleaner.max.compaction.lag.ms", nameof(ReplicationSettings.LogCleanerMaxCompactionLagMs),
            Unit.Milliseconds, 1, long.MaxValue,
            s => s.LogCleanerMaxCompactionLagMs, (s, v) => s with { LogCleanerMaxCompactionLagMs = v }),
        new NumberSetting("log.stray.retention.ms", nameof(ReplicationSettings.LogStrayRetentionMs), Unit.Milliseconds,
            -1, 36_500 * Day,
            s => s.LogStrayRetentionMs, (s, v) => s with { LogStrayRetentionMs = v }),
        Milliseconds("producer.id.expiration.ms", nameof(ReplicationSettings.ProducerIdExpirationMs), 1, 24 * Day,
            s => s.ProducerIdExpirationMs, (s, v) => s with { ProducerIdExpirationMs = v }),
        Milliseconds("broker.heartbeat.interval.ms", nameof(ReplicationSettings.BrokerHeartbeatIntervalMs), 10, Day,
            s => s.BrokerHeartbeatIntervalMs, (s, v) => s with { BrokerHeartbeatIntervalMs = v }),
        Milliseconds("broker.session.timeout.ms", nameof(ReplicationSettings.BrokerSessionTimeoutMs), 20, Day,
            s => s.BrokerSessionTimeoutMs, (s, v) => s with { BrokerSessionTimeoutMs = v }),
        Number("num.partitions", nameof(ReplicationSettings.NumPartitions), Unit.Count, 1, 100_000,
            s => s.NumPartitions, (s, v) => s with { NumPartitions = v }),
        Number("default.replication.factor", nameof(ReplicationSettings.DefaultReplicationFactor), Unit.Count, 0, 1000,
            s => s.DefaultReplicationFactor, (s, v) => s with { DefaultReplicationFactor = (short)v }),
        Milliseconds("unclean.leader.election.interval.ms", nameof(ReplicationSettings.UncleanLeaderElectionIntervalMs),
            1, 30 * Day - 1,
            s => s.UncleanLeaderElectionIntervalMs, (s, v) => s with { UncleanLeaderElectionIntervalMs = v }),
        Number("leader.imbalance.check.interval.seconds",
            nameof(ReplicationSettings.LeaderImbalanceCheckIntervalSeconds), Unit.Seconds, 1, Day / 1000,
            s => s.LeaderImbalanceCheckIntervalSeconds, (s, v) => s with { LeaderImbalanceCheckIntervalSeconds = v }),
        new SwitchSetting("auto.leader.rebalance.enable", nameof(ReplicationSettings.AutoLeaderRebalanceEnable),
            s => s.AutoLeaderRebalanceEnable, (s, v) => s with { AutoLeaderRebalanceEnable = v }),
        Number("offsets.topic.num.partitions", nameof(ReplicationSettings.OffsetsTopicNumPartitions), Unit.Count, 1, 10_000,
            s => s.OffsetsTopicNumPartitions, (s, v) => s with { OffsetsTopicNumPartitions = v }),
        Number("offsets.retention.minutes", nameof(ReplicationSettings.OffsetsRetentionMinutes), Unit.Minutes,
            1, 36_500 * Day / 60_000,
            s => s.OffsetsRetentionMinutes, (s, v) => s with { OffsetsRetentionMinutes = v }),
        Milliseconds("group.initial.rebalance.delay.ms", nameof(ReplicationSettings.GroupInitialRebalanceDelayMs), 0, Day,
            s => s.GroupInitialRebalanceDelayMs, (s, v) => s with { GroupInitialRebalanceDelayMs = v }),
        Milliseconds("group.min.session.timeout.ms", nameof(ReplicationSettings.GroupMinSessionTimeoutMs), 1, Day,
            s => s.GroupMinSessionTimeoutMs, (s, v) => s with { GroupMinSessionTimeoutMs = v }),
        Milliseconds("group.max.session.timeout.ms", nameof(ReplicationSettings.GroupMaxSessionTimeoutMs), 1, Day,
            s => s.GroupMaxSessionTimeoutMs, (s, v) => s with { GroupMaxSessionTimeoutMs = v }),
        new ChoiceSetting<FlushPolicy>("flush", nameof(ReplicationSettings.Flush),
            s => s.Flush, (s, v) => s with { Flush = v }),
        new NumberSetting("log.dir.min.free.bytes", nameof(ReplicationSettings.LogDirMinFreeBytes), Unit.Bytes,
            0, 1L << 40,
            s => s.LogDirMinFreeBytes, (s, v) => s with { LogDirMinFreeBytes = v }),
        new NumberSetting("queued.max.request.bytes", nameof(ReplicationSettings.QueuedMaxBytes), Unit.Bytes,
            1024 * 1024, 1L << 40,
            s => s.QueuedMaxBytes, (s, v) => s with { QueuedMaxBytes = v }),
    ];

    /// <summary>What must hold between two settings; the first is the one to complain about.</summary>
    public static readonly IReadOnlyList<SettingRule> Rules =
    [
        new("replica.fetch.wait.max.ms", s => s.ReplicaFetchWaitMaxMs <= s.ReplicaLagTimeMaxMs,
            "replica.lag.time.max.ms", "at most", "an idle follower would leave the in-sync set"),
        new("log.cleaner.min.compaction.lag.ms", s => s.LogCleanerMinCompactionLagMs <= s.LogCleanerMaxCompactionLagMs,
            "log.cleaner.max.compaction.lag.ms", "at most", "no topic could be created"),
        new("group.min.session.timeout.ms", s => s.GroupMinSessionTimeoutMs <= s.GroupMaxSessionTimeoutMs,
            "group.max.session.timeout.ms", "at most", "no session would be accepted"),
        new("broker.session.timeout.ms", s => s.BrokerSessionTimeoutMs > s.BrokerHeartbeatIntervalMs,
            "broker.heartbeat.interval.ms", "more than", "a living broker would be fenced between two heartbeats"),
    ];

    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);

    private static NumberSetting Milliseconds(
        string key,
        string property,
        long min,
        long max,
        Func<ReplicationSettings, int> get,
        Func<ReplicationSettings, int, ReplicationSettings> with) =>
        Number(key, property, Unit.Milliseconds, min, Math.Min(max, int.MaxValue - 1), get, with);

    private static NumberSetting Bytes(
        string key,
        string property,
        long min,
        Func<ReplicationSettings, int> get,
        Func<ReplicationSettings, int, ReplicationSettings> with) =>
        Number(key, property, Unit.Bytes, min, 1024 * 1024 * 1024, get, with);

    private static NumberSetting Number(
        string key,
        string property,
        Unit unit,
        long min,
        long max,
        Func<ReplicationSettings, int> get,
        Func<ReplicationSettings, int, ReplicationSettings> with) =>
        new(key, property, unit, min, max, s => get(s), (s, v) => with(s, (int)v));
}

/// <summary>A rule between two settings.</summary>
/// <param name="Key">The setting to complain about.</param>
/// <param name="Other">The setting that bounds it.</param>
internal sealed record SettingRule(
    string Key, Func<ReplicationSettings, bool> Holds, string Other, string Relation, string Why)
{
    public string Accepts(ReplicationSettings settings) =>
        $"{Relation} {Other} ({SettingsTable.Find(Other)!.Show(settings)}): otherwise {Why}";
}
