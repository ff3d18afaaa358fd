using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>Whom an election may choose.</summary>
internal enum ElectionMode : byte
{
    /// <summary>The preferred leader if it is eligible, else as <see cref="Online"/>, but nobody uncleanly.</summary>
    Preferred,

    /// <summary>The leader as long as it is eligible, else the first eligible replica.</summary>
    Online,

    /// <summary>As <see cref="Online"/>, and when nobody is eligible the first live replica: records may be lost.</summary>
    Unclean,
}

/// <summary>
/// Turns one wish for one partition (another ISR, an election, another min ISR) into at most one record that keeps ELR,
/// leader and recovery state right. The only place where a leader is chosen (replication rules 6.1 to 6.4).
/// </summary>
/// <param name="before">The partition as of now.</param>
/// <param name="isAcceptable">Whether that broker's replica is alive and may lead.</param>
internal sealed class PartitionChangeBuilder(PartitionRegistration before, Func<BrokerId, bool> isAcceptable)
{
    /// <summary>Who shall be in sync.</summary>
    public ImmutableArray<BrokerId> TargetIsr { get; init; } = before.Isr;

    public ElectionMode Mode { get; init; } = ElectionMode.Online;

    /// <summary>A broker whose disk may have lost records: it leaves ISR and ELR (KIP-966, our rule F2).</summary>
    public BrokerId Lossy { get; init; } = BrokerId.None;

    public LeaderRecoveryState RecoveryState { get; init; } = before.RecoveryState;

    public int MinIsr { get; init; } = before.MinIsr;

    /// <summary>Nobody in the ELR is to be trusted any more (KAFKA-16540).</summary>
    public bool ClearElr { get; init; }

    /// <summary>The last known replica that has the most, when that has been found out (F3).</summary>
    public BrokerId Fullest { get; init; } = BrokerId.None;

    private enum Origin : byte
    {
        Isr,
        Elr,
        Unclean,
    }

    /// <summary>The record, or null where nothing changes.</summary>
    public PartitionChangeRecord? Build()
    {
        var isr = TargetIsr.Without(Lossy).InOrderOf(before.Replicas);
        var (elr, lastKnownElr) = MaintainElr(isr);
        var (leader, origin) = Elect(isr, elr, lastKnownElr);
        var recoveryState = RecoveryState;
        switch (origin)
        {
            case Origin.Elr:
                isr = [leader];
                elr = elr.Without(leader);
                if (MinIsr <= 1)
                    (elr, lastKnownElr) = ([], []);
                break;
            case Origin.Unclean:
                isr = [leader];
                (elr, lastKnownElr) = ([], []);
                recoveryState = LeaderRecoveryState.Recovering;
                break;
            default:
                break;
        }

        // An unclean choice begins a new history even where the same broker leads it.
        var leaderChanges = leader != before.Leader || origin == Origin.Unclean;
        var record = new PartitionChangeRecord(
            before.TopicId,
            before.Partition,
            isr.SequenceEqual(before.Isr) ? null : isr,
            leaderChanges ? leader : null,
            elr.SequenceEqual(before.Elr) ? null : elr,
            lastKnownElr.SequenceEqual(before.LastKnownElr) ? null : lastKnownElr,
            recoveryState == before.RecoveryState ? null : recoveryState,
            MinIsr == before.MinIsr ? null : MinIsr);
        return IsNoOp(record) ? null : record;
    }

    private static bool IsNoOp(PartitionChangeRecord r) =>
        r is { Isr: null, Leader: null, Elr: null, LastKnownElr: null, RecoveryState: null, MinIsr: null };

    /// <summary>
    /// Below min ISR the high watermark stands still, so whoever leaves the ISR from then on still has everything that is
    /// committed. At or above it nobody outside the ISR is safe.
    /// </summary>
    private (ImmutableArray<BrokerId> Elr, ImmutableArray<BrokerId> LastKnownElr) MaintainElr(ImmutableArray<BrokerId> isr)
    {
        if (isr.Length >= MinIsr)
            return ([], []);

        // All that were in ISR or ELR, and left neither way but by losing records, are kept as last known (F3), not only the
        // last leader; nobody (-1) is never among them (hazard H8).
        var pool = before.Elr.Union(before.Isr);
        var elr = ClearElr ? before.Isr : pool;
        elr = elr.Without(isr).Without(Lossy).InOrderOf(before.Replicas);
        var lastKnownElr = pool.Union(before.LastKnownElr).Without(isr).Without(elr).InOrderOf(before.Replicas);
        return (elr, lastKnownElr);
    }

    private (BrokerId Leader, Origin Origin) Elect(
        ImmutableArray<BrokerId> isr, ImmutableArray<BrokerId> elr, ImmutableArray<BrokerId> lastKnownElr)
    {
        var candidates = isr.IsEmpty ? elr : isr;
        var origin = isr.IsEmpty ? Origin.Elr : Origin.Isr;
        bool IsEligible(BrokerId broker) => isAcceptable(broker) && candidates.Contains(broker);

        if (Mode == ElectionMode.Preferred && IsEligible(before.Replicas[0]))
            return (before.Replicas[0], origin);
        if (before.Leader.Exists && IsEligible(before.Leader))
            return (before.Leader, origin);
        foreach (var replica in before.Replicas)
        {
            if (IsEligible(replica))
                return (replica, origin);
        }

        var unclean = ElectUncleanly(isr, elr, lastKnownElr);
        return unclean.Exists ? (unclean, Origin.Unclean) : (BrokerId.None, Origin.Isr);
    }

    private BrokerId ElectUncleanly(
        ImmutableArray<BrokerId> isr, ImmutableArray<BrokerId> elr, ImmutableArray<BrokerId> lastKnownElr)
    {
        if (Mode == ElectionMode.Preferred)
            return BrokerId.None;

        if (isr.IsEmpty && elr.IsEmpty)
        {
            if (lastKnownElr.Contains(Fullest) && isAcceptable(Fullest))
                return Fullest;

            // With one last known replica there is nothing to compare: nobody else can have more (KAFKA-19522: if alive).
            if (lastKnownElr.Length == 1 && isAcceptable(lastKnownElr[0]))
                return lastKnownElr[0];
        }

        if (Mode != ElectionMode.Unclean)
            return BrokerId.None;

        // Last known replicas first: whoever was in sync later has more.
        foreach (var replica in before.Replicas)
        {
            if (lastKnownElr.Contains(replica) && isAcceptable(replica))
                return replica;
        }

        foreach (var replica in before.Replicas)
        {
            if (isAcceptable(replica))
                return replica;
        }

        return BrokerId.None;
    }
}
