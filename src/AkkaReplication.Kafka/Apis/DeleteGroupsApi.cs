using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>DeleteGroups; each group is asked for itself.</summary>
internal sealed class DeleteGroupsApi() : KafkaApi<Messages.DeleteGroupsRequest>(ApiKey.DeleteGroups, 0, 2)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DeleteGroupsRequest request)
    {
        var names = request.GroupsNames.Distinct(StringComparer.Ordinal).ToArray();
        var results = new Messages.DeleteGroupsResponse.Result[names.Length];
        var left = results.Length;
        if (left == 0)
            exchange.Answer(new Messages.DeleteGroupsResponse());
        for (var i = 0; i < results.Length; i++)
        {
            var place = i;
            scope.CallGroup(exchange.Header.ClientId, new DeleteGroupRequest(names[i]), answer =>
            {
                var deleted = (DeleteGroupResponse)answer;
                results[place] = new() { GroupId = deleted.GroupId, ErrorCode = deleted.Error };
                if (--left == 0)
                    exchange.Answer(new Messages.DeleteGroupsResponse { Results = results });
            });
        }
    }
}
