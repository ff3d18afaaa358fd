using AkkaReplication.Logs;

namespace AkkaReplication.Replicas;

/// <summary>Names a request between a machine and its shell; the shell alone knows who waits behind it.</summary>
public readonly record struct RequestToken(long Value);

/// <summary>A client's batch for this partition.</summary>
/// <param name="Acks">0, 1 or -1 (all); anything else is INVALID_REQUIRED_ACKS.</param>
/// <param name="Batch">One RecordBatch v2 with base offset 0; never written to by us.</param>
/// <param name="ExpectedLeaderEpoch">The leader epoch the client knows, or <see cref="LeaderEpoch.None"/>.</param>
/// <param name="DeadlineMs">Monotonic time at which an undecided produce is answered REQUEST_TIMED_OUT.</param>
public readonly record struct ProduceInput(
    RequestToken Token,
    short Acks,
    ReadOnlyMemory<byte> Batch,
    LeaderEpoch ExpectedLeaderEpoch,
    long DeadlineMs);

/// <summary>Everything below an offset is to be deleted (KIP-107).</summary>
/// <param name="Offset">The first offset to be kept; -1 for the high watermark.</param>
/// <param name="ExpectedLeaderEpoch">The leader epoch the client knows, or <see cref="LeaderEpoch.None"/>.</param>
/// <param name="DeadlineMs">Monotonic time at which it is answered REQUEST_TIMED_OUT if replicas have not followed.</param>
public readonly record struct DeleteRecordsInput(
    RequestToken Token, long Offset, LeaderEpoch ExpectedLeaderEpoch, long DeadlineMs)
{
    /// <summary>Kafka's value for the high watermark.</summary>
    public const long HighWatermark = -1;
}

/// <summary>
/// A follower's position as its link reports it to the leader (Fetch with replica id, KIP-227 style).
/// </summary>
/// <param name="FollowerEpoch">
/// The follower broker's life; <see cref="BrokerEpoch.Unknown"/> is refused among our brokers (S1).
/// </param>
/// <param name="CurrentLeaderEpoch">The leader epoch that the follower believes in.</param>
/// <param name="LastFetchedEpoch">
/// Epoch of the follower's last batch, or <see cref="LeaderEpoch.None"/> for an empty log.
/// </param>
public readonly record struct FollowerFetch(
    TopicIdPartition Partition,
    BrokerId Follower,
    BrokerEpoch FollowerEpoch,
    LeaderEpoch CurrentLeaderEpoch,
    long FetchOffset,
    LeaderEpoch LastFetchedEpoch,
    long LogStartOffset);

/// <summary>One partition's part of a leader's answer, as it reaches the follower's replica.</summary>
/// <param name="CurrentLeaderEpoch">
/// Echo of the request's; with <paramref name="FetchOffset"/> and <paramref name="LastFetchedEpoch"/> it tells a stale
/// answer: these three never recur in one life of a follower once it has moved on.
/// </param>
/// <param name="FetchOffset">Echo of the request's.</param>
/// <param name="LastFetchedEpoch">Echo of the request's: an old divergence must not cut what was fetched since.</param>
/// <param name="Diverging">Set when the follower must truncate first; then there are no records.</param>
/// <param name="Records">Whole batches as the leader stamped them; may be empty.</param>
/// <param name="HighWatermark">The leader's; -1 when unknown.</param>
/// <param name="LeaderLogStartOffset">The leader's log start; -1 when unknown.</param>
/// <param name="LeaderLogEndOffset">The leader's log end, for OFFSET_OUT_OF_RANGE and lag; -1 when unknown.</param>
public sealed record FetchedPartition(
    TopicIdPartition Partition,
    LeaderEpoch CurrentLeaderEpoch,
    long FetchOffset,
    LeaderEpoch LastFetchedEpoch,
    ErrorCode Error,
    EpochEnd? Diverging,
    long HighWatermark,
    long LeaderLogStartOffset,
    long LeaderLogEndOffset,
    ReadOnlyMemory<byte> Records)
{
    /// <summary>
    /// With OFFSET_OUT_OF_RANGE: the idempotent producers as of <see cref="LeaderLogStartOffset"/>, as
    /// <see cref="ProducerStates.EncodeBefore"/> writes them. A follower that begins there and is elected later must recognise
    /// batches which neither log has any more, when a producer sends them again.
    /// </summary>
    public ReadOnlyMemory<byte> Producers { get; init; }

    /// <summary>The answer to a follower's position.</summary>
    /// <param name="view">The leader's state that the answer was made on, where there is one.</param>
    public static FetchedPartition To(
        in FollowerFetch request, ErrorCode error, EpochEnd? diverging, ReadView? view, ReadOnlyMemory<byte> records) =>
        new(
            request.Partition,
            request.CurrentLeaderEpoch,
            request.FetchOffset,
            request.LastFetchedEpoch,
            error,
            diverging,
            view?.HighWatermark ?? -1,
            view?.LogStartOffset ?? -1,
            view?.LogEndOffset ?? -1,
            records);

    /// <summary>Whether this is about that very position.</summary>
    public bool IsAnswerTo(in FollowerFetch request) => Partition == request.Partition
        && CurrentLeaderEpoch == request.CurrentLeaderEpoch
        && FetchOffset == request.FetchOffset
        && LastFetchedEpoch == request.LastFetchedEpoch;

    /// <summary>
    /// Whether the follower must state a position before it can get more: anything but a mere high watermark.
    /// </summary>
    public bool EndsPosition => Error != ErrorCode.None
        || Diverging is not null
        || !Records.IsEmpty
        || LeaderLogEndOffset > FetchOffset;
}
