using System.Collections.Immutable;
using AkkaReplication.Groups;

namespace AkkaReplication.Clients;

/// <summary>Asks any broker which one coordinates a group (Kafka's FindCoordinator with key type 0).</summary>
public sealed record FindCoordinatorRequest(string GroupId) : ClientRequest;

/// <param name="Coordinator"><see cref="BrokerId.None"/> unless the error is NONE.</param>
public sealed record FindCoordinatorResponse(
    string GroupId, ErrorCode Error, string? Message, BrokerId Coordinator) : ClientResponse;

/// <summary>A request to the coordinator of a group.</summary>
public abstract record GroupRequest : ClientRequest
{
    /// <summary>The group's name (group.id).</summary>
    public abstract string GroupId { get; init; }
}

/// <summary>Enters a group, or stays in it for its next generation (Kafka's JoinGroup).</summary>
/// <param name="MemberId">Empty for a member that has no id yet.</param>
/// <param name="GroupInstanceId">Of a static member (KIP-345), else null.</param>
/// <param name="Protocols">What the member can do, the most wanted first.</param>
/// <param name="RequiresKnownMemberId">
/// The client understands MEMBER_ID_REQUIRED, by which it gets an id before it is admitted (version 4, KIP-394).
/// </param>
/// <param name="SupportsSkippingAssignment">A returning leader can be told to assign nothing (version 9, KIP-814).</param>
/// <param name="Reason">Why the client joins, for the log; null when it does not say.</param>
public sealed record JoinGroupRequest(
    string GroupId,
    int SessionTimeoutMs,
    int RebalanceTimeoutMs,
    string MemberId,
    string? GroupInstanceId,
    string ProtocolType,
    ImmutableArray<GroupProtocol> Protocols,
    bool RequiresKnownMemberId,
    bool SupportsSkippingAssignment,
    string? Reason) : GroupRequest;

/// <summary>A protocol that a member offers, with what its group's leader needs to know of the member.</summary>
/// <param name="Metadata">Opaque to the coordinator, but for consumers' subscribed topics.</param>
public sealed record GroupProtocol(string Name, ReadOnlyMemory<byte> Metadata);

/// <param name="Generation">-1 on error.</param>
/// <param name="ProtocolName">Null on error.</param>
/// <param name="LeaderId">The leader's member id; empty on error.</param>
/// <param name="SkipAssignment">The leader shall sync without assigning anything.</param>
/// <param name="Members">All members, for the leader alone; empty for the others.</param>
public sealed record JoinGroupResponse(
    ErrorCode Error,
    int Generation,
    string? ProtocolType,
    string? ProtocolName,
    string LeaderId,
    bool SkipAssignment,
    string MemberId,
    ImmutableArray<JoinedMember> Members) : ClientResponse;

/// <summary>A member as the leader learns of it.</summary>
/// <param name="Metadata">What it said under the chosen protocol.</param>
public sealed record JoinedMember(string MemberId, string? GroupInstanceId, ReadOnlyMemory<byte> Metadata);

/// <summary>Asks for the member's assignment; the leader's brings all assignments (Kafka's SyncGroup).</summary>
/// <param name="ProtocolType">Null where the client does not say (before version 5).</param>
/// <param name="ProtocolName">Null where the client does not say (before version 5).</param>
public sealed record SyncGroupRequest(
    string GroupId,
    int Generation,
    string MemberId,
    string? GroupInstanceId,
    string? ProtocolType,
    string? ProtocolName,
    ImmutableArray<MemberAssignment> Assignments) : GroupRequest;

/// <summary>What the leader assigns to a member; opaque to the coordinator.</summary>
public sealed record MemberAssignment(string MemberId, ReadOnlyMemory<byte> Assignment);

/// <param name="Assignment">Empty on error, and for a member to which the leader assigned nothing.</param>
public sealed record SyncGroupResponse(
    ErrorCode Error, string? ProtocolType, string? ProtocolName, ReadOnlyMemory<byte> Assignment) : ClientResponse;

/// <summary>Keeps a member's session alive (Kafka's Heartbeat).</summary>
public sealed record HeartbeatRequest(
    string GroupId, int Generation, string MemberId, string? GroupInstanceId) : GroupRequest;

/// <param name="Error">REBALANCE_IN_PROGRESS asks the member to join again.</param>
public sealed record HeartbeatResponse(ErrorCode Error) : ClientResponse;

/// <summary>Removes members (Kafka's LeaveGroup).</summary>
public sealed record LeaveGroupRequest(string GroupId, ImmutableArray<LeavingMember> Members) : GroupRequest;

/// <summary>A member that shall leave.</summary>
/// <param name="MemberId">Empty where a static member is named by its instance id alone.</param>
public sealed record LeavingMember(string MemberId, string? GroupInstanceId, string? Reason = null);

