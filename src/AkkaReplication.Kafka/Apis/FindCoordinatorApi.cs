using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>FindCoordinator: of one group before version 4, of any number since, each of which is asked for itself.</summary>
internal sealed class FindCoordinatorApi() : KafkaApi<Messages.FindCoordinatorRequest>(ApiKey.FindCoordinator, 0, 4)
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const short FirstWithManyKeys = 4;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.FindCoordinatorRequest request)
    {
        if (exchange.Version < FirstWithManyKeys)
        {
            Find(scope, request.KeyType, request.Key, found => exchange.Answer(new Messages.FindCoordinatorResponse
            {
                ErrorCode = found.ErrorCode,
                ErrorMessage = found.ErrorMessage,
                NodeId = found.NodeId,
                Host = found.Host,
                Port = found.Port,
            }));
            return;
        }

        var coordinators = new Messages.FindCoordinatorResponse.Coordinator[request.CoordinatorKeys.Length];
        var left = coordinators.Length;
        if (left == 0)
            exchange.Answer(new Messages.FindCoordinatorResponse());
        for (var i = 0; i < coordinators.Length; i++)
        {
            var place = i;
            Find(scope, request.KeyType, request.CoordinatorKeys[i], found =>
            {
                coordinators[place] = found;
                if (--left == 0)
                    exchange.Answer(new Messages.FindCoordinatorResponse { Coordinators = coordinators });
            });
        }
    }

    private static void Find(
        IConnectionScope scope, sbyte keyType, string key, Action<Messages.FindCoordinatorResponse.Coordinator> then)
    {
        switch (keyType)
        {
            case Group:
                scope.Call(
                    new FindCoordinatorRequest(key), answer => then(Describe(scope, (FindCoordinatorResponse)answer)));
                break;
            case Transaction:
                then(NotFound(
                    key, ErrorCode.TransactionalIdAuthorizationFailed, "There are no transactions here."));
                break;
            default:
                then(NotFound(
                    key, ErrorCode.InvalidRequest, $"Key type {keyType}; {Group} (groups) is accepted."));
                break;
        }
    }

    private static Messages.FindCoordinatorResponse.Coordinator Describe(
        IConnectionScope scope, FindCoordinatorResponse found)
    {
        if (found.Error != ErrorCode.None)
            return NotFound(found.GroupId, found.Error, found.Message);
        foreach (var (broker, endpoint) in BrokerEndpoints.Of(scope))
        {
            if (broker.Id == found.Coordinator)
                return new() { Key = found.GroupId, NodeId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port };
        }

        return NotFound(
            found.GroupId, ErrorCode.CoordinatorNotAvailable, $"Broker {found.Coordinator} does not listen here.");
    }

    private static Messages.FindCoordinatorResponse.Coordinator NotFound(string key, ErrorCode error, string? message) =>
        new() { Key = key, NodeId = BrokerId.None.Value, Port = -1, ErrorCode = error, ErrorMessage = message };
}
