using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// These partitions go to others: the caller stops reading them, commits how far it came, and then calls OnRevoked with
/// the round's number; the group waits for that.
/// </summary>
public sealed record PartitionsRevoked(ImmutableArray<TopicPartition> Partitions, long Round) : Effect;

/// <summary>
/// These partitions may be others' already: the caller stops reading them at once; what it commits for them is refused.
/// </summary>
public sealed record PartitionsLost(ImmutableArray<TopicPartition> Partitions) : Effect;

/// <summary>The caller may read these, from the committed offsets on.</summary>
/// <param name="Added">What it did not have before; may be empty.</param>
/// <param name="All">What it has.</param>
public sealed record PartitionsAssigned(
    int Generation, ImmutableArray<TopicPartition> Added, ImmutableArray<TopicPartition> All) : Effect;

/// <summary>Ask the group what it has committed for these partitions, and hand the answer to OnCommittedFound.</summary>
public sealed record CommittedOffsetsWanted(long Token, ImmutableArray<TopicPartition> Partitions) : Effect;

/// <summary>A commit or a question for offsets is over; each partition of the answer has its own error.</summary>
/// <param name="Response">Null where there is none; then the error says why.</param>
/// <param name="Offsets">What a commit was to store.</param>
public sealed record GroupCallCompleted(
    long Token, ErrorCode Error, ClientResponse? Response, ImmutableArray<OffsetToCommit> Offsets) : Effect;

/// <summary>The member cannot be one: it holds nothing and tries nothing any more.</summary>
/// <param name="Message">What is wrong, for a person.</param>
public sealed record MembershipFailed(ErrorCode Error, string Message) : Effect;

/// <summary>The member has left, or is given up.</summary>
public sealed record MembershipEnded : Effect
{
    public static readonly MembershipEnded Instance = new();
}

/// <summary>The caller has not read for max.poll.interval.ms: the member has left, until it reads again.</summary>
public sealed record PollIntervalExceeded(string GroupId, int MaxPollIntervalMs) : ClientObservation;

/// <summary>Offsets were not committed by themselves; they are tried again with the next, unless their partitions are gone.</summary>
public sealed record AutoCommitFailed(string GroupId, ErrorCode Error) : ClientObservation;
