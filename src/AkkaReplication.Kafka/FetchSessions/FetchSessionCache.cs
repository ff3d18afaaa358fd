using System.Security.Cryptography;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.FetchSessions;

/// <summary>
/// The fetch sessions of one life of a broker (KIP-227). What clients can hold in memory by them is bounded: so many
/// sessions, and so many partitions in all of them. A client that gets no session, or whose session had to make room, goes on
/// with fetches that list everything. The end of a connection ends no session; only its client, or the need for room, does.
/// Any thread.
/// </summary>
internal sealed class FetchSessionCache
{
    /// <summary>
    /// A session that has not been used for longer makes room for any other; one that is older makes room for a larger one.
    /// Kafka's min.incremental.fetch.session.eviction.ms.
    /// </summary>
    public const int EvictionMs = 120_000;

    /// <summary>A client that follows more partitions than that lists them with every fetch.</summary>
    public const int MostPartitionsOfSession = 10_000;

    private const int PartitionsPerSlot = 200;

    private readonly int _slots;
    private readonly long _mostPartitions;
    private readonly Func<int> _newId;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, FetchSession> _sessions = [];
    private readonly SortedSet<(long LastUsedMs, int Id)> _byUse = [];

    // Of those alone that are old enough to make room for a larger one.
    private readonly SortedSet<(int Partitions, int Id)> _bySize = [];
    private long _partitions;
    private long _evictions;

    /// <param name="slots">max.incremental.fetch.session.cache.slots; 0 for no sessions.</param>
    /// <param name="newId">Numbers from 1 on, by which sessions are called; by default such as nobody guesses.</param>
    public FetchSessionCache(int slots, Func<int>? newId = null)
    {
        _slots = slots;
        _mostPartitions = Math.Max(MostPartitionsOfSession, (long)slots * PartitionsPerSlot);
        _newId = newId ?? (static () => RandomNumberGenerator.GetInt32(1, int.MaxValue));
    }

    /// <summary>Sessions that there are (Kafka's NumIncrementalFetchSessions).</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _sessions.Count;
        }
    }

    /// <summary>Partitions of all sessions (Kafka's NumIncrementalFetchPartitionsCached).</summary>
    public long Partitions
    {
        get
        {
            lock (_lock)
                return _partitions;
        }
    }

    /// <summary>Sessions that had to make room (Kafka's IncrementalFetchSessionEvictionsPerSec, as a sum).</summary>
    public long Evictions
    {
        get
        {
            lock (_lock)
                return _evictions;
        }
    }

    /// <summary>What a client's fetch is about; a session that it gives up is closed.</summary>
    /// <param name="nowMs">Monotonic.</param>
    public FetchContext Begin(long nowMs, FetchRequest request, bool usesTopicIds)
    {
        if (request.SessionEpoch is SessionEpochs.Opening or SessionEpochs.Final)
        {
            Close(request.SessionId);
            return request.SessionEpoch == SessionEpochs.Opening && CanBeKept(request, usesTopicIds)
                ? new FullFetch(FetchTarget.Of(request, usesTopicIds), this) { UsesTopicIds = usesTopicIds }
                : FetchContext.Sessionless(request, usesTopicIds);
        }

        return Find(request.SessionId) is { } session
            ? Continue(nowMs, session, request, usesTopicIds)
            : FetchContext.Refused(ErrorCode.FetchSessionIdNotFound);
    }

    /// <summary>A session of what a request has listed, where there is room for it. Returns its number, or 0.</summary>
    public int TryOpen(
        long nowMs,
        ReadOnlySpan<FetchTarget> targets,
        ReadOnlySpan<FetchResponse.FetchPartition> outcomes,
        bool usesTopicIds)
    {
        if (targets.Length is 0 or > MostPartitionsOfSession)
            return 0;
        var session = new FetchSession(nowMs, usesTopicIds);
        if (!session.TryOpen(targets, outcomes))
            return 0;

        lock (_lock)
        {
            while (_sessions.Count >= _slots || _partitions + targets.Length > _mostPartitions)
            {
                if (!TryEvict(nowMs, targets.Length))
                    return 0;
            }

            do
                session.Id = _newId();
            while (session.Id == 0 || !_sessions.TryAdd(session.Id, session));
            Touch(nowMs, session, targets.Length);
            return session.Id;
        }
    }

    /// <summary>A name that no topic can have may be of any length: it is answered, and not kept.</summary>
    private static bool CanBeKept(FetchRequest request, bool usesTopicIds) =>
        usesTopicIds || Array.TrueForAll(request.Topics, topic => TopicNames.Validate(topic.Topic) is null);

    private FetchContext Continue(long nowMs, FetchSession session, FetchRequest request, bool usesTopicIds)
    {
        if (!CanBeKept(request, usesTopicIds))
        {
            Close(session.Id);
            return FetchContext.Refused(ErrorCode.FetchSessionIdNotFound);
        }

        var context = session.Continue(request, usesTopicIds, out var partitions);
        if (context.Error != ErrorCode.None)
            return context;
        if (partitions == 0)
        {
            Close(session.Id);
            return FetchContext.Sessionless(request, usesTopicIds);
        }

        return TryKeep(nowMs, session, partitions) ? context : FetchContext.Refused(ErrorCode.FetchSessionIdNotFound);
    }

    /// <summary>Whether there is still room for the session, which was used, and may have grown.</summary>
    private bool TryKeep(long nowMs, FetchSession session, int partitions)
    {
        lock (_lock)
        {
            if (!_sessions.ContainsKey(session.Id))
                return false;
            Touch(nowMs, session, partitions);
            while (_partitions > _mostPartitions || partitions > MostPartitionsOfSession)
            {
                if (partitions <= MostPartitionsOfSession && TryEvict(nowMs, partitions))
                    continue;
                Remove(session);
                return false;
            }

            return true;
        }
    }

    private FetchSession? Find(int id)
    {
        lock (_lock)
            return _sessions.GetValueOrDefault(id);
    }

    private void Close(int id)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(id, out var session))
                Remove(session);
        }
    }

    /// <summary>The session was used, and has that many partitions now.</summary>
    private void Touch(long nowMs, FetchSession session, int partitions)
    {
        Forget(session);
        session.LastUsedMs = nowMs;
        session.CountedPartitions = partitions;
        _partitions += partitions;
        _byUse.Add((nowMs, session.Id));
        if (nowMs - session.OpenedMs > EvictionMs)
            _bySize.Add((partitions, session.Id));
    }

    /// <summary>Makes room for a session of that many partitions, unless all there are deserve it more.</summary>
    private bool TryEvict(long nowMs, int partitions)
    {
        if (_byUse.Count == 0)
            return false;
        var (lastUsedMs, id) = _byUse.Min;
        if (nowMs - lastUsedMs <= EvictionMs)
        {
            if (_bySize.Count == 0 || _bySize.Min.Partitions >= partitions)
                return false;
            id = _bySize.Min.Id;
        }

        Remove(_sessions[id]);
        _evictions++;
        return true;
    }

    private void Remove(FetchSession session)
    {
        Forget(session);
        session.CountedPartitions = 0;
        _sessions.Remove(session.Id);
    }

    private void Forget(FetchSession session)
    {
        _partitions -= session.CountedPartitions;
        _byUse.Remove((session.LastUsedMs, session.Id));
        _bySize.Remove((session.CountedPartitions, session.Id));
    }
}
