using System.Collections.Immutable;
using AkkaReplication.Controller;

namespace AkkaReplication.Clients;

internal sealed partial class ClusterAdmin
{
    public async Task<IReadOnlyList<TopicResult>> CreateTopicsAsync(
        IEnumerable<TopicSpecification> topics, bool validateOnly = false, CancellationToken ct = default)
    {
        var named = Required(topics, nameof(topics)).Select(ToNewTopic).ToImmutableArray();
        CheckAlive(ct);
        if (named.IsEmpty)
            return [];

        var request = new CreateTopicsRequest(named, validateOnly, _brokerTimeoutMs);
        var call = await AskAsync(request, ct).ConfigureAwait(false);
        var results = Answer<CreateTopicsResponse>(call, isChange: !validateOnly).Results;
        return Check(
            call, results, ErrorCode.TopicAlreadyExists, "an earlier attempt of this call may have created it");
    }

    public async Task<IReadOnlyList<TopicResult>> DeleteTopicsAsync(
        IEnumerable<string> names, CancellationToken ct = default)
    {
        var named = Required(names, nameof(names)).ToImmutableArray();
        CheckAlive(ct);
        if (named.IsEmpty)
            return [];

        var call = await AskAsync(new DeleteTopicsRequest(named, _brokerTimeoutMs), ct).ConfigureAwait(false);
        var results = Answer<DeleteTopicsResponse>(call, isChange: true).Results;
        return Check(
            call, results, ErrorCode.UnknownTopicOrPartition, "an earlier attempt of this call may have deleted it");
    }

    public async Task<IReadOnlyList<TopicResult>> CreatePartitionsAsync(
        IEnumerable<PartitionsSpecification> topics, bool validateOnly = false, CancellationToken ct = default)
    {
        var named = Required(topics, nameof(topics)).Select(ToNewPartitions).ToImmutableArray();
        CheckAlive(ct);
        if (named.IsEmpty)
            return [];

        var request = new CreatePartitionsRequest(named, validateOnly, _brokerTimeoutMs);
        var call = await AskAsync(request, ct).ConfigureAwait(false);
        var results = Answer<CreatePartitionsResponse>(call, isChange: !validateOnly).Results;
        return Check(
            call, results, ErrorCode.InvalidPartitions, "an earlier attempt of this call may have created them");
    }

    public async Task<IReadOnlyList<TopicListing>> ListTopicsAsync(CancellationToken ct = default)
    {
        var topics = await DescribeTopicsAsync(null, ct).ConfigureAwait(false);
        return [.. topics.Select(topic => new TopicListing(topic.Name, topic.Id, topic.Partitions.Length))];
    }

    public async Task<IReadOnlyList<TopicInfo>> DescribeTopicsAsync(
        IEnumerable<string>? names = null, CancellationToken ct = default)
    {
        ImmutableArray<string>? asked = names is null ? null : [.. Required(names, nameof(names))];
        CheckAlive(ct);
        if (asked is { IsEmpty: true })
            return [];

        return Answer<MetadataResponse>(await AskAsync(new MetadataRequest(asked), ct).ConfigureAwait(false)).Topics;
    }

    public async Task<ClusterInfo> DescribeClusterAsync(CancellationToken ct = default)
    {
        var call = await AskAsync(new MetadataRequest(ImmutableArray<string>.Empty), ct).ConfigureAwait(false);
        var metadata = Answer<MetadataResponse>(call);
        return new ClusterInfo(metadata.ClusterId, metadata.MetadataOffset, metadata.Controller, metadata.Brokers);
    }

    public async Task<IReadOnlyList<ElectionResult>> ElectLeadersAsync(
        ElectionType type, IEnumerable<TopicPartition>? partitions = null, CancellationToken ct = default)
    {
        ImmutableArray<TopicPartition>? named = partitions is null ? null : [.. partitions];
        CheckAlive(ct);
        if (named is { IsEmpty: true })
            return [];

        var request = new ElectLeadersRequest(type, named, _brokerTimeoutMs);
        var call = await AskAsync(request, ct).ConfigureAwait(false);
        return Answer<ElectLeadersResponse>(call, isChange: true).Results;
    }

    private static NewTopic ToNewTopic(TopicSpecification topic) => new(
        topic.Name ?? throw new ArgumentException("A topic has no name.", nameof(topic)),
        topic.ReplicasAssignments?.Count ?? topic.NumPartitions,
        topic.ReplicationFactor,
        ToAssignments(topic.ReplicasAssignments),
        topic.Configs is { } configs
            ? configs.ToImmutableSortedDictionary(StringComparer.Ordinal)
            : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    private static NewPartitions ToNewPartitions(PartitionsSpecification topic) => new(
        topic.Topic ?? throw new ArgumentException("A topic has no name.", nameof(topic)),
        topic.IncreaseTo,
        ToAssignments(topic.ReplicasAssignments));

    private static ImmutableArray<ImmutableArray<BrokerId>> ToAssignments(
        IReadOnlyList<IReadOnlyList<BrokerId>>? assignments) =>
        assignments is null ? [] : [.. assignments.Select(replicas => replicas.ToImmutableArray())];

    private static ImmutableArray<TopicResult> Check(
        ClusterCallCompleted call, ImmutableArray<TopicResult> results, ErrorCode ambiguous, string explanation)
    {
        if (results.All(r => r.Error == ErrorCode.None))
            return results;
        if (!call.MayHaveRunBefore)
            throw new TopicsException(results);

        throw new TopicsException(
            [.. results.Select(r => r.Error == ambiguous ? r with { Message = $"{r.Message}; {explanation}" } : r)])
        {
            MayHaveBeenCarriedOut = results.Any(r => r.Error == ambiguous),
        };
    }
}
