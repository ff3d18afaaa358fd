using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Replicas;

/// <summary>
/// One replica of a partition: owns its log's contents, its role, and what the outside may see of both. Takes inputs
/// with the monotonic time and appends effects; must never answer for a leader epoch other than the one metadata gave
/// it.
/// <code>
/// from \ to  Idle            Follower          Leader              Offline
/// Idle       no leader       new epoch         new epoch, ours     storage failed
/// Follower   new epoch (a)   new epoch (b)     new epoch, ours     storage failed
/// Leader     new epoch (a)   new epoch         new epoch, ours (c) storage failed, flush hangs (D2)
/// Offline    new epoch (a)   new epoch         new epoch, ours     -
/// </code>
/// "New epoch" is a leader epoch greater than the last one; nothing else changes a role, so an offline replica serves
/// only under a higher one (F1). (a) no leader, not a replica any more, or a leadership given to an earlier life of
/// this broker. (b) also of the same leader: a missed epoch may hide a missed truncation (KAFKA-7164). (c) a new
/// <see cref="LeaderReplica"/>: all follower views are cleared and all pending produces fail (L3).
/// <para>
/// <see cref="OnOwnEpoch"/>, <see cref="OnBrokersChanged"/> and <see cref="OnLease"/> come before the first
/// <see cref="OnPartitionUpdate"/>, and partition updates in the order of the metadata log.
/// </para>
/// </summary>
public sealed partial class Replica
{
    private readonly ReplicaContext _context;
    private LeaderReplica? _leader;
    private FollowerReplica? _follower;

    /// <param name="partition">Which partition.</param>
    /// <param name="options">The broker's settings.</param>
    /// <param name="log">The recovered log; this replica is its only user.</param>
    /// <param name="initialHighWatermark">From the checkpoint; may be stale, is kept within the log.</param>
    /// <param name="offlineInEpoch">
    /// For a replica that takes the place of one that failed in the same life of the broker: the leader epoch in which
    /// it failed. It stays offline in it, having forgotten what its predecessor had proposed (F1).
    /// </param>
    public Replica(
        TopicIdPartition partition,
        ReplicaOptions options,
        IReplicaLog log,
        long initialHighWatermark,
        LeaderEpoch? offlineInEpoch = null)
    {
        _context = new ReplicaContext(partition, options, log, initialHighWatermark);
        if (offlineInEpoch is { } epoch)
        {
            _context.LeaderEpoch = epoch;
            Role = ReplicaRole.Offline;
            _context.PublishOffline(new EffectList());
        }
    }

    public TopicIdPartition Partition => _context.Partition;

    public ReplicaRole Role { get; private set; }

    /// <summary>What readers may see now.</summary>
    public ReadView View => _context.View;

    public LeaderEpoch LeaderEpoch => _context.LeaderEpoch;

    public PartitionEpoch PartitionEpoch => _context.PartitionEpoch;

    /// <summary>What metadata said last; null before its first word.</summary>
    public PartitionRegistration? Registration => _context.Registration;

    public long HighWatermark => _context.HighWatermark;

    public long LogEndOffset => _context.Log.LogEndOffset;

    /// <summary>The ISR that the controller acknowledged last; empty on any but a leader.</summary>
    public ImmutableArray<BrokerId> CommittedIsr => _leader?.CommittedIsr ?? [];

    /// <summary>The greatest ISR the controller could hold; empty on any but a leader.</summary>
    public ImmutableArray<BrokerId> MaximalIsr => _leader?.MaximalIsr ?? [];

    /// <summary>The ISR change whose fate is unknown, if any.</summary>
    public IsrProposal? PendingIsrProposal => _leader?.PendingProposal;

    /// <summary>A leader's view of the others, by ascending id; empty on any but a leader.</summary>
    public ImmutableArray<ReplicaFollower> Followers => _leader?.Followers ?? [];

    /// <summary>Produces that are appended and not yet answered.</summary>
    public int PendingProduceCount => _leader?.PendingProduceCount ?? 0;

    /// <summary>
    /// A follower's position that waits for an answer; null on any but a follower, and while it flushes.
    /// </summary>
    public FetchFrom? Position => _follower?.Asked;

    /// <summary>The broker registered, under this epoch. A new life gets new replicas.</summary>
    public void OnOwnEpoch(BrokerEpoch epoch) => _context.OwnEpoch = epoch;

    /// <summary>Brokers came, went, were fenced or unfenced; an older view than the last one is ignored.</summary>
    public void OnBrokersChanged(long nowMs, BrokersView brokers, EffectList effects)
    {
        if (brokers.MetadataOffset < _context.Brokers.MetadataOffset)
            return;

        _context.Brokers = brokers;
        _leader?.OnBrokersChanged(nowMs, effects);
    }

    /// <summary>The broker may serve until <paramref name="leaseEndMs"/>, monotonic (E1).</summary>
    public void OnLease(long nowMs, long leaseEndMs, EffectList effects)
    {
        _context.LeaseEndMs = leaseEndMs;
        _leader?.OnLease(nowMs, effects);
    }

    /// <summary>
    /// The link from that follower was alive at <paramref name="atMs"/> and holds this partition's position under that
    /// epoch: worth a fetch to a leader whose lease runs out (E3), since idle partitions send none.
    /// </summary>
    public void OnFollowerContact(
        long nowMs, BrokerId follower, LeaderEpoch leaderEpoch, long atMs, EffectList effects)
    {
        if (leaderEpoch == _context.LeaderEpoch)
            _leader?.OnFollowerContact(nowMs, follower, atMs, effects);
    }

    /// <summary>The controller answered an ISR proposal.</summary>
    public void OnIsrAnswer(long nowMs, IsrProposalAnswer answer, EffectList effects) =>
        _leader?.OnIsrAnswer(nowMs, answer, effects);

    /// <summary>A timer that this replica asked for has run down. Timers may be late, early or left over.</summary>
    public void OnTimer(long nowMs, ReplicaTimer timer, EffectList effects)
    {
        if (_leader is not { } leader)
            return;

        switch (timer)
        {
            case ReplicaTimer.CheckLag:
                leader.OnCheckLag(nowMs, effects);
                break;
            case ReplicaTimer.ProduceDeadline:
                leader.OnProduceDeadline(nowMs, effects);
                break;
            case ReplicaTimer.DeleteDeadline:
                leader.OnDeleteDeadline(nowMs, effects);
                break;
            case ReplicaTimer.FlushDeadline when leader.OnFlushDeadline(nowMs, effects) is { } reason:
                OnStorageFailed(nowMs, reason, effects);
                break;
        }
    }
}

/// <summary>A leader's view of one other replica, for people and tests.</summary>
/// <param name="LogEndOffset">As the follower stated it last; -1 before its first fetch in this epoch.</param>
/// <param name="LastCaughtUpMs">Monotonic time at which it last had everything; far below zero for never.</param>
/// <param name="LastContactMs">Monotonic time at which it was last heard to follow (E3); far below zero for never.</param>
public readonly record struct ReplicaFollower(
    BrokerId Broker,
    BrokerEpoch BrokerEpoch,
    long LogEndOffset,
    long LastCaughtUpMs,
    long LastContactMs,
    bool InCommittedIsr,
    bool InMaximalIsr,
    bool InElr);
