using AkkaReplication.Clients;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>Calls of consumer groups, which are not said in Kafka's protocol yet: refused without asking the broker.</summary>
internal static class GroupCalls
{
    public const string WhyRefused = "Consumer groups are not available over this transport yet.";

    private const ErrorCode Error = ErrorCode.UnsupportedVersion;

    /// <summary>The answer to a call of groups; null for all others.</summary>
    public static ClientResponse? Refuse(ClientRequest request) => request switch
    {
        FindCoordinatorRequest find => new FindCoordinatorResponse(find.GroupId, Error, WhyRefused, BrokerId.None),
        JoinGroupRequest join => new JoinGroupResponse(Error, -1, null, null, "", false, join.MemberId, []),
        SyncGroupRequest => new SyncGroupResponse(Error, null, null, default),
        HeartbeatRequest => new HeartbeatResponse(Error),
        LeaveGroupRequest => new LeaveGroupResponse(Error, []),
        OffsetCommitRequest commit =>
            new OffsetCommitResponse([.. commit.Offsets.Select(o => new PartitionError(o.Partition, Error))]),
        OffsetFetchRequest fetch => new OffsetFetchResponse(fetch.GroupId, Error, []),
        ListGroupsRequest => new ListGroupsResponse(Error, []),
        DescribeGroupRequest describe => new DescribeGroupResponse(describe.GroupId, Error, "", "", "", []),
        DeleteGroupRequest delete => new DeleteGroupResponse(delete.GroupId, Error),
        OffsetDeleteRequest => new OffsetDeleteResponse(Error, []),
        _ => null,
    };
}
