using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// Fetch, as consumers send it. Every answer says that there is no session, so every request names its partitions
/// (KIP-227 leaves that to the broker). A request in a replica's name is refused (our rule S1).
/// </summary>
internal sealed class FetchApi() : KafkaApi<Messages.FetchRequest>(ApiKey.Fetch, 4, 16)
{
    private const short FirstWithTopicIds = 13;
    private const int FinalSessionEpoch = -1;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.FetchRequest request)
    {
        if (request.SessionId != 0 && request.SessionEpoch != FinalSessionEpoch)
        {
            exchange.Answer(new Messages.FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound });
            return;
        }

        new Fetch(scope, exchange, request).Begin();
    }

    /// <summary>One request under way.</summary>
    private sealed class Fetch(IConnectionScope scope, Exchange exchange, Messages.FetchRequest request)
    {
        private readonly Dictionary<TopicIdPartition, (int Topic, int Partition)> _places = [];
        private readonly Messages.FetchResponse.FetchTopic[] _topics = new Messages.FetchResponse.FetchTopic[request.Topics.Length];
        private bool _someRefused;

        public void Begin()
        {
            var isReplica = request.ReplicaId >= 0 || request.ReplicaState is { ReplicaId: >= 0 };
            var positions = ImmutableArray.CreateBuilder<FetchPosition>();
            for (var t = 0; t < request.Topics.Length; t++)
            {
                var asked = request.Topics[t];
                var topic = Find(asked);
                _topics[t] = new Messages.FetchResponse.FetchTopic
                {
                    Topic = asked.Topic,
                    TopicId = asked.TopicId,
                    Partitions = new Messages.FetchResponse.FetchPartition[asked.Partitions.Length],
                };
                for (var p = 0; p < asked.Partitions.Length; p++)
                {
                    var partition = asked.Partitions[p];
                    if (isReplica)
                        Refuse((t, p), ErrorCode.TopicAuthorizationFailed);
                    else if (topic is null)
                        Refuse((t, p), ErrorCode.UnknownTopicId);
                    else if (!topic.HasPartition(partition.Partition))
                        Refuse((t, p), ErrorCode.UnknownTopicOrPartition);
                    else if (!_places.TryAdd(new TopicIdPartition(topic.Id, partition.Partition), (t, p)))
                        Refuse((t, p), ErrorCode.InvalidRequest);
                    else
                        positions.Add(Position(topic.Id, partition));
                }
            }

            if (positions.Count == 0)
            {
                exchange.Answer(new Messages.FetchResponse { Topics = _topics });
                return;
            }

            // An error is news: it does not wait for records.
            exchange.FetchCall = scope.Call(
                new FetchRequest(
                    _someRefused ? 0 : Math.Max(0, request.MaxWaitMs),
                    request.MinBytes,
                    request.MaxBytes,
                    request.IsolationLevel == 1 ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
                    positions.ToImmutable()),
                answer => OnFetched((FetchResponse)answer));
        }

        private static FetchPosition Position(TopicId topic, Messages.FetchRequest.FetchPartition partition) => new(
            new TopicIdPartition(topic, partition.Partition),
            new LeaderEpoch(partition.CurrentLeaderEpoch),
            partition.FetchOffset,
            new LeaderEpoch(partition.LastFetchedEpoch),
            partition.PartitionMaxBytes);

        private TopicImage? Find(Messages.FetchRequest.FetchTopic asked) => exchange.Version >= FirstWithTopicIds
            ? scope.Image.TopicsById.GetValueOrDefault(new TopicId(asked.TopicId))
            : scope.Image.TryGetTopic(asked.Topic);

        private void OnFetched(FetchResponse fetched)
        {
            foreach (var result in fetched.Results)
            {
                var (topic, partition) = _places[result.Partition];
                _topics[topic].Partitions[partition] = Describe(result);
            }

            exchange.Answer(new Messages.FetchResponse { Topics = _topics });
        }

        private Messages.FetchResponse.FetchPartition Describe(PartitionFetched result)
        {
            var described = new Messages.FetchResponse.FetchPartition
            {
                PartitionIndex = result.Partition.Partition,
                ErrorCode = ClientErrors.ForFetch(result.Error, exchange.Version),
                HighWatermark = result.HighWatermark,
                LastStableOffset = result.LastStableOffset,
                LogStartOffset = result.LogStartOffset,
                AbortedTransactions = null,
                Records = result.Records,
            };
            if (exchange.Version < 12)
                return described;
            if (result.DivergingEpochEnd >= 0)
            {
                described.DivergingEpoch = new Messages.FetchResponse.EpochEndOffset
                {
                    Epoch = result.DivergingEpoch.Value,
                    EndOffset = result.DivergingEpochEnd,
                };
            }

            if (CurrentLeaders.After(result.Error, result.Partition, scope) is { } known)
            {
                described.CurrentLeader = new Messages.FetchResponse.LeaderIdAndEpoch
                {
                    LeaderId = known.Leader.Value,
                    LeaderEpoch = known.LeaderEpoch.Value,
                };
            }

            return described;
        }

        private void Refuse((int Topic, int Partition) place, ErrorCode error)
        {
            _someRefused = true;
            _topics[place.Topic].Partitions[place.Partition] = new Messages.FetchResponse.FetchPartition
            {
                PartitionIndex = request.Topics[place.Topic].Partitions[place.Partition].Partition,
                ErrorCode = ClientErrors.ForFetch(error, exchange.Version),
                HighWatermark = -1,
                AbortedTransactions = null,
                Records = ReadOnlyMemory<byte>.Empty,
            };
        }
    }
}
