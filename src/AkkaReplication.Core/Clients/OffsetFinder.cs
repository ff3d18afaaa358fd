using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>One offset that is asked for at a partition's leader.</summary>
internal sealed class OffsetSearch(TopicPartition partition, long timestampMs, object owner)
{
    public TopicPartition Partition { get; } = partition;

    /// <summary>Ms since the Unix epoch; -1 for the end, -2 for the beginning.</summary>
    public long TimestampMs { get; } = timestampMs;

    /// <summary>Who wants to know.</summary>
    public object Owner { get; } = owner;

    /// <summary>It has been handed to the finder.</summary>
    public bool IsStarted { get; set; }

    /// <summary>The call that is on its way for it, if any; answers to others are void.</summary>
    public OffsetCall? Call { get; set; }

    /// <summary>The leader that has that call.</summary>
    public KnownLeader AskedLeader { get; set; }

    /// <summary>When to suspect that leader, and look whether there is another one.</summary>
    public long SuspectAtMs { get; set; } = long.MaxValue;

    public int Failures { get; set; }

    public long RetryAtMs { get; set; } = long.MinValue;

    public ErrorCode LastError { get; set; } = ErrorCode.None;
}

/// <summary>
/// Asks leaders for offsets (Kafka's ListOffsets), gathered into one request per leader, and repeats what failed for
/// the
/// moment. What an answer means is the owner's business.
/// </summary>
internal sealed class OffsetFinder(
    ConsumerSettings settings,
    ClientMetadata metadata,
    ClientConnections connections,
    MetadataUpdater updater,
    Func<double> random)
{
    private readonly List<OffsetSearch> _searches = [];
    private readonly SortedDictionary<BrokerId, List<(OffsetSearch Search, KnownLeader Leader)>> _byLeader = [];

    public void Add(OffsetSearch search) => _searches.Add(search);

    public void Remove(OffsetSearch search) => _searches.Remove(search);

    public void Work(long nowMs, EffectList effects)
    {
        _byLeader.Clear();
        foreach (var search in _searches)
        {
            if (nowMs >= search.SuspectAtMs)
            {
                updater.Want();
                search.SuspectAtMs = nowMs + settings.HedgeAfterMs;
            }

            if (search.Call is not null || nowMs < search.RetryAtMs)
                continue;

            updater.Track(search.Partition.Topic);
            if (!metadata.TryGetLeader(search.Partition, out var leader))
                updater.Want();
            else if (connections.TryUse(nowMs, leader.Broker, effects))
                Gather(search, leader);
        }

        foreach (var (broker, searches) in _byLeader)
            Ask(nowMs, broker, searches, effects);
    }

    /// <summary>
    /// Sorts an answer into searches that have their offset, and errors that will not pass by themselves.
    /// </summary>
    public void OnAnswer(
        long nowMs,
        OffsetCall call,
        ListOffsetsResponse? response,
        Action<OffsetSearch, PartitionOffset> found,
        Action<OffsetSearch, ErrorCode> failed)
    {
        foreach (var (search, partition) in call.Searches)
        {
            if (search.Call != call || !_searches.Contains(search))
                continue;

            var result = response?.Results.FirstOrDefault(r => r.Partition == partition);
            var error = result?.Error ?? ErrorCode.UnknownServerError;
            Unask(search);
            if (error == ErrorCode.None)
            {
                _searches.Remove(search);
                found(search, result!);
            }
            else if (error.IsRetriable() || error == ErrorCode.UnknownServerError)
            {
                Retry(nowMs, search, error);
            }
            else
            {
                _searches.Remove(search);
                failed(search, error);
            }
        }
    }

    public void OnLost(long nowMs, OffsetCall call)
    {
        foreach (var (search, _) in call.Searches)
        {
            if (search.Call == call)
                Retry(nowMs, search, ErrorCode.NetworkException);
        }
    }

    /// <summary>Where there is a new leader, neither a pause nor the old one's answer need be waited for.</summary>
    public void OnMetadata()
    {
        foreach (var search in _searches)
        {
            if (!metadata.TryGetLeader(search.Partition, out var leader) || leader == search.AskedLeader)
                continue;

            search.RetryAtMs = long.MinValue;
            Unask(search);
        }
    }

    public long NextWorkMs(long nowMs)
    {
        var next = long.MaxValue;
        foreach (var search in _searches)
        {
            var due = search.Call is null ? search.RetryAtMs : search.SuspectAtMs;
            if (due > nowMs)
                next = Math.Min(next, due);
        }

        return next;
    }

    private static void Unask(OffsetSearch search)
    {
        search.Call = null;
        search.SuspectAtMs = long.MaxValue;
    }

    private void Gather(OffsetSearch search, KnownLeader leader)
    {
        if (!_byLeader.TryGetValue(leader.Broker, out var searches))
            _byLeader.Add(leader.Broker, searches = []);

        // Answers name the partition only, so a request asks for each once; the rest goes with the next one.
        if (searches.TrueForAll(other => other.Leader.Partition != leader.Partition))
            searches.Add((search, leader));
    }

    private void Ask(
        long nowMs, BrokerId broker, List<(OffsetSearch Search, KnownLeader Leader)> searches, EffectList effects)
    {
        var queries = searches
            .Select(s => new OffsetQuery(s.Leader.Partition, s.Leader.Epoch, s.Search.TimestampMs))
            .ToImmutableArray();
        var call = new OffsetCall(searches.ConvertAll(s => (s.Search, s.Leader.Partition)));
        foreach (var (search, leader) in searches)
        {
            search.Call = call;
            search.AskedLeader = leader;
            search.SuspectAtMs = nowMs + settings.HedgeAfterMs;
        }

        connections.Call(
            nowMs,
            broker,
            new ListOffsetsRequest(settings.IsolationLevel, queries),
            call,
            settings.RequestTimeoutMs,
            effects);
    }

    private void Retry(long nowMs, OffsetSearch search, ErrorCode error)
    {
        Unask(search);
        search.LastError = error;
        search.RetryAtMs = nowMs + Backoff.AfterMs(
            ++search.Failures, settings.RetryBackoffMs, settings.RetryBackoffMaxMs, random());
        updater.Want();
    }
}

/// <summary>What one ListOffsets request asks for.</summary>
internal sealed record OffsetCall(List<(OffsetSearch Search, TopicIdPartition Partition)> Searches);
