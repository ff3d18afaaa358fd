using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>Produce, with record batches of version 2. By topics' names: leader epochs are not sent, brokers know theirs.</summary>
internal sealed class ProduceCall(long id, ProduceRequest request, TopicDirectory topics)
    : KafkaCall<Messages.ProduceResponse>(id, ApiKey.Produce)
{
    private readonly PartitionNames<PartitionBatch> _partitions = new(request.Batches, batch => batch.Partition, topics);

    public override short LowestVersion => 3;

    public override bool HasAnswer => request.Acks != 0;

    public override ClientResponse? AtOnce => _partitions.Topics.Count == 0 ? new ProduceResponse([.. Refused()]) : null;

    public override ClientResponse Left =>
        _partitions.Unknown.Count == 0 ? new ProduceResponse([]) : new ProduceResponse([.. Refused(), .. Unanswered()]);

    public override IKafkaRequest ToRequest(short version) => new Messages.ProduceRequest
    {
        Acks = request.Acks,
        TimeoutMs = request.TimeoutMs,
        Topics =
        [
            .. _partitions.Topics.Select(topic => new Messages.ProduceRequest.Topic
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.Items.Select(batch => new Messages.ProduceRequest.Partition
                    {
                        Index = batch.Partition.Partition,
                        Records = batch.Batch,
                    }),
                ],
            }),
        ],
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new ProduceResponse(
        [.. request.Batches.Select(batch => new PartitionProduced(batch.Partition, error, -1, -1, -1, message))]);

    protected override ClientResponse FromResponse(Messages.ProduceResponse response, short version)
    {
        var results = ImmutableArray.CreateBuilder<PartitionProduced>(request.Batches.Length);
        results.AddRange(Refused());
        foreach (var topic in response.Topics)
        {
            foreach (var result in topic.Partitions)
            {
                if (_partitions.Find(topic.Name, result.Index) is { } partition)
                    results.Add(Result(partition, result));
            }
        }

        return new ProduceResponse(results.ToImmutable());
    }

    private static PartitionProduced Result(TopicIdPartition partition, Messages.ProduceResponse.Partition result)
    {
        var record = result.RecordErrors is { Length: > 0 } errors ? errors[0].BatchIndexErrorMessage : null;
        return new PartitionProduced(
            partition,
            result.ErrorCode,
            result.BaseOffset,
            result.LogAppendTimeMs,
            result.LogStartOffset,
            record is null ? result.ErrorMessage : $"{result.ErrorMessage} {record}".Trim());
    }

    private IEnumerable<PartitionProduced> Refused() => _partitions.Unknown.Select(batch => new PartitionProduced(
        batch.Partition, ErrorCode.UnknownTopicId, -1, -1, -1, "The topic is not there any more, or made anew."));

    private IEnumerable<PartitionProduced> Unanswered() => _partitions.Topics.SelectMany(topic => topic.Items)
        .Select(batch => new PartitionProduced(batch.Partition, ErrorCode.None, -1, -1, -1, null));
}
