using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>LeaveGroup: one member before version 3, any number since.</summary>
internal sealed class LeaveGroupApi() : KafkaApi<Messages.LeaveGroupRequest>(ApiKey.LeaveGroup, 0, 5)
{
    private const short FirstWithMembers = 3;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.LeaveGroupRequest request)
    {
        var isOne = exchange.Version < FirstWithMembers;
        scope.CallGroup(
            exchange.Header.ClientId,
            new LeaveGroupRequest(
                request.GroupId,
                isOne
                    ? [new LeavingMember(request.MemberId, GroupInstanceId: null)]
                    : [.. request.Members.Select(m => new LeavingMember(m.MemberId, m.GroupInstanceId, m.Reason))]),
            answer =>
            {
                var left = (LeaveGroupResponse)answer;
                exchange.Answer(isOne
                    ? new Messages.LeaveGroupResponse
                    {
                        ErrorCode = left.Error == ErrorCode.None ? left.Members[0].Error : left.Error,
                    }
                    : new Messages.LeaveGroupResponse
                    {
                        ErrorCode = left.Error,
                        Members =
                        [
                            .. left.Members.Select(m => new Messages.LeaveGroupResponse.Member
                            {
                                MemberId = m.MemberId,
                                GroupInstanceId = m.GroupInstanceId,
                                ErrorCode = m.Error,
                            }),
                        ],
                    });
            });
    }
}
