using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using Messages = AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// DescribeLogDirs (KIP-113): what the broker that is asked has on its disks. How large those are is left unknown (-1), as
/// the protocol allows: nothing here waits for a disk.
/// </summary>
internal sealed class DescribeLogDirsApi() : KafkaApi<Messages.DescribeLogDirsRequest>(ApiKey.DescribeLogDirs, 1, 4)
{
    protected override void Handle(IConnectionScope scope, Exchange exchange, Messages.DescribeLogDirsRequest request)
    {
        var asked = request.Topics?.SelectMany(t => t.Partitions.Select(p => new TopicPartition(t.Topic, p))).ToHashSet();
        ImmutableArray<string>? names = asked is null ? null : [.. asked.Select(p => p.Topic).Distinct()];
        scope.Call(new DescribeLogDirsRequest(names), answer =>
        {
            var described = (DescribeLogDirsResponse)answer;
            exchange.Answer(new Messages.DescribeLogDirsResponse
            {
                ErrorCode = described.Error,
                Results = [.. described.Directories.Select(directory => Describe(directory, asked))],
            });
        });
    }

    private static Messages.DescribeLogDirsResponse.LogDirectory Describe(
        LogDirDescription directory, HashSet<TopicPartition>? asked) => new()
        {
            ErrorCode = directory.Error,
            LogDir = directory.Path,
            Topics =
            [
                .. directory.Replicas.Where(replica => asked is null || asked.Contains(replica.Partition))
                    .GroupBy(replica => replica.Partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new Messages.DescribeLogDirsResponse.Topic
                    {
                        Name = topic.Key,
                        Partitions =
                        [
                            .. topic.Select(replica => new Messages.DescribeLogDirsResponse.Partition
                            {
                                PartitionIndex = replica.Partition.Partition,
                                PartitionSize = replica.SizeBytes,
                                OffsetLag = replica.OffsetLag,
                            }),
                        ],
                    }),
            ],
        };
}
