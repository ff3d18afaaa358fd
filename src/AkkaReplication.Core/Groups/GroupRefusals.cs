using AkkaReplication.Clients;

namespace AkkaReplication.Groups;

/// <summary>Answers that say only an error, in the form of each request.</summary>
public static class GroupRefusals
{
    /// <summary>The request's answer when nothing but that error can be said.</summary>
    /// <exception cref="ArgumentException">It is no request to a group.</exception>
    public static ClientResponse Refuse(ClientRequest request, ErrorCode error) => request switch
    {
        JoinGroupRequest join => Refuse(join, error, join.MemberId),
        SyncGroupRequest => Sync(error),
        HeartbeatRequest => new HeartbeatResponse(error),
        LeaveGroupRequest => new LeaveGroupResponse(error, []),
        OffsetCommitRequest commit => new OffsetCommitResponse(
            [.. commit.Offsets.Select(o => new PartitionError(o.Partition, error))]),
        OffsetFetchRequest fetch => new OffsetFetchResponse(fetch.GroupId, error, []),
        DescribeGroupRequest describe => new DescribeGroupResponse(describe.GroupId, error, "", "", "", []),
        DeleteGroupRequest delete => new DeleteGroupResponse(delete.GroupId, error),
        OffsetDeleteRequest => new OffsetDeleteResponse(error, []),
        _ => throw new ArgumentException($"{request} is no request to a group.", nameof(request)),
    };

    /// <summary>
    /// The request's answer while the group is being read from the log: members must not lose patience with it.
    /// </summary>
    public static ClientResponse RefuseWhileLoading(ClientRequest request) => request switch
    {
        HeartbeatRequest => new HeartbeatResponse(ErrorCode.None),
        SyncGroupRequest => Sync(ErrorCode.RebalanceInProgress),
        _ => Refuse(request, ErrorCode.CoordinatorLoadInProgress),
    };

    /// <summary>The group that a request is for.</summary>
    /// <exception cref="ArgumentException">It is no request to a group.</exception>
    public static string GroupOf(ClientRequest request) => request is GroupRequest { GroupId: var group }
        ? group
        : throw new ArgumentException($"{request} is no request to a group.", nameof(request));

    internal static JoinGroupResponse Refuse(JoinGroupRequest request, ErrorCode error, string memberId) =>
        Join(error, memberId);

    internal static JoinGroupResponse Join(ErrorCode error, string memberId) =>
        new(error, -1, null, null, "", SkipAssignment: false, memberId, []);

    internal static SyncGroupResponse Sync(ErrorCode error) => new(error, null, null, default);
}
