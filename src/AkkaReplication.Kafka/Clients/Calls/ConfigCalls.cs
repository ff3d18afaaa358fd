using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>IncrementalAlterConfigs (KIP-339).</summary>
internal sealed class IncrementalAlterConfigsCall(long id, IncrementalAlterConfigsRequest request)
    : KafkaCall<Messages.IncrementalAlterConfigsResponse>(id, ApiKey.IncrementalAlterConfigs)
{
    public override IKafkaRequest ToRequest(short version) => new Messages.IncrementalAlterConfigsRequest
    {
        Resources =
        [
            .. request.Resources.Select(alteration => new Messages.IncrementalAlterConfigsRequest.Resource
            {
                ResourceType = (sbyte)alteration.Resource.Type,
                ResourceName = alteration.Resource.Name,
                Configs =
                [
                    .. alteration.Ops.Select(op => new Messages.IncrementalAlterConfigsRequest.Config
                    {
                        Name = op.Name,
                        ConfigOperation = (sbyte)op.Type,
                        Value = op.Value,
                    }),
                ],
            }),
        ],
        ValidateOnly = request.ValidateOnly,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new IncrementalAlterConfigsResponse(error, []);

    protected override ClientResponse FromResponse(Messages.IncrementalAlterConfigsResponse response, short version) =>
        new IncrementalAlterConfigsResponse(
            KafkaCalls.ErrorOfAll(response.Responses, result => result.ErrorCode),
            [
                .. response.Responses.Select(result => new ConfigResult(
                    new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName),
                    result.ErrorCode,
                    result.ErrorMessage)),
            ]);
}

/// <summary>DescribeConfigs. Values that brokers keep to themselves are empty.</summary>
internal sealed class DescribeConfigsCall(long id, DescribeConfigsRequest request)
    : KafkaCall<Messages.DescribeConfigsResponse>(id, ApiKey.DescribeConfigs)
{
    public override IKafkaRequest ToRequest(short version) => new Messages.DescribeConfigsRequest
    {
        Resources =
        [
            .. request.Resources.Select(resource => new Messages.DescribeConfigsRequest.Resource
            {
                ResourceType = (sbyte)resource.Type,
                ResourceName = resource.Name,
                ConfigurationKeys = null,
            }),
        ],
        IncludeDocumentation = true,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new DescribeConfigsResponse(
        [.. request.Resources.Select(resource => new ConfigDescription(resource, error, message, []))]);

    protected override ClientResponse FromResponse(Messages.DescribeConfigsResponse response, short version)
    {
        var described = new Dictionary<ConfigResource, ConfigDescription>();
        foreach (var result in response.Results)
        {
            var resource = new ConfigResource((ConfigResourceType)result.ResourceType, result.ResourceName);
            described[resource] = new ConfigDescription(
                resource, result.ErrorCode, result.ErrorMessage, [.. result.Configs.Select(Describe)]);
        }

        return new DescribeConfigsResponse(
        [
            .. request.Resources.Select(resource => described.TryGetValue(resource, out var description)
                ? description
                : new ConfigDescription(
                    resource, ErrorCode.UnknownServerError, "The broker did not answer for it.", [])),
        ]);
    }

    private static ConfigEntry Describe(Messages.DescribeConfigsResponse.Config config) => new(
        config.Name,
        config.Value ?? "",
        (ConfigSource)config.ConfigSource,
        config.ReadOnly,
        config.Documentation ?? "");
}
