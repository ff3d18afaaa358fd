using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>Whether the leader was elected from replicas that may have lacked acknowledged records (KIP-704).</summary>
public enum LeaderRecoveryState : byte
{
    Recovered = 0,
    Recovering = 1,
}

/// <summary>
/// What the controller has decided about one partition. Invariants I7, I8, I10, I11 of the replication rules hold in
/// every committed one.
/// </summary>
/// <param name="Replicas">Assigned brokers in order; the first is the preferred leader.</param>
/// <param name="Isr">In-sync replicas; may be empty, then there is no leader.</param>
/// <param name="Elr">Replicas outside the ISR that still hold everything committed (KIP-966).</param>
/// <param name="LastKnownElr">Who was last in ISR or ELR when both became empty (our rule F3).</param>
/// <param name="Leader">The leader, or <see cref="BrokerId.None"/>.</param>
/// <param name="MinIsr">The effective min.insync.replicas, computed by the controller alone (L4).</param>
public sealed record PartitionRegistration(
    TopicId TopicId,
    string Topic,
    int Partition,
    ImmutableArray<BrokerId> Replicas,
    ImmutableArray<BrokerId> Isr,
    ImmutableArray<BrokerId> Elr,
    ImmutableArray<BrokerId> LastKnownElr,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    PartitionEpoch PartitionEpoch,
    LeaderRecoveryState RecoveryState,
    int MinIsr)
{
    public TopicIdPartition Id => new(TopicId, Partition);

    public TopicPartition Name => new(Topic, Partition);
}
