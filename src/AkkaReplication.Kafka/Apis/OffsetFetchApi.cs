using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>OffsetFetch: of one group before version 8, of any number since, each of which is asked for itself.</summary>
internal sealed class OffsetFetchApi() : KafkaApi<Messages.OffsetFetchRequest>(ApiKey.OffsetFetch, 1, 9)
{
    private const short FirstWithGroupError = 2;
    private const short FirstWithGroups = 8;

    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.OffsetFetchRequest request)
    {
        if (exchange.Version < FirstWithGroups)
        {
            var partitions = request.Topics?.SelectMany(
                topic => topic.PartitionIndexes.Select(p => new TopicPartition(topic.Name, p)));
            Fetch(scope, exchange, request.GroupId, partitions, fetched => exchange.Answer(
                DescribeOne(request, fetched, exchange.Version)));
            return;
        }

        if (request.Groups.Length == 0)
        {
            exchange.Answer(new Messages.OffsetFetchResponse());
            return;
        }

        var groups = new Messages.OffsetFetchResponse.Group[request.Groups.Length];
        var left = groups.Length;
        for (var i = 0; i < groups.Length; i++)
        {
            var place = i;
            var group = request.Groups[i];
            var partitions = group.Topics?.SelectMany(
                topic => topic.PartitionIndexes.Select(p => new TopicPartition(topic.Name, p)));
            Fetch(scope, exchange, group.GroupId, partitions, fetched =>
            {
                groups[place] = Describe(fetched);
                if (--left == 0)
                    exchange.Answer(new Messages.OffsetFetchResponse { Groups = groups });
            });
        }
    }

    private static void Fetch(
        IConnectionScope scope,
        Exchange exchange,
        string groupId,
        IEnumerable<TopicPartition>? partitions,
        Action<OffsetFetchResponse> then)
    {
        ImmutableArray<TopicPartition>? asked = partitions is null ? null : [.. partitions];
        scope.CallGroup(
            exchange.Header.ClientId,
            new OffsetFetchRequest(groupId, asked),
            answer => then((OffsetFetchResponse)answer));
    }

    private static Messages.OffsetFetchResponse DescribeOne(
        Messages.OffsetFetchRequest request, OffsetFetchResponse fetched, short version)
    {
        // Where there is no place for the group's error, every partition has it.
        var offsets = version >= FirstWithGroupError || fetched.Error == ErrorCode.None
            ? fetched.Offsets
            :
            [
                .. request.Topics!.SelectMany(topic => topic.PartitionIndexes.Select(p => new FetchedOffset(
                    new TopicPartition(topic.Name, p), -1, LeaderEpoch.None, "", fetched.Error))),
            ];
        return new Messages.OffsetFetchResponse
        {
            ErrorCode = fetched.Error,
            Topics =
            [
                .. ByTopic(offsets).Select(topic => new Messages.OffsetFetchResponse.Topic
                {
                    Name = topic.Key,
                    Partitions =
                    [
                        .. topic.Select(o => new Messages.OffsetFetchResponse.Partition
                        {
                            PartitionIndex = o.Partition.Partition,
                            CommittedOffset = o.Offset,
                            CommittedLeaderEpoch = o.LeaderEpoch.Value,
                            Metadata = o.Metadata,
                            ErrorCode = o.Error,
                        }),
                    ],
                }),
            ],
        };
    }

    private static Messages.OffsetFetchResponse.Group Describe(OffsetFetchResponse fetched) => new()
    {
        GroupId = fetched.GroupId,
        ErrorCode = fetched.Error,
        Topics =
        [
            .. ByTopic(fetched.Offsets).Select(topic => new Messages.OffsetFetchResponse.GroupTopic
            {
                Name = topic.Key,
                Partitions =
                [
                    .. topic.Select(o => new Messages.OffsetFetchResponse.GroupPartition
                    {
                        PartitionIndex = o.Partition.Partition,
                        CommittedOffset = o.Offset,
                        CommittedLeaderEpoch = o.LeaderEpoch.Value,
                        Metadata = o.Metadata,
                        ErrorCode = o.Error,
                    }),
                ],
            }),
        ],
    };

    private static IEnumerable<IGrouping<string, FetchedOffset>> ByTopic(ImmutableArray<FetchedOffset> offsets) =>
        offsets.GroupBy(o => o.Partition.Topic, StringComparer.Ordinal);
}
