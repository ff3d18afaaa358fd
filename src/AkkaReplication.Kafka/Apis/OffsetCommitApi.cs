using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>OffsetCommit; answered when the offsets are stored.</summary>
internal sealed class OffsetCommitApi() : KafkaApi<Messages.OffsetCommitRequest>(ApiKey.OffsetCommit, 2, 9)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.OffsetCommitRequest request) =>
        scope.CallGroup(
            exchange.Header.ClientId,
            new OffsetCommitRequest(
                request.GroupId,
                request.GenerationId,
                request.MemberId,
                request.GroupInstanceId,
                [
                    .. request.Topics.SelectMany(topic => topic.Partitions.Select(p => new OffsetToCommit(
                        new TopicPartition(topic.Name, p.PartitionIndex),
                        p.CommittedOffset,
                        new LeaderEpoch(p.CommittedLeaderEpoch),
                        p.CommittedMetadata))),
                ]),
            answer =>
            {
                // One result for each offset, in their order.
                var results = ((OffsetCommitResponse)answer).Results;
                var next = 0;
                exchange.Answer(new Messages.OffsetCommitResponse
                {
                    Topics =
                    [
                        .. request.Topics.Select(topic => new Messages.OffsetCommitResponse.Topic
                        {
                            Name = topic.Name,
                            Partitions =
                            [
                                .. topic.Partitions.Select(p => new Messages.OffsetCommitResponse.Partition
                                {
                                    PartitionIndex = p.PartitionIndex,
                                    ErrorCode = results[next++].Error,
                                }),
                            ],
                        }),
                    ],
                });
            });
}
