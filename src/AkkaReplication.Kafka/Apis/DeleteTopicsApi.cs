using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>DeleteTopics, by name or by id: the broker hands it to the controller.</summary>
internal sealed class DeleteTopicsApi() : KafkaApi<Messages.DeleteTopicsRequest>(ApiKey.DeleteTopics, 1, 6)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DeleteTopicsRequest request)
    {
        var asked = request.TopicNames.Select(name => (Name: (string?)name, Id: Guid.Empty))
            .Concat(request.Topics.Select(t => (Name: t.Name ?? NameOf(scope, t.TopicId), Id: t.TopicId))).ToArray();
        var names = asked.Select(t => t.Name).OfType<string>().Distinct().ToArray();
        if (names.Length == 0)
        {
            Answer(new DeleteTopicsResponse(ErrorCode.None, []));
            return;
        }

        scope.Call(
            new DeleteTopicsRequest([.. names], request.TimeoutMs), answer => Answer((DeleteTopicsResponse)answer));

        void Answer(DeleteTopicsResponse deleted)
        {
            var results = deleted.Results.ToDictionary(r => r.Name, StringComparer.Ordinal);
            exchange.Answer(new Messages.DeleteTopicsResponse { Responses = [.. asked.Select(t => Describe(t.Name, t.Id))] });

            Messages.DeleteTopicsResponse.Topic Describe(string? name, Guid id)
            {
                if (name is null)
                    return new() { Name = null, TopicId = id, ErrorCode = ErrorCode.UnknownTopicId };
                return results.GetValueOrDefault(name) is { } result
                    ? new()
                    {
                        Name = name,
                        TopicId = result.TopicId.Value,
                        ErrorCode = result.Error,
                        ErrorMessage = result.Message,
                    }
                    : new() { Name = name, TopicId = id, ErrorCode = deleted.Error };
            }
        }
    }

    private static string? NameOf(IConnectionScope scope, Guid id) =>
        scope.Image.TopicsById.GetValueOrDefault(new TopicId(id))?.Name;
}
