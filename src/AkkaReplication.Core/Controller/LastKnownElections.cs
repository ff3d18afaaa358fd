using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// What becomes of a partition whose ISR and ELR are both empty because their members may have lost records (F3): all the
/// last known ones must be there, then the one that has the most leads.
/// </summary>
internal static class LastKnownElections
{
    /// <summary>Nobody is safe to elect, and there are several that might have the most.</summary>
    public static bool IsOpen(PartitionRegistration partition) =>
        !partition.Leader.Exists
        && partition is { Isr.IsEmpty: true, Elr.IsEmpty: true, LastKnownElr.IsEmpty: false };

    /// <summary>
    /// The greatest by (last epoch, log end), replica order deciding ties; null while any of them is not alive, or has not
    /// said in its present life where its log ends.
    /// </summary>
    public static BrokerId? Fullest(
        MetadataImage image, PartitionRegistration partition, ImmutableArray<LastKnownReplica> replicas)
    {
        LastKnownReplica? fullest = null;
        foreach (var member in partition.LastKnownElr)
        {
            if (image.TryGetBroker(member) is not { IsActive: true } broker || broker.OfflineReplicas.Contains(partition.Id))
                return null;

            var report = replicas.FirstOrDefault(r => r.Broker == member && r.BrokerEpoch == broker.Epoch);
            if (report == default)
                return null;
            if (fullest is not { } best || HasMore(report, best))
                fullest = report;
        }

        return fullest?.Broker;
    }

    private static bool HasMore(LastKnownReplica left, LastKnownReplica right) =>
        left.LastEpoch == right.LastEpoch ? left.LogEndOffset > right.LogEndOffset : left.LastEpoch > right.LastEpoch;
}
