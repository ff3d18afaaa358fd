using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>A batch that is on its way into the log, and what shall happen once it is there.</summary>
internal abstract record PendingWrite;

/// <summary>A generation whose members are known; they hear of it once it is stored.</summary>
internal sealed record GenerationWrite(int Generation, string Protocol, string LeaderId) : PendingWrite;

/// <summary>The assignment of a generation.</summary>
internal sealed record AssignmentWrite(
    int Generation, Dictionary<string, ReadOnlyMemory<byte>> Assignments, long WallClockMs) : PendingWrite;

/// <summary>The group has no members; nobody waits for that.</summary>
internal sealed record EmptyWrite : PendingWrite;

/// <summary>A static member has come back under a new id and keeps its assignment (KIP-345).</summary>
/// <param name="LeaderBefore">Who the leader was before the ids were exchanged.</param>
internal sealed record ReplacementWrite(
    RequestToken Token, string MemberId, int Generation, string LeaderBefore, bool CanSkip) : PendingWrite;

/// <summary>Offsets.</summary>
/// <param name="Results">Of all offsets of the request; those that are on their way have no error.</param>
internal sealed record CommitWrite(
    RequestToken Token,
    ImmutableArray<OffsetRecord> Records,
    ImmutableArray<PartitionError> Results) : PendingWrite;

/// <summary>A part of a deletion.</summary>
internal sealed record TombstoneWrite(Tombstones Tombstones, ImmutableArray<TopicPartition> Partitions, bool Group)
    : PendingWrite;

/// <summary>Offsets, or a whole group, that are being deleted, in as many batches as it takes.</summary>
internal sealed class Tombstones(TombstoneReason reason, RequestToken? token)
{
    public TombstoneReason Reason { get; } = reason;

    public RequestToken? Token { get; } = token;

    /// <summary>For the request's offsets; empty where a whole group or no request is behind it.</summary>
    public ImmutableArray<PartitionError> Results { get; init; } = [];

    public int Batches { get; set; }

    public ErrorCode Error { get; set; }
}

/// <summary>Why something is deleted.</summary>
internal enum TombstoneReason : byte
{
    /// <summary>Its time is over, or its topic is gone.</summary>
    Expiry,

    /// <summary>A request deletes the group.</summary>
    DeleteGroup,

    /// <summary>A request deletes offsets.</summary>
    DeleteOffsets,
}
