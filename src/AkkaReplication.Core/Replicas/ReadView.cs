using AkkaReplication.Logs;

namespace AkkaReplication.Replicas;

/// <summary>What a replica is at the moment.</summary>
public enum ReplicaRole : byte
{
    /// <summary>Knows of no leadership yet, or the partition has no leader.</summary>
    Idle,
    Follower,
    Leader,

    /// <summary>Its disk or its actor failed; serves nothing before a higher leader epoch (F1).</summary>
    Offline,

    /// <summary>Not said: Kafka's protocol does not tell what a replica is. No replica of ours is.</summary>
    Unknown,
}

/// <summary>
/// A replica's state after one of its turns, immutable: whoever serves a read decides from it and reads through
/// <see cref="Log"/>, without entering the replica's turn.
/// </summary>
/// <param name="HighWatermark">Exclusive end of what is committed; consumers read below it.</param>
/// <param name="LastStableOffset">
/// Exclusive end for read_committed; equals the high watermark while there are no transactions.
/// </param>
/// <param name="LeaderEpochStartOffset">The log's end when this leader took over; -1 when not leading.</param>
/// <param name="LeaseEndMs">
/// Monotonic time up to which the leader may serve (E1); <see cref="long.MaxValue"/> when it needs no lease (E3).
/// </param>
public sealed record ReadView(
    TopicIdPartition Partition,
    ReplicaRole Role,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    long LogStartOffset,
    long HighWatermark,
    long LastStableOffset,
    long LogEndOffset,
    long LeaderEpochStartOffset,
    long LeaseEndMs,
    ILogView Log)
{
    /// <summary>
    /// The latest epoch that the log knows: with <see cref="LogEndOffset"/> it tells which of several logs has the most (F3).
    /// </summary>
    public LeaderEpoch LastEpoch { get; init; } = LeaderEpoch.None;

    /// <summary>Where each leader epoch of the log began: tells a reader that it has read another log (KIP-320).</summary>
    public EpochHistory Epochs { get; init; } = EpochHistory.Empty;

    /// <summary>
    /// The checks that precede every read (replication rules, 2): offline, then the leader epoch that the reader
    /// believes in, then the role.
    /// </summary>
    /// <param name="asked">The reader's leader epoch; <see cref="LeaderEpoch.None"/> when it names none.</param>
    public ErrorCode Judge(LeaderEpoch asked)
    {
        if (Role == ReplicaRole.Offline)
            return ErrorCode.KafkaStorageError;
        if (asked != LeaderEpoch.None && asked < LeaderEpoch)
            return ErrorCode.FencedLeaderEpoch;
        if (asked > LeaderEpoch)
            return ErrorCode.UnknownLeaderEpoch;
        return Role == ReplicaRole.Leader ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }
}
