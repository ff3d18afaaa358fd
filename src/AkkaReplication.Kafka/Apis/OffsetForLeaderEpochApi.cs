using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>OffsetForLeaderEpoch, as consumers ask it to find out whether the log was truncated below them (KIP-320).</summary>
internal sealed class OffsetForLeaderEpochApi()
    : KafkaApi<Messages.OffsetForLeaderEpochRequest>(ApiKey.OffsetForLeaderEpoch, 2, 4)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.OffsetForLeaderEpochRequest request)
    {
        var places = new Dictionary<TopicIdPartition, (int Topic, int Partition)>();
        var topics = new Messages.OffsetForLeaderEpochResponse.EpochTopic[request.Topics.Length];
        var queries = ImmutableArray.CreateBuilder<EpochQuery>();
        for (var t = 0; t < topics.Length; t++)
        {
            var asked = request.Topics[t];
            var topic = scope.Image.TryGetTopic(asked.Topic);
            topics[t] = new()
            {
                Topic = asked.Topic,
                Partitions = new Messages.OffsetForLeaderEpochResponse.EpochEnd[asked.Partitions.Length],
            };
            for (var p = 0; p < asked.Partitions.Length; p++)
            {
                var query = asked.Partitions[p];
                ref var answer = ref topics[t].Partitions[p];
                answer = new() { Partition = query.Partition };
                if (request.ReplicaId >= 0)
                    answer.ErrorCode = ErrorCode.TopicAuthorizationFailed;
                else if (topic is null || !topic.HasPartition(query.Partition))
                    answer.ErrorCode = ErrorCode.UnknownTopicOrPartition;
                else if (!places.TryAdd(new TopicIdPartition(topic.Id, query.Partition), (t, p)))
                    answer.ErrorCode = ErrorCode.InvalidRequest;
                else
                    queries.Add(new EpochQuery(
                        new TopicIdPartition(topic.Id, query.Partition),
                        new LeaderEpoch(query.CurrentLeaderEpoch),
                        new LeaderEpoch(query.LeaderEpoch)));
            }
        }

        if (queries.Count == 0)
        {
            exchange.Answer(new Messages.OffsetForLeaderEpochResponse { Topics = topics });
            return;
        }

        scope.Call(new OffsetForLeaderEpochRequest(queries.ToImmutable()), answer =>
        {
            foreach (var result in ((OffsetForLeaderEpochResponse)answer).Results)
            {
                var (t, p) = places[result.Partition];
                topics[t].Partitions[p] = new()
                {
                    Partition = result.Partition.Partition,
                    ErrorCode = ClientErrors.ByName(result.Error),
                    LeaderEpoch = result.Epoch.Value,
                    EndOffset = result.EndOffset,
                };
            }

            exchange.Answer(new Messages.OffsetForLeaderEpochResponse { Topics = topics });
        });
    }
}
