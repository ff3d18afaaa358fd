using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>Heartbeat of a member.</summary>
internal sealed class HeartbeatApi() : KafkaApi<Messages.HeartbeatRequest>(ApiKey.Heartbeat, 0, 4)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.HeartbeatRequest request) =>
        scope.CallGroup(
            exchange.Header.ClientId,
            new HeartbeatRequest(request.GroupId, request.GenerationId, request.MemberId, request.GroupInstanceId),
            answer => exchange.Answer(
                new Messages.HeartbeatResponse { ErrorCode = ((HeartbeatResponse)answer).Error }));
}
