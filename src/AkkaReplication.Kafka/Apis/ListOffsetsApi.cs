using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using AkkaReplication.Replicas;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// ListOffsets, by time, at the ends, and of the latest record (KIP-734). Nothing is kept elsewhere than on the brokers'
/// disks, and what is asked about that (KIP-405, KIP-1005) is answered so.
/// </summary>
internal sealed class ListOffsetsApi() : KafkaApi<Messages.ListOffsetsRequest>(ApiKey.ListOffsets, 1, 9)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.ListOffsetsRequest request)
    {
        var places = new Dictionary<TopicIdPartition, (int Topic, int Partition)>();
        var topics = new Messages.ListOffsetsResponse.Topic[request.Topics.Length];
        var queries = ImmutableArray.CreateBuilder<OffsetQuery>();
        for (var t = 0; t < topics.Length; t++)
        {
            var asked = request.Topics[t];
            var topic = scope.Image.TryGetTopic(asked.Name);
            topics[t] = new Messages.ListOffsetsResponse.Topic
            {
                Name = asked.Name,
                Partitions = new Messages.ListOffsetsResponse.Partition[asked.Partitions.Length],
            };
            for (var p = 0; p < asked.Partitions.Length; p++)
            {
                var partition = asked.Partitions[p];
                topics[t].Partitions[p] = new Messages.ListOffsetsResponse.Partition { PartitionIndex = partition.PartitionIndex };
                if (request.ReplicaId >= 0)
                    Refuse(t, p, ErrorCode.TopicAuthorizationFailed);
                else if (topic is null || !topic.HasPartition(partition.PartitionIndex))
                    Refuse(t, p, ErrorCode.UnknownTopicOrPartition);
                else if (partition.Timestamp < LeastTimestamp(exchange.Version))
                    Refuse(t, p, ErrorCode.UnsupportedVersion);
                else if (!places.TryAdd(new TopicIdPartition(topic.Id, partition.PartitionIndex), (t, p)))
                    Refuse(t, p, ErrorCode.InvalidRequest);
                else
                    queries.Add(new OffsetQuery(
                        new TopicIdPartition(topic.Id, partition.PartitionIndex),
                        new LeaderEpoch(partition.CurrentLeaderEpoch),
                        partition.Timestamp));
            }
        }

        if (queries.Count == 0)
        {
            exchange.Answer(new Messages.ListOffsetsResponse { Topics = topics });
            return;
        }

        var isolation = request.IsolationLevel == 1 ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted;
        scope.Call(new ListOffsetsRequest(isolation, queries.ToImmutable()), answer =>
        {
            foreach (var result in ((ListOffsetsResponse)answer).Results)
            {
                var (t, p) = places[result.Partition];
                topics[t].Partitions[p] = new Messages.ListOffsetsResponse.Partition
                {
                    PartitionIndex = result.Partition.Partition,
                    ErrorCode = ClientErrors.ForListOffsets(result.Error, exchange.Version),
                    Timestamp = result.TimestampMs,
                    Offset = result.Offset,
                    LeaderEpoch = result.LeaderEpoch.Value,
                };
            }

            exchange.Answer(new Messages.ListOffsetsResponse { Topics = topics });
        });

        static long LeastTimestamp(short version) => version switch
        {
            < 7 => ConsumerRead.Earliest,
            7 => ConsumerRead.MaxTimestamp,
            8 => ConsumerRead.EarliestLocal,
            _ => ConsumerRead.LatestTiered,
        };

        void Refuse(int t, int p, ErrorCode error) => topics[t].Partitions[p].ErrorCode = error;
    }
}
