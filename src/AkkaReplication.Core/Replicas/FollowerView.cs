namespace AkkaReplication.Replicas;

/// <summary>
/// What a leader knows of one other replica in its present epoch. Never credits a follower with an offset that it did
/// not itself state, under this epoch, without a divergence (I28).
/// </summary>
internal sealed class FollowerView(BrokerId broker)
{
    /// <summary>Long before any monotonic time, yet far from overflow.</summary>
    public const long Never = long.MinValue / 4;

    public BrokerId Broker { get; } = broker;

    /// <summary>The life of the broker that fetched last; unknown before its first fetch.</summary>
    public BrokerEpoch BrokerEpoch { get; private set; } = BrokerEpoch.Unknown;

    /// <summary>The offset of the last accepted fetch: the follower's log end then. -1 before the first.</summary>
    public long LogEndOffset { get; private set; } = -1;

    public long LogStartOffset { get; private set; } = -1;

    /// <summary>The leader's log end when the last accepted fetch came.</summary>
    public long LastFetchLeaderLogEndOffset { get; private set; } = -1;

    public long LastFetchMs { get; private set; } = Never;

    /// <summary>When the follower last had everything the leader had.</summary>
    public long LastCaughtUpMs { get; private set; } = Never;

    /// <summary>
    /// When the follower's broker was last heard to follow under this epoch (E3): its fetches, or its link's.
    /// </summary>
    public long LastContactMs { get; private set; } = Never;

    public bool InCommittedIsr { get; set; }

    public bool InMaximalIsr { get; set; }

    public bool InElr { get; set; }

    /// <summary>Its last fetch found nothing to read: it is to be told when there is.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>
    /// The brokers' state (as a metadata offset) on which the controller refused this follower as a member; it is not
    /// proposed again before that state changed.
    /// </summary>
    public long RefusedAtMetadataOffset { get; set; } = -1;

    /// <summary>Starts the lag clock of a member that has yet to fetch in this epoch (4.2).</summary>
    public void StartAsMember(long nowMs) => LastCaughtUpMs = nowMs;

    /// <summary>Takes over an accepted fetch (4.1).</summary>
    /// <param name="leaderLogEndOffset">Sampled before the read.</param>
    public void Accept(in FollowerFetch fetch, long leaderLogEndOffset, long nowMs)
    {
        if (fetch.FollowerEpoch != BrokerEpoch)
            BeginLife(fetch.FollowerEpoch);

        if (fetch.FetchOffset >= leaderLogEndOffset)
            LastCaughtUpMs = Math.Max(LastCaughtUpMs, nowMs);
        else if (fetch.FetchOffset >= LastFetchLeaderLogEndOffset)
            LastCaughtUpMs = Math.Max(LastCaughtUpMs, LastFetchMs);

        LogEndOffset = fetch.FetchOffset;
        LogStartOffset = fetch.LogStartOffset;
        LastFetchLeaderLogEndOffset = Math.Max(leaderLogEndOffset, LastFetchLeaderLogEndOffset);
        LastFetchMs = nowMs;
    }

    /// <summary>
    /// The leader is about to append at <paramref name="leaderLogEndOffset"/>: a follower that has everything up to
    /// there was caught up until now, though an idle one sends no fetches that say so.
    /// </summary>
    public void OnLeaderAppends(long leaderLogEndOffset, long nowMs)
    {
        if (LogEndOffset == leaderLogEndOffset)
            LastCaughtUpMs = Math.Max(LastCaughtUpMs, nowMs);
    }

    public void OnContact(long atMs) => LastContactMs = Math.Max(LastContactMs, atMs);

    /// <summary>Whether it has everything, or had it at most <paramref name="lagTimeMaxMs"/> ago.</summary>
    public bool IsCaughtUp(long leaderLogEndOffset, long nowMs, long lagTimeMaxMs) =>
        LogEndOffset == leaderLogEndOffset || nowMs - LastCaughtUpMs <= lagTimeMaxMs;

    /// <summary>What an earlier life of the broker had says nothing about this one (KIP-903).</summary>
    private void BeginLife(BrokerEpoch epoch)
    {
        if (BrokerEpoch != BrokerEpoch.Unknown)
        {
            LastFetchLeaderLogEndOffset = -1;
            LastFetchMs = Never;
            if (!InMaximalIsr)
                LastCaughtUpMs = Never;
        }

        BrokerEpoch = epoch;
        RefusedAtMetadataOffset = -1;
    }
}
