using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Turns administrative calls into requests and answers into results.</summary>
internal sealed class ClusterAdmin : IAdminClient
{
    private readonly ClientHost<AdminClient> _host;
    private readonly Dictionary<long, TaskCompletionSource<ClusterCallCompleted>> _calls = [];
    private readonly int _timeoutMs;
    private long _lastCall;
    private bool _closed;

    public ClusterAdmin(ClientContext context, AdminOptions options)
    {
        var settings = options.ToSettings(context.Bootstrap);
        _timeoutMs = options.DefaultApiTimeoutMs;
        _host = new ClientHost<AdminClient>(
            context, "admin", settings.ClientId, new AdminClient(settings, Random.Shared.NextDouble), Perform);
    }

    public async Task<IReadOnlyList<TopicResult>> CreateTopicsAsync(
        IEnumerable<TopicSpecification> topics, bool validateOnly = false, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        var request = new CreateTopicsRequest([.. topics.Select(ToNewTopic)], validateOnly, _timeoutMs);
        var call = await AskAsync(request, ct).ConfigureAwait(false);
        var results = Answer<CreateTopicsResponse>(call).Results;
        return Check(
            call, results, ErrorCode.TopicAlreadyExists, "an earlier attempt of this call may have created it");
    }

    public async Task<IReadOnlyList<TopicResult>> DeleteTopicsAsync(
        IEnumerable<string> names, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        var call = await AskAsync(new DeleteTopicsRequest([.. names], _timeoutMs), ct).ConfigureAwait(false);
        var results = Answer<DeleteTopicsResponse>(call).Results;
        return Check(
            call, results, ErrorCode.UnknownTopicOrPartition, "an earlier attempt of this call may have deleted it");
    }

    public async Task<IReadOnlyList<TopicInfo>> DescribeTopicsAsync(
        IEnumerable<string>? names = null, CancellationToken ct = default)
    {
        ImmutableArray<string>? asked = names is null ? null : [.. names];
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
        var call = await AskAsync(new ElectLeadersRequest(type, named, _timeoutMs), ct).ConfigureAwait(false);
        return Answer<ElectLeadersResponse>(call).Results;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_host.Gate)
        {
            if (_closed)
                return;

            _closed = true;
        }

        await _host.StopAsync().ConfigureAwait(false);
    }

    private static NewTopic ToNewTopic(TopicSpecification topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        return new NewTopic(
            topic.Name,
            topic.ReplicasAssignments?.Count ?? topic.NumPartitions,
            topic.ReplicationFactor,
            topic.ReplicasAssignments is { } assignments
                ? [.. assignments.Select(replicas => replicas.ToImmutableArray())]
                : [],
            topic.Configs is { } configs
                ? configs.ToImmutableSortedDictionary(StringComparer.Ordinal)
                : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));
    }

    private Task<ClusterCallCompleted> AskAsync(ClientRequest request, CancellationToken ct)
    {
        var call = new TaskCompletionSource<ClusterCallCompleted>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_host.Gate)
        {
            ObjectDisposedException.ThrowIf(_closed || _host.Machine.IsAborted, typeof(IAdminClient));
            _calls.Add(++_lastCall, call);
            _host.Machine.Ask(_host.NowMs, _lastCall, request, _timeoutMs);
        }

        _host.Wake();
        return call.Task.WaitAsync(ct);
    }

    private static T Answer<T>(ClusterCallCompleted call)
        where T : ClientResponse
    {
        if (call.Error != ErrorCode.None)
            throw new ReplicationException(call.Error, call.Message ?? "The request failed.");
        return call.Response as T ?? throw new ReplicationException(
            ErrorCode.UnknownServerError, $"The answer is a {call.Response?.GetType().Name}, not a {typeof(T).Name}.");
    }

    private static ImmutableArray<TopicResult> Check(
        ClusterCallCompleted call, ImmutableArray<TopicResult> results, ErrorCode ambiguous, string explanation)
    {
        if (results.All(r => r.Error == ErrorCode.None))
            return results;

        throw new TopicsException(call.MayHaveRunBefore
            ? [.. results.Select(r => r.Error == ambiguous ? r with { Message = $"{r.Message}; {explanation}" } : r)]
            : results);
    }

    private void Perform(Effect effect)
    {
        if (effect is not ClusterCallCompleted completed)
            return;

        TaskCompletionSource<ClusterCallCompleted>? call;
        lock (_host.Gate)
            _calls.Remove(completed.Token, out call);
        call?.TrySetResult(completed);
    }
}
