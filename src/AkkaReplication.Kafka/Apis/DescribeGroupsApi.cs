using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>DescribeGroups; each group is asked for itself.</summary>
internal sealed class DescribeGroupsApi() : KafkaApi<Messages.DescribeGroupsRequest>(ApiKey.DescribeGroups, 0, 5)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DescribeGroupsRequest request)
    {
        var groups = new Messages.DescribeGroupsResponse.Group[request.Groups.Length];
        var left = groups.Length;
        if (left == 0)
            exchange.Answer(new Messages.DescribeGroupsResponse());
        for (var i = 0; i < groups.Length; i++)
        {
            var place = i;
            scope.CallGroup(exchange.Header.ClientId, new DescribeGroupRequest(request.Groups[i]), answer =>
            {
                groups[place] = Describe((DescribeGroupResponse)answer);
                if (--left == 0)
                    exchange.Answer(new Messages.DescribeGroupsResponse { Groups = groups });
            });
        }
    }

    private static Messages.DescribeGroupsResponse.Group Describe(DescribeGroupResponse group) => new()
    {
        ErrorCode = group.Error,
        GroupId = group.GroupId,
        GroupState = group.State,
        ProtocolType = group.ProtocolType,
        ProtocolData = group.ProtocolData,
        Members =
        [
            .. group.Members.Select(m => new Messages.DescribeGroupsResponse.Member
            {
                MemberId = m.MemberId,
                GroupInstanceId = m.GroupInstanceId,
                ClientId = m.ClientId,
                ClientHost = m.ClientHost,
                MemberMetadata = m.Metadata,
                MemberAssignment = m.Assignment,
            }),
        ],
    };
}
