using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// These partitions go to others: the caller stops reading them, commits how far it came, and then calls OnRevoked; the
/// group waits for that.
/// </summary>
public sealed record PartitionsRevoked(ImmutableArray<TopicPartition> Partitions) : Effect;

/// <summary>
/// These partitions may be others' already: the caller stops reading them at once; what it commits for them is refused.
/// </summary>
public sealed record PartitionsLost(ImmutableArray<TopicPartition> Partitions) : Effect;

/// <summary>The caller may read these, from the committed offsets on.</summary>
/// <param name="Added">What it did not have before; may be empty.</param>
/// <param name="All">What it has.</param>
public sealed record PartitionsAssigned(
    int Generation, ImmutableArray<TopicPartition> Added, ImmutableArray<TopicPartition> All) : Effect;

/// <summary>A commit or a question for offsets is over; each partition of the answer has its own error.</summary>
/// <param name="Response">Null where there is none; then the error says why.</param>
public sealed record GroupCallCompleted(long Token, ErrorCode Error, ClientResponse? Response) : Effect;

/// <summary>The member cannot be one: it holds nothing and tries nothing any more.</summary>
/// <param name="Message">What is wrong, for a person.</param>
public sealed record MembershipFailed(ErrorCode Error, string Message) : Effect;

/// <summary>The member has left, or is given up.</summary>
public sealed record MembershipEnded : Effect
{
    public static readonly MembershipEnded Instance = new();
}
