using System.Collections.Immutable;
using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>What a consumer is told; names and defaults are Kafka's. Times in ms, sizes in bytes.</summary>
public sealed class ConsumerOptions : ClientOptions
{
    /// <summary>
    /// group.id: the group whose offsets are this consumer's, and whose member it is once it subscribes. Null for none.
    /// A client that reaches its brokers over sockets has no groups yet, and refuses it with a NotSupportedException.
    /// </summary>
    public string? GroupId { get; set; }

    /// <summary>
    /// group.instance.id: makes it a static member (KIP-345), whose partitions wait for it through a restart that takes less
    /// than session.timeout.ms. Of two with the same one the earlier is fenced. Null for a dynamic one. Needs group.id.
    /// </summary>
    public string? GroupInstanceId { get; set; }

    /// <summary>
    /// session.timeout.ms: a member that is not heard of for that long is out. 2 or more; brokers accept
    /// group.min.session.timeout.ms (6 s) to group.max.session.timeout.ms.
    /// </summary>
    public int SessionTimeoutMs { get; set; } = 45_000;

    /// <summary>heartbeat.interval.ms: how often a member is heard of. 1 or more, less than the session.</summary>
    public int HeartbeatIntervalMs { get; set; } = 3_000;

    /// <summary>
    /// max.poll.interval.ms: a member that reads nothing for that long leaves, and a rebalance waits that long for its
    /// handlers. Who waits in a read reads. 1 or more.
    /// </summary>
    public int MaxPollIntervalMs { get; set; } = 300_000;

    /// <summary>
    /// enable.auto.commit: stored offsets are committed within auto.commit.interval.ms, and before partitions go. Without
    /// group.id it has no effect.
    /// </summary>
    public bool EnableAutoCommit { get; set; } = true;

    /// <summary>auto.commit.interval.ms: how long a stored offset waits for its commit. 1 or more.</summary>
    public int AutoCommitIntervalMs { get; set; } = 5_000;

    /// <summary>
    /// enable.auto.offset.store: a record's offset is stored when the read after it begins, as its reader is done with it
    /// then, or by CommitAsync. Otherwise StoreOffset says so.
    /// </summary>
    public bool EnableAutoOffsetStore { get; set; } = true;

    /// <summary>
    /// partition.assignment.strategy: what the member can do, the most wanted first; the group takes one that all can do.
    /// Kafka's default: range, or cooperative-sticky once all members have it.
    /// </summary>
    public IReadOnlyList<IPartitionAssignor> PartitionAssignmentStrategy { get; set; } =
        [PartitionAssignors.Range, PartitionAssignors.CooperativeSticky];

    /// <summary>auto.offset.reset: where to go on when a position is not, or no longer, in the log.</summary>
    public AutoOffsetReset AutoOffsetReset { get; set; } = AutoOffsetReset.Latest;

    /// <summary>isolation.level.</summary>
    public IsolationLevel IsolationLevel { get; set; } = IsolationLevel.ReadUncommitted;

    /// <summary>fetch.min.bytes: a broker answers when it has that much. 0 or more.</summary>
    public int FetchMinBytes { get; set; } = 1;

    /// <summary>
    /// fetch.max.bytes: what all answers on their way may bring and what is fetched ahead, together. 1 or more. A
    /// larger batch comes whole.
    /// </summary>
    public int FetchMaxBytes { get; set; } = 52_428_800;

    /// <summary>
    /// max.partition.fetch.bytes: of one partition in one answer, and of what is fetched ahead of it. 1 or more.
    /// </summary>
    public int MaxPartitionFetchBytes { get; set; } = 1_048_576;

    /// <summary>fetch.max.wait.ms: how long a broker waits for fetch.min.bytes. 0 or more.</summary>
    public int FetchMaxWaitMs { get; set; } = 500;

    /// <summary>check.crcs: whether the checksum of every batch is verified.</summary>
    public bool CheckCrcs { get; set; } = true;

    /// <summary>
    /// default.api.timeout.ms: how long questions about offsets may take with all their repetitions. 1 or more.
    /// </summary>
    public int DefaultApiTimeoutMs { get; set; } = 60_000;

