using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>ListOffsets, by topics' names.</summary>
internal sealed class ListOffsetsCall(long id, ListOffsetsRequest request, TopicDirectory topics)
    : KafkaCall<Messages.ListOffsetsResponse>(id, ApiKey.ListOffsets)
{
    private readonly PartitionNames<OffsetQuery> _partitions = new(request.Queries, query => query.Partition, topics);

    public override short LowestVersion => request.Isolation == IsolationLevel.ReadCommitted ? (short)2 : (short)1;

    public override ClientResponse? AtOnce =>
        _partitions.Topics.Count == 0 ? Fail(ErrorCode.UnknownTopicId, "") : null;

    public override IKafkaRequest ToRequest(short version) => new Messages.ListOffsetsRequest
    {
        IsolationLevel = (sbyte)request.Isolation,
        Topics =
        [
            .. _partitions.Topics.Select(topic => new Messages.ListOffsetsRequest.Topic
            {
                Name = topic.Name,
                Partitions =
                [
                    .. topic.Items.Select(query => new Messages.ListOffsetsRequest.Partition
                    {
                        PartitionIndex = query.Partition.Partition,
                        CurrentLeaderEpoch = query.LeaderEpoch.Value,
                        Timestamp = query.TimestampMs,
                    }),
                ],
            }),
        ],
    };

    public override ClientResponse Fail(ErrorCode error, string message) =>
        new ListOffsetsResponse([.. request.Queries.Select(query => Failed(query, error))]);

    protected override ClientResponse FromResponse(Messages.ListOffsetsResponse response, short version)
    {
        var results = ImmutableArray.CreateBuilder<PartitionOffset>(request.Queries.Length);
        results.AddRange(_partitions.Unknown.Select(query => Failed(query, ErrorCode.UnknownTopicId)));
        foreach (var topic in response.Topics)
        {
            foreach (var result in topic.Partitions)
            {
                if (_partitions.Find(topic.Name, result.PartitionIndex) is { } partition)
                {
                    results.Add(new PartitionOffset(
                        partition, result.ErrorCode, result.Timestamp, result.Offset, new LeaderEpoch(result.LeaderEpoch)));
                }
            }
        }

        return new ListOffsetsResponse(results.ToImmutable());
    }

    private static PartitionOffset Failed(OffsetQuery query, ErrorCode error) =>
        new(query.Partition, error, -1, -1, LeaderEpoch.None);
}
