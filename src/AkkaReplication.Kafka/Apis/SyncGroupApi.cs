using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>SyncGroup; answered when the leader's assignment is stored.</summary>
internal sealed class SyncGroupApi() : KafkaApi<Messages.SyncGroupRequest>(ApiKey.SyncGroup, 0, 5)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.SyncGroupRequest request) =>
        scope.CallGroup(
            exchange.Header.ClientId,
            new SyncGroupRequest(
                request.GroupId,
                request.GenerationId,
                request.MemberId,
                request.GroupInstanceId,
                request.ProtocolType,
                request.ProtocolName,
                [.. request.Assignments.Select(a => new MemberAssignment(a.MemberId, a.Assignment))]),
            answer =>
            {
                var synced = (SyncGroupResponse)answer;
                exchange.Answer(new Messages.SyncGroupResponse
                {
                    ErrorCode = synced.Error,
                    ProtocolType = synced.ProtocolType,
                    ProtocolName = synced.ProtocolName,
                    Assignment = synced.Assignment,
                });
            });
}
