using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;
using AkkaReplication.Records;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// Produce. Version 0 is offered because librdkafka below 2.11.1 compresses only where it is (KAFKA-18659); what is older
/// than record batches of version 2 is refused by name.
/// </summary>
internal sealed class ProduceApi() : KafkaApi<Messages.ProduceRequest>(ApiKey.Produce, 0, 11)
{
    private const short FirstWithBatches = 3;

    public override bool IsPipelined => true;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.ProduceRequest request)
    {
        var produce = new Produce(scope, exchange, request);
        if (exchange.Version < FirstWithBatches)
            produce.RefuseAll(ErrorCode.UnsupportedForMessageFormat, "Only record batches of version 2 are taken.");
        else if (request.TransactionalId is not null)
            produce.RefuseAll(ErrorCode.TransactionalIdAuthorizationFailed, "There are no transactions here.");
        else if (request.Acks is not (-1 or 0 or 1))
            produce.RefuseAll(ErrorCode.InvalidRequiredAcks, $"acks is {request.Acks}; -1, 0 and 1 are accepted.");
        else
            produce.Begin();
    }

    /// <summary>One request under way.</summary>
    private sealed class Produce(IConnectionScope scope, Exchange exchange, Messages.ProduceRequest request)
    {
        private readonly Dictionary<TopicIdPartition, (int Topic, int Partition)> _places = [];
        private readonly Messages.ProduceResponse.Topic[] _topics = new Messages.ProduceResponse.Topic[request.Topics.Length];

        public void RefuseAll(ErrorCode error, string message)
        {
            ForEach((topic, place, _) => Refuse(place, error, message));
            Finish();
        }

        public void Begin()
        {
            var batches = ImmutableArray.CreateBuilder<PartitionBatch>();
            ForEach((topic, place, partition) =>
            {
                if (topic is null || !topic.HasPartition(partition.Index))
                {
                    Refuse(place, ErrorCode.UnknownTopicOrPartition, null);
                }
                else if (InternalTopics.Contains(topic.Name))
                {
                    Refuse(place, ErrorCode.InvalidTopicException, $"Only brokers write to {topic.Name}.");
                }
                else if (partition.Records is not { Length: > 0 } records)
                {
                    Refuse(place, ErrorCode.InvalidRecord, "There is no record batch.");
                }
                else if (RecordBatch.IsOlderFormat(records.Span))
                {
                    Refuse(
                        place, ErrorCode.UnsupportedForMessageFormat, "Only record batches of version 2 (magic 2) are taken.");
                }
                else
                {
                    var id = new TopicIdPartition(topic.Id, partition.Index);
                    if (_places.TryAdd(id, place))
                        batches.Add(new PartitionBatch(id, LeaderEpoch.None, records));
                    else
                        Refuse(place, ErrorCode.InvalidRequest, "The partition is in the request twice.");
                }
            });

            if (batches.Count == 0)
            {
                Finish();
                return;
            }

            var toBroker = new ProduceRequest(request.Acks, Math.Max(0, request.TimeoutMs), batches.ToImmutable());
            if (request.Acks != 0)
            {
                scope.Call(toBroker, answer => OnProduced((ProduceResponse)answer));
                return;
            }

            scope.Send(toBroker);
            Finish();
        }

        private void OnProduced(ProduceResponse produced)
        {
            foreach (var result in produced.Results)
            {
                var (topic, partition) = _places[result.Partition];
                _topics[topic].Partitions[partition] = Describe(_topics[topic].Partitions[partition].Index, result);
            }

            Finish();
        }

        private Messages.ProduceResponse.Partition Describe(int index, PartitionProduced result)
        {
            var described = new Messages.ProduceResponse.Partition
            {
                Index = index,
                ErrorCode = ClientErrors.ByName(result.Error),
                BaseOffset = result.BaseOffset,
                LogAppendTimeMs = result.LogAppendTimeMs,
                LogStartOffset = result.LogStartOffset,
                ErrorMessage = result.Message,
                RecordErrors = [],
            };
            if (CurrentLeaders.After(result.Error, result.Partition, scope) is { } known)
            {
                described.CurrentLeader = new Messages.ProduceResponse.LeaderIdAndEpoch
                {
                    LeaderId = known.Leader.Value,
                    LeaderEpoch = known.LeaderEpoch.Value,
                };
            }

            return described;
        }

        private void Refuse((int Topic, int Partition) place, ErrorCode error, string? message) =>
            _topics[place.Topic].Partitions[place.Partition] = new Messages.ProduceResponse.Partition
            {
                Index = request.Topics[place.Topic].Partitions[place.Partition].Index,
                ErrorCode = error,
                BaseOffset = -1,
                ErrorMessage = message,
                RecordErrors = [],
            };

        private void Finish()
        {
            if (exchange.IsAnswered)
                return;
            if (request.Acks != 0)
            {
                exchange.Answer(new Messages.ProduceResponse { Topics = _topics });
                return;
            }

            exchange.AnswerNothing();
            if (_topics.Any(topic => topic.Partitions.Any(p => p.ErrorCode != ErrorCode.None)))
                scope.End("A produce request with acks=0 was refused.");
        }

        private void ForEach(
            Action<TopicImage?, (int Topic, int Partition), Messages.ProduceRequest.Partition> visit)
        {
            for (var t = 0; t < request.Topics.Length; t++)
            {
                var asked = request.Topics[t];
                var topic = scope.Image.TryGetTopic(asked.Name);
                _topics[t] = new Messages.ProduceResponse.Topic
                {
                    Name = asked.Name,
                    Partitions = new Messages.ProduceResponse.Partition[asked.Partitions.Length],
                };
                for (var p = 0; p < asked.Partitions.Length; p++)
                {
                    _topics[t].Partitions[p] = new Messages.ProduceResponse.Partition { Index = asked.Partitions[p].Index };
                    visit(topic, (t, p), asked.Partitions[p]);
                }
            }
        }
    }
}
