using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Asks partitions' leaders, gathered into one request per leader, and repeats what failed for the moment with fresh
/// metadata. Every call ends with one answer per partition.
/// </summary>
internal sealed class LeaderCalls(
    AdminSettings settings,
    ClientMetadata metadata,
    ClientConnections connections,
    MetadataUpdater updater,
    Func<double> random)
{
    /// <summary>A partition that is unknown for so long does not exist: no broker lags that far behind.</summary>
    public const int UnknownMs = 5_000;

    private readonly List<Call> _calls = [];
    private readonly SortedDictionary<BrokerId, List<Part>> _byLeader = [];

    public void Ask(
        long nowMs,
        long token,
        LeaderQuery query,
        IReadOnlyList<(TopicPartition Partition, long Value)> partitions,
        int timeoutMs) =>
        _calls.Add(new Call(token, query, partitions, nowMs, nowMs + timeoutMs));

    /// <summary>Nobody waits for it any more.</summary>
    public void Forget(long token) => _calls.RemoveAll(call => call.Token == token);

    public void Work(long nowMs, EffectList effects)
    {
        for (var i = _calls.Count - 1; i >= 0; i--)
            Expire(nowMs, _calls[i]);
        foreach (var call in _calls)
            Send(nowMs, call, effects);
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            if (_calls[i].Parts.TrueForAll(part => part.Answer is not null))
                Finish(i, effects);
        }
    }

    /// <summary>Null for a response that never came.</summary>
    public void OnAnswer(long nowMs, LeaderRequest request, ClientResponse? response)
    {
        foreach (var part in request.Parts)
        {
            if (part.Request != request)
                continue;

            part.Request = null;
            var answer = response is null
                ? Failed(part, ErrorCode.NetworkException, "the connection to the leader was lost")
                : request.Query.AnswerIn(response, part.Partition, part.Leader.Partition)
                    ?? Failed(part, ErrorCode.UnknownServerError, "the leader did not answer for this partition");
            part.MayHaveRun |= request.Query.IsChange
                && answer.Error is ErrorCode.NetworkException or ErrorCode.RequestTimedOut;
            if (answer.Error.IsRetriable())
                Retry(nowMs, part, answer);
            else
                part.Answer = answer;
        }
    }

    /// <summary>Where there is a new leader, neither a pause nor the old one's answer need be waited for.</summary>
    public void OnMetadata()
    {
        foreach (var call in _calls)
            call.HasFreshMetadata = true;
        foreach (var part in _calls.SelectMany(call => call.Parts).Where(part => part.Answer is null))
        {
            if (!metadata.TryGetLeader(part.Partition, out var leader) || leader == part.Leader)
                continue;

            // A leader that was asked may still carry it out.
            part.MayHaveRun |= part.Request is { Query.IsChange: true };
            part.Request = null;
            part.RetryAtMs = long.MinValue;
        }
    }

    public void Abort(ErrorCode error, string message, EffectList effects)
    {
        foreach (var part in _calls.SelectMany(call => call.Parts).Where(part => part.Answer is null))
        {
            part.MayHaveRun |= part.Request is { Query.IsChange: true };
            part.Answer = Failed(part, error, message);
        }

        while (_calls.Count > 0)
            Finish(0, effects);
    }

    public long NextWorkMs(long nowMs)
    {
        var next = long.MaxValue;
        foreach (var call in _calls)
        {
            next = Math.Min(next, call.DeadlineMs);
            if (call.UnknownDeadlineMs > nowMs)
                next = Math.Min(next, call.UnknownDeadlineMs);
            foreach (var part in call.Parts)
            {
                var due = part.Request is null ? part.RetryAtMs : part.SuspectAtMs;
                if (part.Answer is null && due > nowMs)
                    next = Math.Min(next, due);
            }
        }

        return next;
    }

    private void Expire(long nowMs, Call call)
    {
        var isOver = nowMs >= call.DeadlineMs;
        if (!isOver && nowMs < call.UnknownDeadlineMs)
            return;

        foreach (var part in call.Parts)
        {
            if (part.Answer is not null)
                continue;
            if (call.HasFreshMetadata && Unknown(part.Partition) is { } unknown)
            {
                part.Answer = Failed(part, ErrorCode.UnknownTopicOrPartition, unknown);
            }
            else if (isOver)
            {
                part.MayHaveRun |= part.Request is { Query.IsChange: true };
                part.Answer = Failed(part, ErrorCode.RequestTimedOut, part.Last is { } last
                    ? $"no final answer in time; last: {last.Error.KafkaName()} {last.Message}".TrimEnd()
                    : "no leader answered in time");
            }
        }
    }

    private void Send(long nowMs, Call call, EffectList effects)
    {
        _byLeader.Clear();
        foreach (var part in call.Parts)
        {
            if (part.Answer is not null)
                continue;
            if (part.Request is not null)
            {
                Suspect(nowMs, part);
                continue;
            }

            if (nowMs < part.RetryAtMs)
                continue;

            updater.Track(part.Partition.Topic);
            if (metadata.Find(part.Partition.Topic) is { Error: ErrorCode.InvalidTopicException })
                part.Answer = Failed(part, ErrorCode.InvalidTopicException, $"\"{part.Partition.Topic}\" can be no topic");
            else if (!metadata.TryGetLeader(part.Partition, out var leader))
                updater.Want();
            else if (connections.TryUse(nowMs, leader.Broker, effects))
                Gather(part, leader);
        }

        foreach (var (broker, parts) in _byLeader)
        {
            var request = new LeaderRequest(call.Query, parts);
            foreach (var part in parts)
            {
                part.Request = request;
                part.SuspectAtMs = nowMs + settings.HedgeAfterMs;
            }

            // The leader answers before the connection is taken for dead.
            var timeoutMs = (int)Math.Clamp(call.DeadlineMs - nowMs, 1, Math.Max(1, settings.RequestTimeoutMs / 2));
            var message = call.Query.ToRequest(parts.Select(part => (part.Leader, part.Value)), timeoutMs);
            connections.Call(nowMs, broker, message, request, settings.RequestTimeoutMs, effects);
        }
    }

    /// <summary>A leader that does not answer soon may have been replaced.</summary>
    private void Suspect(long nowMs, Part part)
    {
        if (nowMs < part.SuspectAtMs)
            return;

        updater.Want();
        part.SuspectAtMs = nowMs + settings.HedgeAfterMs;
    }

    private void Gather(Part part, KnownLeader leader)
    {
        part.Leader = leader;
        if (!_byLeader.TryGetValue(leader.Broker, out var parts))
            _byLeader.Add(leader.Broker, parts = []);
        parts.Add(part);
    }

    private void Retry(long nowMs, Part part, LeaderAnswer answer)
    {
        part.Last = answer;
        part.RetryAtMs = nowMs + Backoff.AfterMs(
            ++part.Failures, settings.RetryBackoffMs, settings.RetryBackoffMaxMs, random());
        updater.Want();
    }

    private void Finish(int index, EffectList effects)
    {
        var call = _calls[index];
        _calls.RemoveAt(index);
        effects.Add(new LeaderCallCompleted(
            call.Token,
            call.Parts.ConvertAll(part => part.Answer! with
            {
                MayHaveRun = part.MayHaveRun && part.Answer.Error != ErrorCode.None,
            })));
    }

    /// <summary>Why metadata says that the partition does not exist; null where it does not say so.</summary>
    private string? Unknown(TopicPartition partition) => metadata.Find(partition.Topic) switch
    {
        { Error: ErrorCode.UnknownTopicOrPartition } => $"there is no topic \"{partition.Topic}\"",
        { Error: ErrorCode.None } topic when partition.Partition >= topic.Partitions.Length =>
            $"the topic has {topic.Partitions.Length} partitions",
        _ => null,
    };

    private static LeaderAnswer Failed(Part part, ErrorCode error, string message) =>
        new(part.Partition, error, message, -1, -1, LeaderEpoch.None, part.MayHaveRun);

    internal sealed class Part(TopicPartition partition, long value)
    {
        public TopicPartition Partition { get; } = partition;

        public long Value { get; } = value;

        public KnownLeader Leader { get; set; }

        /// <summary>The request that is on its way for it, if any; answers to others are void.</summary>
        public LeaderRequest? Request { get; set; }

        /// <summary>When to look whether there is another leader.</summary>
        public long SuspectAtMs { get; set; }

        public long RetryAtMs { get; set; } = long.MinValue;

        public int Failures { get; set; }

        public bool MayHaveRun { get; set; }

        public LeaderAnswer? Last { get; set; }

        public LeaderAnswer? Answer { get; set; }
    }

    private sealed class Call(
        long token,
        LeaderQuery query,
        IReadOnlyList<(TopicPartition Partition, long Value)> partitions,
        long nowMs,
        long deadlineMs)
    {
        public long Token { get; } = token;

        public LeaderQuery Query { get; } = query;

        public long DeadlineMs { get; } = deadlineMs;

        public long UnknownDeadlineMs { get; } = Math.Min(deadlineMs, nowMs + UnknownMs);

        /// <summary>A broker has said since what it knows.</summary>
        public bool HasFreshMetadata { get; set; }

        public List<Part> Parts { get; } = [.. partitions.Select(p => new Part(p.Partition, p.Value))];
    }
}

/// <summary>One request to one leader, on its way.</summary>
internal sealed record LeaderRequest(LeaderQuery Query, List<LeaderCalls.Part> Parts);