    /// <inheritdoc/>
    public override void Set(string key, string value)
    {
        switch (key)
        {
            case "auto.offset.reset":
                AutoOffsetReset = value switch
                {
                    "earliest" => AutoOffsetReset.Earliest,
                    "latest" => AutoOffsetReset.Latest,
                    "none" => AutoOffsetReset.None,
                    _ => throw Invalid(key, value, "earliest, latest and none are accepted"),
                };
                break;
            case "isolation.level":
                IsolationLevel = value switch
                {
                    "read_uncommitted" => IsolationLevel.ReadUncommitted,
                    "read_committed" => IsolationLevel.ReadCommitted,
                    _ => throw Invalid(key, value, "read_uncommitted and read_committed are accepted"),
                };
                break;
            case "group.id":
                GroupId = value;
                break;
            case "group.instance.id":
                GroupInstanceId = value;
                break;
            case "session.timeout.ms":
                SessionTimeoutMs = Int32(key, value);
                break;
            case "heartbeat.interval.ms":
                HeartbeatIntervalMs = Int32(key, value);
                break;
            case "max.poll.interval.ms":
                MaxPollIntervalMs = Int32(key, value);
                break;
            case "enable.auto.commit":
                EnableAutoCommit = Boolean(key, value);
                break;
            case "auto.commit.interval.ms":
                AutoCommitIntervalMs = Int32(key, value);
                break;
            case "enable.auto.offset.store":
                EnableAutoOffsetStore = Boolean(key, value);
                break;
            case "partition.assignment.strategy":
                PartitionAssignmentStrategy = Assignors(key, value);
                break;
            case "fetch.min.bytes":
                FetchMinBytes = Int32(key, value);
                break;
            case "fetch.max.bytes":
                FetchMaxBytes = Int32(key, value);
                break;
            case "max.partition.fetch.bytes":
                MaxPartitionFetchBytes = Int32(key, value);
                break;
            case "fetch.max.wait.ms":
                FetchMaxWaitMs = Int32(key, value);
                break;
            case "check.crcs":
                CheckCrcs = Boolean(key, value);
                break;
            case "default.api.timeout.ms":
                DefaultApiTimeoutMs = Int32(key, value);
                break;
            default:
                base.Set(key, value);
                break;
        }
    }

    internal ConsumerSettings ToSettings(ImmutableArray<BrokerId> bootstrap)
    {
        CheckCommon();
        if (!Enum.IsDefined(AutoOffsetReset))
            throw Invalid("auto.offset.reset", AutoOffsetReset.ToString(), "earliest, latest and none are accepted");
        if (!Enum.IsDefined(IsolationLevel))
            throw Invalid(
                "isolation.level", IsolationLevel.ToString(), "read_uncommitted and read_committed are accepted");

        Range("fetch.min.bytes", FetchMinBytes, 0, int.MaxValue);
        Range("fetch.max.bytes", FetchMaxBytes, 1, int.MaxValue);
        Range("max.partition.fetch.bytes", MaxPartitionFetchBytes, 1, int.MaxValue);
        Range("fetch.max.wait.ms", FetchMaxWaitMs, 0, int.MaxValue);
        Range("default.api.timeout.ms", DefaultApiTimeoutMs, 1, int.MaxValue);
        return With(
            new ConsumerSettings
            {
                AutoOffsetReset = AutoOffsetReset,
                StartsAtCommitted = GroupId is not null,
                IsolationLevel = IsolationLevel,
                FetchMinBytes = FetchMinBytes,
                FetchMaxBytes = FetchMaxBytes,
                MaxPartitionFetchBytes = MaxPartitionFetchBytes,
                FetchMaxWaitMs = FetchMaxWaitMs,
            },
            bootstrap);
    }

    /// <summary>Null for a consumer without a group.</summary>
    internal GroupMembershipSettings? ToGroupSettings(ImmutableArray<BrokerId> bootstrap)
    {
        if (GroupInstanceId is { Length: 0 })
            throw Invalid("group.instance.id", "", "a name is accepted, or null for a dynamic member");
        if (GroupId is null)
        {
            return GroupInstanceId is null
                ? null
                : throw Invalid("group.instance.id", GroupInstanceId, "it needs a group.id");
        }

        CheckGroup();
        return With(
            new GroupMembershipSettings
            {
                GroupId = GroupId,
                GroupInstanceId = GroupInstanceId,
                SessionTimeoutMs = SessionTimeoutMs,
                HeartbeatIntervalMs = HeartbeatIntervalMs,
                MaxPollIntervalMs = MaxPollIntervalMs,
                DefaultApiTimeoutMs = DefaultApiTimeoutMs,
                EnableAutoCommit = EnableAutoCommit,
                AutoCommitIntervalMs = AutoCommitIntervalMs,
                Assignors = [.. PartitionAssignmentStrategy],
            },
            bootstrap);
    }

    private void CheckGroup()
    {
        if (GroupId is { Length: 0 })
            throw Invalid("group.id", "", "a name is accepted, or null for none");
        Range("session.timeout.ms", SessionTimeoutMs, 2, int.MaxValue);
        Range("heartbeat.interval.ms", HeartbeatIntervalMs, 1, SessionTimeoutMs - 1);
        Range("max.poll.interval.ms", MaxPollIntervalMs, 1, int.MaxValue - RequestTimeoutMs);
        Range("auto.commit.interval.ms", AutoCommitIntervalMs, 1, int.MaxValue);
        if (PartitionAssignmentStrategy is null or { Count: 0 }
            || PartitionAssignmentStrategy.Select(a => a?.Name).Distinct().Count() < PartitionAssignmentStrategy.Count
            || PartitionAssignmentStrategy.Contains(null!))
        {
            var names = PartitionAssignmentStrategy?.Select(a => a?.Name ?? "null") ?? [];
            throw Invalid(
                "partition.assignment.strategy", string.Join(",", names), "at least one assignor is accepted, and none twice");
        }
    }

    private static IPartitionAssignor[] Assignors(string key, string value) =>
    [
        .. value.Split(',', StringSplitOptions.TrimEntries).Select(name => PartitionAssignors.Named(name)
            ?? throw Invalid(key, value, "range and cooperative-sticky are accepted, with a comma between them")),
    ];
}
