using AkkaReplication.Clients;
using AkkaReplication.Groups;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Kafka.Groups;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// FindCoordinator: of groups the leader of the partition that stores them. While there is no such topic it is being made,
/// and clients ask again.
/// </summary>
internal sealed class FindCoordinatorApi() : KafkaApi<Messages.FindCoordinatorRequest>(ApiKey.FindCoordinator, 0, 4)
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const short FirstWithManyKeys = 4;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.FindCoordinatorRequest request)
    {
        if (request.KeyType != Group || scope.Image.TryGetTopic(GroupPartitions.Topic) is not null)
        {
            Answer(scope, exchange, request);
            return;
        }

        scope.Call(
            new CreateTopicsRequest([OffsetsTopic.Create(scope)], ValidateOnly: false, OffsetsTopic.CreationTimeoutMs),
            _ => Answer(scope, exchange, request));
    }

    private static void Answer(IConnectionScope scope, Exchange exchange, Messages.FindCoordinatorRequest request)
    {
        if (exchange.Version >= FirstWithManyKeys)
        {
            exchange.Answer(new Messages.FindCoordinatorResponse
            {
                Coordinators = [.. request.CoordinatorKeys.Select(key => Find(scope, request.KeyType, key))],
            });
            return;
        }

        var found = Find(scope, request.KeyType, request.Key);
        exchange.Answer(new Messages.FindCoordinatorResponse
        {
            ErrorCode = found.ErrorCode,
            ErrorMessage = found.ErrorMessage,
            NodeId = found.NodeId,
            Host = found.Host,
            Port = found.Port,
        });
    }

    private static Messages.FindCoordinatorResponse.Coordinator Find(IConnectionScope scope, sbyte keyType, string key)
    {
        switch (keyType)
        {
            case Group:
                return Find(scope, key);
            case Transaction:
                return NotFound(
                    key, ErrorCode.TransactionalIdAuthorizationFailed, "There are no transactions here.");
            default:
                return NotFound(
                    key, ErrorCode.InvalidRequest, $"Key type {keyType}; {Group} (groups) is accepted.");
        }
    }

    private static Messages.FindCoordinatorResponse.Coordinator Find(IConnectionScope scope, string groupId)
    {
        if (OffsetsTopic.PartitionOf(scope.Image, groupId) is { } partition)
        {
            foreach (var (broker, endpoint) in BrokerEndpoints.Of(scope))
            {
                if (broker.Id == partition.Leader)
                    return new() { Key = groupId, NodeId = broker.Id.Value, Host = endpoint.Host, Port = endpoint.Port };
            }
        }

        return NotFound(groupId, ErrorCode.CoordinatorNotAvailable, "The group's partition has no leader yet.");
    }

    private static Messages.FindCoordinatorResponse.Coordinator NotFound(string key, ErrorCode error, string message) =>
        new() { Key = key, NodeId = BrokerId.None.Value, Port = -1, ErrorCode = error, ErrorMessage = message };
}
