using System.Collections.Immutable;

namespace AkkaReplication.Groups;

/// <summary>A record of __consumer_offsets. The last one of a key counts; without a value it deletes.</summary>
public abstract record GroupRecord(string GroupId);

/// <summary>A group's offset in a partition.</summary>
/// <param name="Value">Null deletes it.</param>
public sealed record OffsetRecord(string GroupId, TopicPartition Partition, CommittedOffset? Value)
    : GroupRecord(GroupId);

/// <summary>A group's generation and members.</summary>
/// <param name="Value">Null deletes the group; its offsets have tombstones of their own.</param>
public sealed record GroupMetadataRecord(string GroupId, GroupMetadata? Value) : GroupRecord(GroupId);

/// <summary>What a group has stored for a partition.</summary>
/// <param name="Offset">Of the next record to be read.</param>
/// <param name="LeaderEpoch">Of the last record read, or <see cref="LeaderEpoch.None"/>.</param>
/// <param name="CommitTimestampMs">Ms since the Unix epoch.</param>
/// <param name="ExpireTimestampMs">Ms since the Unix epoch; -1 where offsets.retention.minutes decides.</param>
public sealed record CommittedOffset(
    long Offset, LeaderEpoch LeaderEpoch, string Metadata, long CommitTimestampMs, long ExpireTimestampMs = -1);

/// <summary>A generation of a group, as it is stored.</summary>
/// <param name="Protocol">Null for a generation without members.</param>
/// <param name="LeaderId">Null for a generation without members.</param>
/// <param name="StateTimestampMs">
/// When the group became stable or empty, in ms since the Unix epoch. -1 for a generation whose members are known but
/// whose assignment is not: it is stored before anybody hears of it, so that no generation number is ever used twice.
/// </param>
public sealed record GroupMetadata(
    string ProtocolType,
    int Generation,
    string? Protocol,
    string? LeaderId,
    long StateTimestampMs,
    ImmutableArray<StoredMember> Members);

/// <summary>A member, as it is stored.</summary>
/// <param name="Subscription">What it said under the chosen protocol.</param>
public sealed record StoredMember(
    string MemberId,
    string? GroupInstanceId,
    string ClientId,
    string ClientHost,
    int RebalanceTimeoutMs,
    int SessionTimeoutMs,
    ReadOnlyMemory<byte> Subscription,
    ReadOnlyMemory<byte> Assignment);
