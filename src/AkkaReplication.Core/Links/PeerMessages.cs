using System.Collections.Immutable;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

/// <summary>
/// A follower broker's request to a leader broker, for any number of partitions. Requests of one session are numbered;
/// a partition that is not named keeps the position stated last (KIP-227).
/// </summary>
/// <param name="SessionId">Drawn anew whenever all positions are restated: then <paramref name="Number"/> is 0.</param>
/// <param name="Number">
/// 0, 1, 2, ... without gaps within a session; a gap tells the leader that a request was lost.
/// </param>
/// <param name="Positions">New or changed positions.</param>
/// <param name="Forgotten">Partitions no longer followed here.</param>
public sealed record PeerFetch(
    string ClusterId,
    BrokerId From,
    BrokerEpoch FromEpoch,
    long SessionId,
    long Number,
    int MaxWaitMs,
    int MaxBytes,
    ImmutableArray<FollowerFetch> Positions,
    ImmutableArray<TopicIdPartition> Forgotten)
{
    /// <summary>
    /// The greatest number of this session that the follower has had an answer to, -1 for none. A leader that wakes from a pause
    /// finds requests that are older than the pause; by this it knows since when the follower has not heard it (E3).
    /// </summary>
    public long Acknowledged { get; init; } = -1;
}

/// <summary>The answer to one <see cref="PeerFetch"/>; partitions without news are not in it.</summary>
/// <param name="Error">
/// FETCH_SESSION_ID_NOT_FOUND or INVALID_FETCH_SESSION_EPOCH: the follower restates everything.
/// </param>
public sealed record PeerFetchAnswer(
    BrokerId From,
    BrokerEpoch FromEpoch,
    long SessionId,
    long Number,
    ErrorCode Error,
    ImmutableArray<FetchedPartition> Partitions);
