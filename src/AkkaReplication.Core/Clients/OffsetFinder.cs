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

    public bool IsAsked { get; set; }

    public int Failures { get; set; }

    public long RetryAtMs { get; set; } = long.MinValue;

    public ErrorCode LastError { get; set; } = ErrorCode.None;
}

/// <summary>
/// Asks leaders for offsets (Kafka's ListOffsets), gathered into one request per leader, and repeats what failed for the
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
            if (search.IsAsked || nowMs < search.RetryAtMs)
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

    /// <summary>Sorts an answer into searches that have their offset, and errors that will not pass by themselves.</summary>
    public void OnAnswer(
        long nowMs,
        OffsetCall call,
        ListOffsetsResponse? response,
        Action<OffsetSearch, PartitionOffset> found,
        Action<OffsetSearch, ErrorCode> failed)
    {
        foreach (var (search, partition) in call.Searches)
        {
            if (!_searches.Contains(search))
                continue;

            var result = response?.Results.FirstOrDefault(r => r.Partition == partition);
            var error = result?.Error ?? ErrorCode.UnknownServerError;
            search.IsAsked = false;
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
            Retry(nowMs, search, ErrorCode.NetworkException);
    }

    /// <summary>New leaders may be known: nobody need wait for the end of a pause.</summary>
    public void OnMetadata()
    {
        foreach (var search in _searches)
            search.RetryAtMs = Math.Min(search.RetryAtMs, search.Failures > 1 ? search.RetryAtMs : long.MinValue);
    }

    public long NextWorkMs(long nowMs)
    {
        var next = long.MaxValue;
        foreach (var search in _searches)
        {
            if (!search.IsAsked && search.RetryAtMs > nowMs)
                next = Math.Min(next, search.RetryAtMs);
        }

        return next;
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
        foreach (var (search, _) in searches)
            search.IsAsked = true;
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
        search.IsAsked = false;
        search.LastError = error;
        search.RetryAtMs = nowMs + Backoff.AfterMs(
            ++search.Failures, settings.RetryBackoffMs, settings.RetryBackoffMaxMs, random());
        updater.Want();
    }
}

/// <summary>What one ListOffsets request asks for.</summary>
internal sealed record OffsetCall(List<(OffsetSearch Search, TopicIdPartition Partition)> Searches);
