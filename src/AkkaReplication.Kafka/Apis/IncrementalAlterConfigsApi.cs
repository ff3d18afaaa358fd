using System.Collections.Immutable;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>IncrementalAlterConfigs (KIP-339): the broker hands it to the controller.</summary>
internal sealed class IncrementalAlterConfigsApi()
    : KafkaApi<Messages.IncrementalAlterConfigsRequest>(ApiKey.IncrementalAlterConfigs, 0, 1)
{
    protected override void Handle(
        IConnectionScope scope, Exchange exchange, Messages.IncrementalAlterConfigsRequest request) =>
        ConfigChanges.Make(
            scope,
            [.. request.Resources.Select(Convert)],
            request.ValidateOnly,
            outcomes => exchange.Answer(new Messages.IncrementalAlterConfigsResponse
            {
                Responses =
                [
                    .. outcomes.Select(o => new Messages.IncrementalAlterConfigsResponse.Result
                    {
                        ErrorCode = o.Error,
                        ErrorMessage = o.Message,
                        ResourceType = o.Type,
                        ResourceName = o.Name,
                    }),
                ],
            }));

    private static ConfigChange Convert(Messages.IncrementalAlterConfigsRequest.Resource resource)
    {
        var problem = ConfigChanges.ProblemOf(resource.ResourceType);
        var ops = ImmutableArray.CreateBuilder<AlterConfigOp>(resource.Configs.Length);
        foreach (var config in resource.Configs)
        {
            var type = (AlterConfigOpType)config.ConfigOperation;
            ops.Add(new AlterConfigOp(type, config.Name, config.Value));
            if (!Enum.IsDefined(type))
            {
                problem = (ErrorCode.InvalidRequest,
                    $"{config.Name}: operation {config.ConfigOperation} is unknown; known are 0 (set), 1 (delete), "
                    + "2 (append) and 3 (subtract).");
            }
        }

        return new ConfigChange(resource.ResourceType, resource.ResourceName, ops.MoveToImmutable(), problem);
    }
}
