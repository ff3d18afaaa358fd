using System.Collections.Immutable;
using AkkaReplication.Clients;

namespace AkkaReplication.Groups;

/// <summary>What the group looks like from outside.</summary>
public sealed partial class GroupCoordinator
{
    /// <summary>The group's line in a list of groups.</summary>
    public GroupOverview Overview => new(GroupId, ProtocolType, State);

    private DescribeGroupResponse Describe()
    {
        var isStable = State == GroupState.Stable;
        ImmutableArray<DescribedMember> members =
        [
            .. _members.Values.Select(m => new DescribedMember(
                m.MemberId,
                m.InstanceId,
                m.ClientId,
                m.ClientHost,
                isStable ? m.MetadataOf(_protocol) : default,
                isStable ? m.Assignment : default)),
        ];
        return new DescribeGroupResponse(
            GroupId, ErrorCode.None, State.ToString(), ProtocolType, isStable ? _protocol! : "", members);
    }
}
