using System.Collections.Immutable;
using AkkaReplication.Simulation.Gallery.Bugs;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>All planted bugs.</summary>
internal static class PlantedBugs
{
    public static readonly ImmutableArray<PlantedBug> All =
    [
        .. HighWatermarkBugs.All,
        .. IsrBugs.All,
        .. ProduceBugs.All,
        .. LeaderBugs.All,
        .. FollowerBugs.All,
        .. LinkBugs.All,
        .. EpochBugs.All,
        .. ElectionBugs.All,
        .. BrokerLifeBugs.All,
        .. MetadataBugs.All,
        .. ProducerBugs.All,
        .. ClientBugs.All,
        .. StorageBugs.All,
    ];
}
