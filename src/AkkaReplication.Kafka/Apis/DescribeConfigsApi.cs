using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>DescribeConfigs: settings of topics, and of the broker that is asked.</summary>
internal sealed class DescribeConfigsApi() : KafkaApi<Messages.DescribeConfigsRequest>(ApiKey.DescribeConfigs, 1, 4)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DescribeConfigsRequest request)
    {
        var results = new Messages.DescribeConfigsResponse.Result[request.Resources.Length];
        var wanted = new List<int>();
        for (var i = 0; i < results.Length; i++)
        {
            var resource = request.Resources[i];
            results[i] = new() { ResourceType = resource.ResourceType, ResourceName = resource.ResourceName, ErrorMessage = null };
            if (ConfigChanges.ProblemOf(resource.ResourceType) is { } problem)
                (results[i].ErrorCode, results[i].ErrorMessage) = problem;
            else if (resource is not { ResourceType: (sbyte)ConfigResourceType.Broker, ResourceName: "" })
                wanted.Add(i);
        }

        // What is left out are the settings that all brokers share and requests can change: there are none.
        if (wanted.Count == 0)
        {
            exchange.Answer(new Messages.DescribeConfigsResponse { Results = results });
            return;
        }

        var resources = wanted.Select(i => request.Resources[i])
            .Select(r => new ConfigResource((ConfigResourceType)r.ResourceType, r.ResourceName));
        scope.Call(new DescribeConfigsRequest([.. resources]), answer =>
        {
            var descriptions = ((DescribeConfigsResponse)answer).Results;
            for (var d = 0; d < wanted.Count; d++)
            {
                var resource = request.Resources[wanted[d]];
                ref var result = ref results[wanted[d]];
                (result.ErrorCode, result.ErrorMessage) = (descriptions[d].Error, descriptions[d].Message);
                result.Configs =
                [
                    .. descriptions[d].Entries
                        .Where(e => resource.ConfigurationKeys is not { Length: > 0 } keys || keys.Contains(e.Name))
                        .Select(e => Describe(e, request)),
                ];
            }

            exchange.Answer(new Messages.DescribeConfigsResponse { Results = results });
        });
    }

    private static Messages.DescribeConfigsResponse.Config Describe(
        ConfigEntry entry, Messages.DescribeConfigsRequest request) => new()
        {
            Name = entry.Name,
            Value = entry.Value,
            ReadOnly = entry.IsReadOnly,
            ConfigSource = (sbyte)entry.Source,
            Synonyms = request.IncludeSynonyms ? [.. Synonyms(entry)] : [],
            Documentation = request.IncludeDocumentation ? entry.Documentation : null,
        };

    /// <summary>The value in force, then what would be in its place.</summary>
    private static IEnumerable<Messages.DescribeConfigsResponse.Synonym> Synonyms(ConfigEntry entry)
    {
        yield return new() { Name = entry.Name, Value = entry.Value, Source = (sbyte)entry.Source };
        if (entry.Source == ConfigSource.DynamicTopicConfig)
        {
            yield return new()
            {
                Name = entry.Name,
                Value = TopicConfigs.DefaultOf(entry.Name),
                Source = (sbyte)ConfigSource.DefaultConfig,
            };
        }
    }
}
