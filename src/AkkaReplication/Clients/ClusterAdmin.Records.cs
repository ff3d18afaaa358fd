using System.Collections.Immutable;

namespace AkkaReplication.Clients;

internal sealed partial class ClusterAdmin
{
    public async Task<IReadOnlyList<DeletedRecords>> DeleteRecordsAsync(
        IEnumerable<TopicPartitionOffset> beforeOffsets, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(beforeOffsets);
        TopicPartitionOffset[] named = [.. beforeOffsets];
        RequirePartitions([.. named.Select(p => p.TopicPartition)], nameof(beforeOffsets));
        CheckAlive(ct);
        if (named.Length == 0)
            return [];

        var answers = await AskLeadersAsync(
            new DeleteRecordsQuery(), [.. named.Select(p => (p.TopicPartition, p.Offset.Value))], ct)
            .ConfigureAwait(false);
        DeletedRecords[] results =
        [
            .. answers.Select(a => new DeletedRecords(
                a.Partition,
                a.Error,
                a.Offset,
                a.MayHaveRun ? $"{a.Message}; the records may have been deleted" : a.Message)),
        ];
        if (Array.TrueForAll(results, r => r.Error == ErrorCode.None))
            return results;

        throw new DeleteRecordsException(results) { MayHaveBeenCarriedOut = answers.Any(a => a.MayHaveRun) };
    }

    public async Task<IReadOnlyList<ListOffsetsResult>> ListOffsetsAsync(
        IEnumerable<TopicPartitionOffsetSpec> partitions,
        IsolationLevel isolation = IsolationLevel.ReadUncommitted,
        CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        TopicPartitionOffsetSpec[] named = [.. partitions];
        RequirePartitions([.. named.Select(p => p.TopicPartition)], nameof(partitions));
        CheckAlive(ct);
        if (named.Length == 0)
            return [];

        var answers = await AskLeadersAsync(
            new ListOffsetsQuery(isolation), [.. named.Select(p => (p.TopicPartition, p.Spec.TimestampMs))], ct)
            .ConfigureAwait(false);
        return
        [
            .. answers.Select(a => new ListOffsetsResult(
                a.Partition, a.Error, a.Offset, a.TimestampMs, a.LeaderEpoch, a.Message)),
        ];
    }

    public async Task<IReadOnlyList<BrokerLogDirs>> DescribeLogDirsAsync(
        IEnumerable<BrokerId>? brokers = null, IEnumerable<string>? topics = null, CancellationToken ct = default)
    {
        BrokerId[]? named = brokers is null ? null : [.. brokers.Distinct()];
        ImmutableArray<string>? asked = topics is null ? null : [.. Required(topics, nameof(topics))];
        CheckAlive(ct);
        if (named is { Length: 0 })
            return [];

        var cluster = await DescribeClusterAsync(ct).ConfigureAwait(false);
        named ??= [.. cluster.Brokers.Where(broker => !broker.Fenced).Select(broker => broker.Id)];
        var request = new DescribeLogDirsRequest(asked);
        return await Task.WhenAll(named.Select(id => DescribeLogDirsAsync(cluster, id, request, ct)))
            .ConfigureAwait(false);
    }

    private async Task<BrokerLogDirs> DescribeLogDirsAsync(
        ClusterInfo cluster, BrokerId broker, DescribeLogDirsRequest request, CancellationToken ct)
    {
        if (WhyNotAsked(cluster, broker) is var (error, problem))
            return new BrokerLogDirs(broker, error, problem, []);

        var call = await AskAsync(request, ct, broker).ConfigureAwait(false);
        return call.Error == ErrorCode.None
            ? new BrokerLogDirs(broker, ErrorCode.None, null, Answer<DescribeLogDirsResponse>(call).Directories)
            : new BrokerLogDirs(broker, call.Error, call.Message, []);
    }
}
