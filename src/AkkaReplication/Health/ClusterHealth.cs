using System.Collections.Immutable;

namespace AkkaReplication;

/// <summary>What an operator would worry about, at one moment.</summary>
/// <param name="ControllerIsActive">A controller has begun its epoch and decides.</param>
/// <param name="Brokers">How many brokers the cluster has.</param>
/// <param name="DeadBrokers">Brokers that do not run.</param>
/// <param name="FencedBrokers">Brokers that run, and may not lead or be in sync.</param>
/// <param name="UnheardBrokers">Brokers that run, and have had no answer from the controller within the session time-out:
/// their lease has lapsed (E1).</param>
/// <param name="Partitions">How many partitions there are.</param>
/// <param name="WithoutLeader">Partitions that nobody leads, or whose leader does not serve yet: nothing can be written or
/// read.</param>
/// <param name="UnderMinIsr">Partitions with fewer replicas in sync than min.insync.replicas: acks=all is refused.</param>
/// <param name="UnderReplicated">Partitions with replicas that are not in sync.</param>
/// <param name="OfflineReplicas">Replicas that have failed, or whose broker is dead or fenced.</param>
public sealed record ClusterHealth(
    bool ControllerIsActive,
    int Brokers,
    ImmutableArray<BrokerId> DeadBrokers,
    ImmutableArray<BrokerId> FencedBrokers,
    ImmutableArray<BrokerId> UnheardBrokers,
    int Partitions,
    PartitionCount WithoutLeader,
    PartitionCount UnderMinIsr,
    PartitionCount UnderReplicated,
    int OfflineReplicas)
{
    /// <summary>
    /// Everything that was written can be read and more can be written: all brokers run and are unfenced, the controller
    /// decides, every partition has a leader.
    /// </summary>
    public bool IsReady =>
        ControllerIsActive
        && DeadBrokers.IsEmpty && FencedBrokers.IsEmpty && UnheardBrokers.IsEmpty
        && WithoutLeader.Count == 0;

    /// <summary>Something does not have the redundancy that it should have.</summary>
    public bool IsDegraded => !IsReady || UnderMinIsr.Count > 0 || UnderReplicated.Count > 0 || OfflineReplicas > 0;
}

/// <summary>So many partitions, and the names of the first of them.</summary>
public sealed record PartitionCount(int Count, ImmutableArray<TopicPartition> Names);
