using System.Collections.Immutable;
using AkkaReplication.Groups;

namespace AkkaReplication.Clients;

/// <summary>
/// Shares the partitions of the subscribed topics among a group's consumers; runs at the group's leader. The same question
/// always has the same answer.
/// </summary>
public interface IPartitionAssignor
{
    /// <summary>Its name in the group protocol.</summary>
    string Name { get; }

    /// <summary>
    /// Members keep their partitions while they join, and give up only what goes to others (KIP-429). A partition that
    /// another member still holds must not be assigned: it is free in the round after its holder has given it up.
    /// </summary>
    bool IsCooperative { get; }

    /// <param name="partitionCounts">Of every topic that exists.</param>
    /// <returns>Every member's partitions, by member id.</returns>
    IReadOnlyDictionary<string, ImmutableArray<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members);
}

/// <summary>A consumer as its group's leader learns of it.</summary>
public sealed record SubscribedMember(string MemberId, string? GroupInstanceId, ConsumerSubscription Subscription)
{
    /// <summary>
    /// Static members by their instance ids, which outlive their member ids, then the others: a restart changes no order.
    /// </summary>
    public static Comparison<SubscribedMember> ByLastingId { get; } = static (left, right) =>
    {
        var isStatic = (right.GroupInstanceId is not null).CompareTo(left.GroupInstanceId is not null);
        return isStatic != 0
            ? isStatic
            : string.CompareOrdinal(left.GroupInstanceId ?? left.MemberId, right.GroupInstanceId ?? right.MemberId);
    };
}
