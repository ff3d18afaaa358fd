using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Kafka.FetchSessions;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// Fetch, as consumers send it, with sessions where they want them (KIP-227). A request in a replica's name is refused (our
/// rule S1).
/// </summary>
internal sealed class FetchApi() : KafkaApi<Messages.FetchRequest>(ApiKey.Fetch, 4, 16)
{
    private const short FirstWithTopicIds = 13;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.FetchRequest request)
    {
        var usesTopicIds = exchange.Version >= FirstWithTopicIds;
        var isReplica = request.ReplicaId >= 0 || request.ReplicaState is { ReplicaId: >= 0 };
        var context = isReplica
            ? FetchContext.Sessionless(request, usesTopicIds)
            : scope.FetchSessions.Begin(scope.NowMs, request, usesTopicIds);
        if (context.Error != ErrorCode.None)
            exchange.Answer(new Messages.FetchResponse { ErrorCode = context.Error });
        else
            new Fetch(scope, exchange, request, context).Begin(isReplica);
    }

    /// <summary>One request under way.</summary>
    private sealed class Fetch(
        IConnectionScope scope, Exchange exchange, Messages.FetchRequest request, FetchContext context)
    {
        private readonly Dictionary<TopicIdPartition, int> _places = [];
        private readonly Messages.FetchResponse.FetchPartition[] _outcomes =
            new Messages.FetchResponse.FetchPartition[context.Targets.Count];
        private bool _someRefused;

        public void Begin(bool isReplica)
        {
            var positions = ImmutableArray.CreateBuilder<FetchPosition>(_outcomes.Length);
            for (var i = 0; i < _outcomes.Length; i++)
            {
                var target = context.Targets[i];
                var topic = Find(target.Key);
                if (isReplica)
                    Refuse(i, ErrorCode.TopicAuthorizationFailed);
                else if (topic is null)
                    Refuse(i, ErrorCode.UnknownTopicId);
                else if (!topic.HasPartition(target.Key.Partition))
                    Refuse(i, ErrorCode.UnknownTopicOrPartition);
                else if (!_places.TryAdd(new TopicIdPartition(topic.Id, target.Key.Partition), i))
                    Refuse(i, ErrorCode.InvalidRequest);
                else
                    positions.Add(Position(topic.Id, target));
            }

            if (positions.Count == 0)
            {
                Answer();
                return;
            }

            // An error is news: it does not wait for records.
            exchange.FetchCall = scope.Call(
                new FetchRequest(
                    _someRefused ? 0 : Math.Max(0, request.MaxWaitMs),
                    Math.Min(request.MinBytes, request.MaxBytes),
                    request.MaxBytes,
                    request.IsolationLevel == 1 ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
                    positions.ToImmutable()),
                answer => OnFetched((FetchResponse)answer));
        }

        private static FetchPosition Position(TopicId topic, in FetchTarget target) => new(
            new TopicIdPartition(topic, target.Key.Partition),
            target.LeaderEpoch,
            target.Offset,
            target.LastFetchedEpoch,
            target.MaxBytes);

        private TopicImage? Find(FetchKey asked) => context.UsesTopicIds
            ? scope.Image.TopicsById.GetValueOrDefault(new TopicId(asked.TopicId))
            : scope.Image.TryGetTopic(asked.Topic);

        private void OnFetched(FetchResponse fetched)
        {
            foreach (var result in fetched.Results)
                _outcomes[_places[result.Partition]] = Describe(result);
            Answer();
        }

        private void Answer()
        {
            var conclusion = context.Conclude(scope.NowMs, _outcomes);
            exchange.Answer(new Messages.FetchResponse
            {
                ErrorCode = conclusion.Error,
                SessionId = conclusion.SessionId,
                Topics = [.. Topics(conclusion.Answered)],
            });
        }

        /// <summary>The answered partitions in their order; neighbours of one topic stand together.</summary>
        private IEnumerable<Messages.FetchResponse.FetchTopic> Topics(IReadOnlyList<int>? answered)
        {
            var count = answered?.Count ?? _outcomes.Length;
            for (var start = 0; start < count;)
            {
                var key = KeyOf(start);
                var end = start + 1;
                while (end < count && KeyOf(end) is var next && next.TopicId == key.TopicId && next.Topic == key.Topic)
                    end++;
                var partitions = new Messages.FetchResponse.FetchPartition[end - start];
                for (var i = start; i < end; i++)
                    partitions[i - start] = _outcomes[IndexOf(i)];
                yield return new Messages.FetchResponse.FetchTopic
                {
                    Topic = key.Topic,
                    TopicId = key.TopicId,
                    Partitions = partitions,
                };
                start = end;
            }

            int IndexOf(int place) => answered is null ? place : answered[place];

            FetchKey KeyOf(int place) => context.Targets[IndexOf(place)].Key;
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

        private void Refuse(int target, ErrorCode error)
        {
            _someRefused = true;
            _outcomes[target] = new Messages.FetchResponse.FetchPartition
            {
                PartitionIndex = context.Targets[target].Key.Partition,
                ErrorCode = ClientErrors.ForFetch(error, exchange.Version),
                HighWatermark = -1,
                AbortedTransactions = null,
                Records = ReadOnlyMemory<byte>.Empty,
            };
        }
    }
}
