using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Turns administrative calls into requests and answers into results.</summary>
internal sealed partial class ClusterAdmin : IAdminClient
{
    private readonly ClientHost<AdminClient> _host;
    private readonly Dictionary<long, TaskCompletionSource<Effect>> _calls = [];
    private readonly int _timeoutMs;
    private readonly int _brokerTimeoutMs;
    private long _lastCall;
    private bool _closed;

    public ClusterAdmin(ClientContext context, AdminOptions options)
    {
        var settings = context.Brokers.Adapt(options.ToSettings(context.Bootstrap));
        _timeoutMs = options.DefaultApiTimeoutMs;

        // A broker that waits for the controller says so before its connection is taken for dead.
        _brokerTimeoutMs = Math.Min(_timeoutMs, Math.Max(1, settings.RequestTimeoutMs / 2));
        _host = new ClientHost<AdminClient>(
            context, "admin", settings.ClientId, new AdminClient(settings, Random.Shared.NextDouble), Perform);
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

    /// <summary>Asks any broker, or the one named.</summary>
    private async Task<ClusterCallCompleted> AskAsync(ClientRequest request, CancellationToken ct, BrokerId? at = null) =>
        (ClusterCallCompleted)await CallAsync(
            (machine, token) => machine.Ask(_host.NowMs, token, request, _timeoutMs, at), ct).ConfigureAwait(false);

    private async Task<IReadOnlyList<LeaderAnswer>> AskLeadersAsync(
        LeaderQuery query, IReadOnlyList<(TopicPartition Partition, long Value)> partitions, CancellationToken ct)
    {
        var completed = await CallAsync(
            (machine, token) => machine.AskLeaders(_host.NowMs, token, query, partitions, _timeoutMs), ct)
            .ConfigureAwait(false);
        return ((LeaderCallCompleted)completed).Answers;
    }

    private async Task<Effect> CallAsync(Action<AdminClient, long> begin, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var call = new TaskCompletionSource<Effect>(TaskCreationOptions.RunContinuationsAsynchronously);
        long token;
        lock (_host.Gate)
        {
            RequireAlive();
            token = ++_lastCall;
            _calls.Add(token, call);
            begin(_host.Machine, token);
        }

        _host.Wake();
        try
        {
            return await call.Task.WaitAsync(ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Forget(token);
            throw;
        }
    }

    private void Forget(long token)
    {
        lock (_host.Gate)
        {
            _calls.Remove(token);
            _host.Machine.Forget(token);
        }
    }

    /// <exception cref="ObjectDisposedException">The client was disposed of, or its actor system has ended.</exception>
    private void RequireAlive() =>
        ObjectDisposedException.ThrowIf(_closed || _host.Machine.IsAborted, typeof(IAdminClient));

    /// <summary>Where nothing is asked for, too.</summary>
    private void CheckAlive(CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        lock (_host.Gate)
            RequireAlive();
    }

    /// <param name="isChange">A lost attempt matters to the caller.</param>
    private static T Answer<T>(ClusterCallCompleted call, bool isChange = false)
        where T : ClientResponse
    {
        if (call.Error != ErrorCode.None)
        {
            var mayHaveRun = isChange && call.MayHaveRunBefore;
            var message = call.Message ?? "The request failed.";
            throw new ReplicationException(
                call.Error,
                mayHaveRun ? message + " An attempt was lost, and may have been carried out." : message)
            {
                MayHaveBeenCarriedOut = mayHaveRun,
            };
        }

        return call.Response as T ?? throw new ReplicationException(
            ErrorCode.UnknownServerError, $"The answer is a {call.Response?.GetType().Name}, not a {typeof(T).Name}.");
    }

    /// <summary>The items, none of them null.</summary>
    private static T[] Required<T>(IEnumerable<T> items, string name)
    {
        ArgumentNullException.ThrowIfNull(items, name);
        T[] all = [.. items];
        return Array.Exists(all, item => item is null)
            ? throw new ArgumentException("One of them is null.", name)
            : all;
    }

    private static void RequirePartitions(IReadOnlyCollection<TopicPartition> partitions, string name)
    {
        foreach (var partition in partitions)
        {
            ArgumentNullException.ThrowIfNull(partition.Topic, name);
            if (partition.Partition < 0)
                throw new ArgumentException($"{partition}: partitions are numbered from 0.", name);
        }

        if (partitions.GroupBy(p => p).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Key} is named twice.", name);
    }

    private void Perform(Effect effect)
    {
        var token = effect switch
        {
            ClusterCallCompleted completed => completed.Token,
            LeaderCallCompleted completed => completed.Token,
            _ => -1,
        };
        TaskCompletionSource<Effect>? call;
        lock (_host.Gate)
            _calls.Remove(token, out call);
        call?.TrySetResult(effect);
    }
}
