using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>DescribeCluster (KIP-700): the brokers that serve.</summary>
internal sealed class DescribeClusterApi() : KafkaApi<Messages.DescribeClusterRequest>(ApiKey.DescribeCluster, 0, 1)
{
    private const sbyte Brokers = 1;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DescribeClusterRequest request)
    {
        if (request.EndpointType != Brokers)
        {
            exchange.Answer(new Messages.DescribeClusterResponse
            {
                ErrorCode = ErrorCode.MismatchedEndpointType,
                ErrorMessage = $"Endpoint type {request.EndpointType} is not listened for here; {Brokers} (brokers) is.",
            });
            return;
        }

        exchange.Answer(new Messages.DescribeClusterResponse
        {
            ErrorMessage = null,
            ClusterId = scope.ClusterId,
            ControllerId = BrokerEndpoints.Controller(scope),
            Brokers =
            [
                .. BrokerEndpoints.Of(scope).Select(b => new Messages.DescribeClusterResponse.Broker
                {
                    BrokerId = b.Broker.Id.Value,
                    Host = b.Endpoint.Host,
                    Port = b.Endpoint.Port,
                    Rack = b.Broker.Rack,
                }),
            ],
        });
    }
}
