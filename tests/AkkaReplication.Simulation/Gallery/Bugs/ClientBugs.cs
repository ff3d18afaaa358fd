using System.Collections.Immutable;

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
            "if (batch.Outcome is not null || !batch.MayBePersisted || batch.UnknownUnder < refusedUnder)",
            "if (batch.Outcome is not null || batch.UnknownUnder >= LeaderEpoch.None)"),
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
    ];
}
