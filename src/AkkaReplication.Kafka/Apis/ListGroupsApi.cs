using AkkaReplication.Clients;
using AkkaReplication.Groups;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>ListGroups: those that the asked broker coordinates. All are of the classic type.</summary>
internal sealed class ListGroupsApi() : KafkaApi<Messages.ListGroupsRequest>(ApiKey.ListGroups, 0, 5)
{
    private const string Classic = "classic";

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.ListGroupsRequest request)
    {
        var isWanted = request.TypesFilter.Length == 0
            || request.TypesFilter.Any(type => type.Trim().Equals(Classic, StringComparison.OrdinalIgnoreCase));
        scope.CallGroup(exchange.Header.ClientId, new ListGroupsRequest([.. request.StatesFilter]), answer =>
        {
            var listed = (ListGroupsResponse)answer;
            exchange.Answer(new Messages.ListGroupsResponse
            {
                ErrorCode = listed.Error,
                Groups = isWanted ? [.. listed.Groups.Select(Describe)] : [],
            });
        });
    }

    private static Messages.ListGroupsResponse.Group Describe(GroupOverview group) => new()
    {
        GroupId = group.GroupId,
        ProtocolType = group.ProtocolType,
        GroupState = group.State.ToString(),
        GroupType = Classic,
    };
}
