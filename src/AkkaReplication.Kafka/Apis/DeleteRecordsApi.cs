using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>DeleteRecords (KIP-107), at the partitions' leaders.</summary>
internal sealed class DeleteRecordsApi() : KafkaApi<Messages.DeleteRecordsRequest>(ApiKey.DeleteRecords, 0, 2)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DeleteRecordsRequest request)
    {
        var places = new Dictionary<TopicIdPartition, (int Topic, int Partition)>();
        var topics = new Messages.DeleteRecordsResponse.Topic[request.Topics.Length];
        var deletions = ImmutableArray.CreateBuilder<PartitionDeletion>();
        for (var t = 0; t < topics.Length; t++)
        {
            var asked = request.Topics[t];
            var topic = scope.Image.TryGetTopic(asked.Name);
            topics[t] = new()
            {
                Name = asked.Name,
                Partitions = new Messages.DeleteRecordsResponse.Partition[asked.Partitions.Length],
            };
            for (var p = 0; p < asked.Partitions.Length; p++)
            {
                var (index, offset) = (asked.Partitions[p].PartitionIndex, asked.Partitions[p].Offset);
                ref var answer = ref topics[t].Partitions[p];
                answer = new() { PartitionIndex = index, LowWatermark = -1 };
                if (topic is null || !topic.HasPartition(index))
                    answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                else if (!places.TryAdd(new TopicIdPartition(topic.Id, index), (t, p)))
                    answer.ErrorCode = ErrorCode.InvalidRequest;
                else
                    deletions.Add(new(new TopicIdPartition(topic.Id, index), LeaderEpoch.None, offset));
            }
        }

        if (deletions.Count == 0)
        {
            exchange.Answer(new Messages.DeleteRecordsResponse { Topics = topics });
            return;
        }

        scope.Call(new DeleteRecordsRequest(request.TimeoutMs, deletions.ToImmutable()), answer =>
        {
            foreach (var result in ((DeleteRecordsResponse)answer).Results)
            {
                var (t, p) = places[result.Partition];
                topics[t].Partitions[p] = new()
                {
                    PartitionIndex = result.Partition.Partition,
                    LowWatermark = result.LowWatermark,
                    ErrorCode = ClientErrors.ByName(result.Error),
                };
            }

            exchange.Answer(new Messages.DeleteRecordsResponse { Topics = topics });
        });
    }
}
