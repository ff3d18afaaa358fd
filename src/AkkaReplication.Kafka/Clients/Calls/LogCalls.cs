using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Protocol;
using AkkaReplication.Replicas;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>DeleteRecords (KIP-107), by topics' names. Leader epochs are not sent.</summary>
internal sealed class DeleteRecordsCall(long id, DeleteRecordsRequest request, TopicDirectory topics)
    : KafkaCall<Messages.DeleteRecordsResponse>(id, ApiKey.DeleteRecords)
{
    private readonly PartitionNames<PartitionDeletion> _partitions =
        new(request.Partitions, deletion => deletion.Partition, topics);

    public override ClientResponse? AtOnce =>
        _partitions.Topics.Count == 0 ? Fail(ErrorCode.UnknownTopicId, "The topic is not there any more.") : null;

    public override IKafkaRequest ToRequest(short version) => new Messages.DeleteRecordsRequest
    {
        Topics =
        [
            .. _partitions.Topics.Select(topic => new Messages.DeleteRecordsRequest.Topic
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.Items.Select(deletion => new Messages.DeleteRecordsRequest.Partition
                    {
                        PartitionIndex = deletion.Partition.Partition,
                        Offset = deletion.Offset,
                    }),
                ],
            }),
        ],
        TimeoutMs = request.TimeoutMs,
    };

    public override ClientResponse Fail(ErrorCode error, string message) => new DeleteRecordsResponse(
        [.. request.Partitions.Select(deletion => new PartitionDeleted(deletion.Partition, error, -1, message))]);

    protected override ClientResponse FromResponse(Messages.DeleteRecordsResponse response, short version)
    {
        var results = ImmutableArray.CreateBuilder<PartitionDeleted>(request.Partitions.Length);
        results.AddRange(_partitions.Unknown.Select(
            deletion => new PartitionDeleted(deletion.Partition, ErrorCode.UnknownTopicId, -1, null)));
        foreach (var topic in response.Topics)
        {
            foreach (var result in topic.Partitions)
            {
                if (_partitions.Find(topic.Name, result.PartitionIndex) is { } partition)
                    results.Add(new PartitionDeleted(partition, result.ErrorCode, result.LowWatermark, null));
            }
        }

        return new DeleteRecordsResponse(results.ToImmutable());
    }
}

/// <summary>
/// DescribeLogDirs (KIP-113). Kafka says how large a replica is and how far behind, but neither what it does nor its offsets.
/// </summary>
internal sealed class DescribeLogDirsCall(long id, DescribeLogDirsRequest request)
    : KafkaCall<Messages.DescribeLogDirsResponse>(id, ApiKey.DescribeLogDirs)
{
    /// <summary>All topics: a request would have to name the partitions of those it names.</summary>
    public override IKafkaRequest ToRequest(short version) => new Messages.DescribeLogDirsRequest { Topics = null };

    public override ClientResponse Fail(ErrorCode error, string message) => new DescribeLogDirsResponse(error, []);

    protected override ClientResponse FromResponse(Messages.DescribeLogDirsResponse response, short version) =>
        new DescribeLogDirsResponse(
            response.ErrorCode,
            [
                .. response.Results.Select(Describe)
                    .Where(directory => request.Topics is null || !directory.Replicas.IsEmpty),
            ]);

    private LogDirDescription Describe(Messages.DescribeLogDirsResponse.LogDirectory directory) => new(
        directory.ErrorCode,
        directory.LogDir,
        [
            .. directory.Topics.Where(topic => request.Topics is not { } asked || asked.Contains(topic.Name))
                .SelectMany(topic => topic.Partitions.Where(p => !p.IsFutureKey).Select(p => Describe(topic.Name, p))),
        ]);

    private static ReplicaInfo Describe(string topic, Messages.DescribeLogDirsResponse.Partition replica) => new(
        new TopicPartition(topic, replica.PartitionIndex),
        ReplicaRole.Unknown,
        LeaderEpoch.None,
        replica.PartitionSize,
        replica.OffsetLag,
        LogStartOffset: -1,
        HighWatermark: -1,
        LogEndOffset: -1);
}
