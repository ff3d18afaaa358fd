using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>CreatePartitions: the broker hands it to the controller.</summary>
internal sealed class CreatePartitionsApi() : KafkaApi<Messages.CreatePartitionsRequest>(ApiKey.CreatePartitions, 0, 3)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.CreatePartitionsRequest request)
    {
        var twice = request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1)
            .Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        var topics = request.Topics.Where(t => !twice.Contains(t.Name)).Select(t => new NewPartitions(
            t.Name,
            t.Count,
            [.. (t.Assignments ?? []).Select(a => a.BrokerIds.Select(id => new BrokerId(id)).ToImmutableArray())]))
            .ToImmutableArray();
        if (topics.IsEmpty)
        {
            Answer(new CreatePartitionsResponse(ErrorCode.None, []));
            return;
        }

        scope.Call(
            new CreatePartitionsRequest(topics, request.ValidateOnly, request.TimeoutMs),
            answer => Answer((CreatePartitionsResponse)answer));

        void Answer(CreatePartitionsResponse grown)
        {
            var results = grown.Results.ToDictionary(r => r.Name, StringComparer.Ordinal);
            exchange.Answer(new Messages.CreatePartitionsResponse
            {
                Results = [.. request.Topics.Select(t => t.Name).Distinct().Select(Describe)],
            });

            Messages.CreatePartitionsResponse.Result Describe(string name)
            {
                if (twice.Contains(name))
                {
                    return new()
                    {
                        Name = name,
                        ErrorCode = ErrorCode.InvalidRequest,
                        ErrorMessage = "The topic is in the request twice.",
                    };
                }

                return results.GetValueOrDefault(name) is { } result
                    ? new() { Name = name, ErrorCode = result.Error, ErrorMessage = result.Message }
                    : new() { Name = name, ErrorCode = grown.Error };
            }
        }
    }
}
