using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>InitProducerId for idempotent producers (KIP-98); there are no transactions yet.</summary>
internal sealed class InitProducerIdApi() : KafkaApi<Messages.InitProducerIdRequest>(ApiKey.InitProducerId, 0, 5)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.InitProducerIdRequest request)
    {
        if (request.TransactionalId is not null)
        {
            exchange.Answer(new Messages.InitProducerIdResponse
            {
                ErrorCode = ErrorCode.TransactionalIdAuthorizationFailed,
                ProducerEpoch = -1,
            });
            return;
        }

        scope.Call(new InitProducerIdRequest(), answer =>
        {
            var granted = (InitProducerIdResponse)answer;
            exchange.Answer(new Messages.InitProducerIdResponse
            {
                // To a client the brokers that know no ids yet are coordinators that are not ready: it asks again.
                ErrorCode = granted.Error == ErrorCode.BrokerNotAvailable
                    ? ErrorCode.CoordinatorLoadInProgress
                    : granted.Error,
                ProducerId = granted.ProducerId,
                ProducerEpoch = granted.ProducerEpoch,
            });
        });
    }
}
