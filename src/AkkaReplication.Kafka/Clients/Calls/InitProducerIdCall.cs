using AkkaReplication.Clients;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>InitProducerId, for a producer that is idempotent and no more.</summary>
internal sealed class InitProducerIdCall(long id)
    : KafkaCall<Messages.InitProducerIdResponse>(id, ApiKey.InitProducerId)
{
    public override IKafkaRequest ToRequest(short version) => new Messages.InitProducerIdRequest
    {
        TransactionalId = null,
        TransactionTimeoutMs = int.MaxValue,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new InitProducerIdResponse(error, -1, -1);

    protected override ClientResponse FromResponse(Messages.InitProducerIdResponse response, short version) =>
        new InitProducerIdResponse(response.ErrorCode, response.ProducerId, response.ProducerEpoch);
}
