using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>CreateTopics: the broker hands it to the controller.</summary>
internal sealed class CreateTopicsApi() : KafkaApi<Messages.CreateTopicsRequest>(ApiKey.CreateTopics, 2, 7)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.CreateTopicsRequest request)
    {
        var refused = new Dictionary<string, (ErrorCode Error, string Message)>(StringComparer.Ordinal);
        foreach (var twice in request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            refused[twice.Key] = (ErrorCode.InvalidRequest, "The topic is in the request twice.");
        var topics = ImmutableArray.CreateBuilder<NewTopic>();
        foreach (var topic in request.Topics)
        {
            if (refused.ContainsKey(topic.Name))
                continue;
            if (Problem(topic) is { } problem)
                refused[topic.Name] = problem;
            else
                topics.Add(Convert(topic));
        }

        if (topics.Count == 0)
        {
            Answer(new CreateTopicsResponse(ErrorCode.None, []));
            return;
        }

        scope.Call(
            new CreateTopicsRequest(topics.ToImmutable(), request.ValidateOnly, request.TimeoutMs),
            answer => Answer((CreateTopicsResponse)answer));

        void Answer(CreateTopicsResponse created)
        {
            var results = created.Results.ToDictionary(r => r.Name, StringComparer.Ordinal);
            exchange.Answer(new Messages.CreateTopicsResponse
            {
                Topics = [.. request.Topics.Select(t => t.Name).Distinct().Select(Describe)],
            });

            Messages.CreateTopicsResponse.Topic Describe(string name)
            {
                if (refused.TryGetValue(name, out var problem))
                    return new() { Name = name, ErrorCode = problem.Error, ErrorMessage = problem.Message, Configs = [] };
                return results.TryGetValue(name, out var result)
                    ? new()
                    {
                        Name = name,
                        TopicId = result.TopicId.Value,
                        ErrorCode = result.Error,
                        ErrorMessage = result.Message,
                        Configs = [],
                    }
                    : new() { Name = name, ErrorCode = created.Error, Configs = [] };
            }
        }
    }

    private static (ErrorCode Error, string Message)? Problem(Messages.CreateTopicsRequest.Topic topic)
    {
        if (topic.Assignments.Length > 0)
        {
            if (topic.NumPartitions != -1 || topic.ReplicationFactor != -1)
            {
                return (ErrorCode.InvalidRequest,
                    "A topic has either assignments, or a number of partitions and a replication factor.");
            }

            var numbers = topic.Assignments.Select(a => a.PartitionIndex).Order();
            if (!numbers.SequenceEqual(Enumerable.Range(0, topic.Assignments.Length)))
                return (ErrorCode.InvalidReplicaAssignment, "The assignments are not those of partitions 0, 1, 2, ...");
        }

        if (topic.Configs.FirstOrDefault(c => c.Value is null) is { Name.Length: > 0 } missing)
            return (ErrorCode.InvalidConfig, $"{missing.Name} has no value.");
        return topic.Configs.DistinctBy(c => c.Name, StringComparer.Ordinal).Count() < topic.Configs.Length
            ? (ErrorCode.InvalidConfig, "A setting is in the request twice.")
            : null;
    }

    private static NewTopic Convert(Messages.CreateTopicsRequest.Topic topic) => new(
        topic.Name,
        topic.NumPartitions,
        topic.ReplicationFactor,
        [
            .. topic.Assignments.OrderBy(a => a.PartitionIndex)
                .Select(a => a.BrokerIds.Select(id => new BrokerId(id)).ToImmutableArray()),
        ],
        topic.Configs.ToImmutableSortedDictionary(c => c.Name, c => c.Value!, StringComparer.Ordinal));
}
