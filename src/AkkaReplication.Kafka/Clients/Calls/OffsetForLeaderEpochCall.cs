using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>OffsetForLeaderEpoch (KIP-320), by topics' names.</summary>
internal sealed class OffsetForLeaderEpochCall(long id, OffsetForLeaderEpochRequest request, TopicDirectory topics)
    : KafkaCall<Messages.OffsetForLeaderEpochResponse>(id, ApiKey.OffsetForLeaderEpoch)
{
    private const int Consumer = -1;

    private readonly PartitionNames<EpochQuery> _partitions = new(request.Queries, query => query.Partition, topics);

    public override ClientResponse? AtOnce =>
        _partitions.Topics.Count == 0 ? Fail(ErrorCode.UnknownTopicId, "") : null;

    public override IKafkaRequest ToRequest(short version) => new Messages.OffsetForLeaderEpochRequest
    {
        ReplicaId = Consumer,
        Topics =
        [
            .. _partitions.Topics.Select(topic => new Messages.OffsetForLeaderEpochRequest.EpochTopic
            {
                Topic = topic.Name,
                Partitions =
                [
                    .. topic.Items.Select(query => new Messages.OffsetForLeaderEpochRequest.EpochPartition
                    {
                        Partition = query.Partition.Partition,
                        CurrentLeaderEpoch = query.LeaderEpoch.Value,
                        LeaderEpoch = query.Epoch.Value,
                    }),
                ],
            }),
        ],
    };

    public override ClientResponse Fail(ErrorCode error, string message) =>
        new OffsetForLeaderEpochResponse([.. request.Queries.Select(query => Failed(query, error))]);

    protected override ClientResponse FromResponse(Messages.OffsetForLeaderEpochResponse response, short version)
    {
        var results = ImmutableArray.CreateBuilder<PartitionEpochEnd>(request.Queries.Length);
        results.AddRange(_partitions.Unknown.Select(query => Failed(query, ErrorCode.UnknownTopicId)));
        foreach (var topic in response.Topics)
        {
            foreach (var result in topic.Partitions)
            {
                if (_partitions.Find(topic.Topic, result.Partition) is { } partition)
                {
                    results.Add(new PartitionEpochEnd(
                        partition, result.ErrorCode, new LeaderEpoch(result.LeaderEpoch), result.EndOffset));
                }
            }
        }

        return new OffsetForLeaderEpochResponse(results.ToImmutable());
    }

    private static PartitionEpochEnd Failed(EpochQuery query, ErrorCode error) =>
        new(query.Partition, error, LeaderEpoch.None, -1);
}
