using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>OffsetDelete; answered when the tombstones are stored.</summary>
internal sealed class OffsetDeleteApi() : KafkaApi<Messages.OffsetDeleteRequest>(ApiKey.OffsetDelete, 0, 0)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.OffsetDeleteRequest request) =>
        scope.CallGroup(
            exchange.Header.ClientId,
            new OffsetDeleteRequest(
                request.GroupId,
                [
                    .. request.Topics.SelectMany(
                        topic => topic.Partitions.Select(p => new TopicPartition(topic.Name, p.PartitionIndex))),
                ]),
            answer =>
            {
                var deleted = (OffsetDeleteResponse)answer;
                exchange.Answer(new Messages.OffsetDeleteResponse
                {
                    ErrorCode = deleted.Error,
                    Topics =
                    [
                        .. deleted.Results.GroupBy(r => r.Partition.Topic, StringComparer.Ordinal).Select(
                            topic => new Messages.OffsetDeleteResponse.Topic
                            {
                                Name = topic.Key,
                                Partitions =
                                [
                                    .. topic.Select(r => new Messages.OffsetDeleteResponse.Partition
                                    {
                                        PartitionIndex = r.Partition.Partition,
                                        ErrorCode = r.Error,
                                    }),
                                ],
                            }),
                    ],
                });
            });
}
