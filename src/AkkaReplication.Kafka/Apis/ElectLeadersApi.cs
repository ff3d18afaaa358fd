using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>ElectLeaders (KIP-460): the broker hands it to the controller.</summary>
internal sealed class ElectLeadersApi() : KafkaApi<Messages.ElectLeadersRequest>(ApiKey.ElectLeaders, 0, 2)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.ElectLeadersRequest request)
    {
        ImmutableArray<TopicPartition>? asked = request.TopicPartitions is { } topics
            ? [.. topics.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p))).Distinct()]
            : null;
        scope.Call(
            new ElectLeadersRequest((ElectionType)(byte)request.ElectionType, asked, request.TimeoutMs),
            answer => Answer((ElectLeadersResponse)answer));

        void Answer(ElectLeadersResponse elected)
        {
            // Version 0 has no other place for an error of the whole.
            var results = elected.Error == ErrorCode.None
                ? elected.Results
                : [.. (asked ?? []).Select(partition => new ElectionResult(partition, elected.Error, null))];
            exchange.Answer(new Messages.ElectLeadersResponse
            {
                ErrorCode = elected.Error,
                ReplicaElectionResults =
                [
                    .. results.GroupBy(r => r.Partition.Topic, StringComparer.Ordinal)
                        .Select(topic => new Messages.ElectLeadersResponse.ElectionTopic
                        {
                            Topic = topic.Key,
                            PartitionResult = [.. topic.Select(Describe)],
                        }),
                ],
            });
        }
    }

    private static Messages.ElectLeadersResponse.ElectionResult Describe(ElectionResult result) => new()
    {
        PartitionId = result.Partition.Partition,
        ErrorCode = result.Error,
        ErrorMessage = result.Message,
    };
}
