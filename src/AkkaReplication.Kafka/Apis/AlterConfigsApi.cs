using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// AlterConfigs, as it was before KIP-339: what the request does not name gets its default again. Every other setting is
/// named to the controller, not just those that this broker knows to be set: one may have been set a moment ago.
/// </summary>
internal sealed class AlterConfigsApi() : KafkaApi<Messages.AlterConfigsRequest>(ApiKey.AlterConfigs, 0, 2)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.AlterConfigsRequest request) =>
        ConfigChanges.Make(
            scope,
            [.. request.Resources.Select(Convert)],
            request.ValidateOnly,
            outcomes => exchange.Answer(new Messages.AlterConfigsResponse
            {
                Responses =
                [
                    .. outcomes.Select(o => new Messages.AlterConfigsResponse.Result
                    {
                        ErrorCode = o.Error,
                        ErrorMessage = o.Message,
                        ResourceType = o.Type,
                        ResourceName = o.Name,
                    }),
                ],
            }));

    private static ConfigChange Convert(Messages.AlterConfigsRequest.Resource resource)
    {
        var named = resource.Configs.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return new ConfigChange(
            resource.ResourceType,
            resource.ResourceName,
            [
                .. resource.Configs.Select(c => new AlterConfigOp(AlterConfigOpType.Set, c.Name, c.Value)),
                .. TopicConfigs.Names.Where(name => !named.Contains(name)).Select(AlterConfigOp.Delete),
            ],
            ConfigChanges.ProblemOf(resource.ResourceType));
    }
}
