using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>Who may write metadata, and how it reaches the brokers.</summary>
internal static class MetadataBugs
{
    private const string Voter = "AkkaReplication.Core/Metadata/MetadataVoter.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "deposed-controller-writes",
            "Q4, P2, I39",
            "A voter takes entries of a controller whose epoch is over: two controllers without fencing.",
            Voter,
            """
            if (append.Epoch < Promise.Epoch)
                return $"epoch {Promise.Epoch} is promised to {Promise.Claimant}";
            if (append.Epoch > Promise.Epoch || append.Claimant != Promise.Claimant)
                return $"epoch {append.Epoch} was not claimed by {append.Claimant} here";
            """,
            ""),
        new(
            "epoch-granted-twice",
            "Q1, KAFKA-10527, I39",
            "A voter grants an epoch to a second claimant.",
            Voter,
            "return claim.Epoch > Promise.Epoch || (claim.Epoch == Promise.Epoch && claim.Claimant == Promise.Claimant)",
            "return claim.Epoch >= Promise.Epoch"),
        new(
            "late-append-cuts-what-followed",
            "Q4, I39",
            "A late copy of an append cuts the entries that were committed after it.",
            Voter,
            "if (LastOffset > append.PrevOffset && EpochAt(append.PrevOffset + 1) == append.Epoch)",
            "if (LastOffset == append.Batch.LastOffset && EpochAt(append.PrevOffset + 1) == append.Epoch)"),
        new(
            "promise-not-kept",
            "Q1, I39",
            "A voter answers a claim before its promise is durable.",
            Voter,
            """
            effects.Add(new PersistPromise(Promise));
            effects.Add(new AnswerClaim(Answer(claim, null)));
            """,
            """
            effects.Add(new AnswerClaim(Answer(claim, null)));
            effects.Add(new PersistPromise(Promise));
            """)
        {
            Late = true,
        },
        new(
            "epoch-claimed-again",
            "P2",
            "A controller that starts anew claims the epoch that it held, or was refused, before.",
            "AkkaReplication.Core/Controller/ControllerClaim.cs",
            "Epoch == ControllerEpoch.None ? new ControllerEpoch(1) : Epoch.Next();",
            "Epoch == ControllerEpoch.None ? new ControllerEpoch(1) : Epoch;")
        {
            Late = true,
        },
    ];
}