/// <param name="Error">Concerns the group as a whole; then there are no members.</param>
public sealed record LeaveGroupResponse(ErrorCode Error, ImmutableArray<LeftMember> Members) : ClientResponse;

/// <summary>What became of a member that should leave.</summary>
public sealed record LeftMember(string MemberId, string? GroupInstanceId, ErrorCode Error);

/// <summary>Stores offsets for a group (Kafka's OffsetCommit).</summary>
/// <param name="Generation">-1 for whoever is no member: an administrator, or a consumer that assigns itself.</param>
/// <param name="MemberId">Empty for whoever is no member.</param>
public sealed record OffsetCommitRequest(
    string GroupId,
    int Generation,
    string MemberId,
    string? GroupInstanceId,
    ImmutableArray<OffsetToCommit> Offsets) : GroupRequest;

/// <summary>A partition's offset to be stored.</summary>
/// <param name="Offset">Of the next record to be read.</param>
/// <param name="LeaderEpoch">Of the last record read, or <see cref="LeaderEpoch.None"/>.</param>
/// <param name="Metadata">Anything the client wants to find with it; null counts as empty.</param>
public sealed record OffsetToCommit(
    TopicPartition Partition, long Offset, LeaderEpoch LeaderEpoch, string? Metadata = null);

/// <summary>One result per offset, in the order of the request.</summary>
public sealed record OffsetCommitResponse(ImmutableArray<PartitionError> Results) : ClientResponse;

/// <summary>What became of one partition's part of a request.</summary>
public readonly record struct PartitionError(TopicPartition Partition, ErrorCode Error);

/// <summary>Asks for a group's stored offsets (Kafka's OffsetFetch).</summary>
/// <param name="Partitions">Null for all that the group has stored.</param>
public sealed record OffsetFetchRequest(string GroupId, ImmutableArray<TopicPartition>? Partitions) : GroupRequest;

/// <param name="Error">Concerns the group as a whole; then there are no offsets.</param>
/// <param name="Offsets">In the order of the request.</param>
public sealed record OffsetFetchResponse(
    string GroupId, ErrorCode Error, ImmutableArray<FetchedOffset> Offsets) : ClientResponse;

/// <summary>A stored offset.</summary>
/// <param name="Offset">-1 where none is stored.</param>
public readonly record struct FetchedOffset(
    TopicPartition Partition, long Offset, LeaderEpoch LeaderEpoch, string Metadata, ErrorCode Error);

/// <summary>The groups that the broker which is asked coordinates (Kafka's ListGroups).</summary>
/// <param name="States">Kafka's names of the wanted states, in whatever case; none for all.</param>
public sealed record ListGroupsRequest(ImmutableArray<string> States) : ClientRequest;

/// <param name="Error">COORDINATOR_LOAD_IN_PROGRESS where some groups are not known yet; those that are come with it.</param>
public sealed record ListGroupsResponse(ErrorCode Error, ImmutableArray<GroupOverview> Groups) : ClientResponse;

/// <summary>Asks for a group's state and members (Kafka's DescribeGroups, for one group).</summary>
public sealed record DescribeGroupRequest(string GroupId) : GroupRequest;

/// <param name="State">Kafka's name of the state; Dead for a group that does not exist.</param>
/// <param name="ProtocolData">The chosen protocol's name; empty unless the group is stable.</param>
public sealed record DescribeGroupResponse(
    string GroupId,
    ErrorCode Error,
    string State,
    string ProtocolType,
    string ProtocolData,
    ImmutableArray<DescribedMember> Members) : ClientResponse;

/// <summary>A member; metadata and assignment are empty unless the group is stable.</summary>
public sealed record DescribedMember(
    string MemberId,
    string? GroupInstanceId,
    string ClientId,
    string ClientHost,
    ReadOnlyMemory<byte> Metadata,
    ReadOnlyMemory<byte> Assignment);

/// <summary>Deletes a group without members, with its offsets (Kafka's DeleteGroups, for one group).</summary>
public sealed record DeleteGroupRequest(string GroupId) : GroupRequest;

public sealed record DeleteGroupResponse(string GroupId, ErrorCode Error) : ClientResponse;

/// <summary>Deletes stored offsets of topics that the group does not subscribe to (Kafka's OffsetDelete).</summary>
public sealed record OffsetDeleteRequest(string GroupId, ImmutableArray<TopicPartition> Partitions) : GroupRequest;

/// <param name="Error">Concerns the group as a whole; then there are no results.</param>
/// <param name="Results">In the order of the request.</param>
public sealed record OffsetDeleteResponse(ErrorCode Error, ImmutableArray<PartitionError> Results) : ClientResponse;
