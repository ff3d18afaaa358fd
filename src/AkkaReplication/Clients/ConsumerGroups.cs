using AkkaReplication.Groups;

namespace AkkaReplication;

/// <summary>A group in a list of groups.</summary>
/// <param name="ProtocolType">"consumer" for groups of consumers; empty for one that has only offsets.</param>
public sealed record ConsumerGroupListing(string GroupId, string ProtocolType, GroupState State);

/// <summary>A group as its coordinator knows it.</summary>
/// <param name="Error">Why it cannot be described; the rest is empty then.</param>
/// <param name="State">Dead for a group that does not exist.</param>
/// <param name="PartitionAssignor">How partitions are shared; empty unless it is stable.</param>
public sealed record ConsumerGroupDescription(
    string GroupId,
    ErrorCode Error,
    GroupState State,
    string PartitionAssignor,
    IReadOnlyList<MemberDescription> Members);

/// <summary>A member of a group.</summary>
/// <param name="GroupInstanceId">Of a static member, else null.</param>
/// <param name="Host">Its address, or "in-process".</param>
/// <param name="Assignment">Empty unless the group is stable.</param>
public sealed record MemberDescription(
    string MemberId,
    string? GroupInstanceId,
    string ClientId,
    string Host,
    IReadOnlyList<TopicPartition> Assignment);

/// <summary>What became of a group's deletion.</summary>
public sealed record DeletedGroup(string GroupId, ErrorCode Error, string? Message);

/// <summary>Some groups were not deleted.</summary>
public sealed class GroupsException : PartialFailureException
{
    public GroupsException(IReadOnlyList<DeletedGroup> results)
        : base(FailuresIn(results)) => Results = results;

    /// <summary>What became of each group.</summary>
    public IReadOnlyList<DeletedGroup> Results { get; }

    private static (string, ErrorCode, string?)[] FailuresIn(IReadOnlyList<DeletedGroup> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return [.. results.Where(r => r.Error != ErrorCode.None).Select(r => (r.GroupId, r.Error, r.Message))];
    }
}
