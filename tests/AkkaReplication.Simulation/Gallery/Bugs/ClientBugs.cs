using System.Collections.Immutable;
using AkkaReplication.Simulation.Faults;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>Our own clients.</summary>
internal static class ClientBugs
{
    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "uncertain-batch-renumbered",
            "KIP-360, I32",
            "A producer gives a batch a new number though a copy under the old one may still be appended.",
            "AkkaReplication.Core/Clients/ProducerClient.Identity.cs",
            "if (batch.Outcome is not null || !batch.MayBePersisted)",
            "if (batch.Outcome is not null || batch.Attempts > 0)")
        {
            Course = Courses.RarePlots,
        },
        new(
            "consumer-fetches-without-epoch",
            "KIP-320",
            "A consumer does not say which epoch it has read, so that it is not told of a truncated log.",
            "AkkaReplication.Core/Clients/ConsumerClient.Fetching.cs",
            """
            partition.FetchOffset,
            partition.FetchEpoch,
            """,
            """
            partition.FetchOffset,
            LeaderEpoch.None,
            """),
        new(
            "uncertain-outcome-called-failure",
            "2.11, I31",
            "A producer says that a batch is not in the log when it only does not know.",
            "AkkaReplication.Core/Clients/ProducerClient.Outcomes.cs",
            "if (LeavesOutcomeOpen(error)) batch.LoseSight();",
            "")
        {
            Late = true,
        },
        new(
            "void-answer-read",
            "consumer",
            "A consumer takes records of a fetch that a change of its position has made void.",
            "AkkaReplication.Core/Clients/ConsumerClient.Fetching.cs",
            "part.Partition.Call == call && _partitions",
            "part.Partition.Phase == ConsumerPhase.Fetching && _partitions")
        {
            Late = true,
        },
    ];
}
