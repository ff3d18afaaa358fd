using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>The sequence numbers of idempotent producers, as a leader sees them.</summary>
internal static class ProducerBugs
{
    private const string States = "AkkaReplication.Core/Logs/ProducerStates.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "repetition-appended",
            "KIP-98, I32",
            "A batch that is in the log already is appended again.",
            States,
            "return new ProducerCheck(ProducerVerdict.Duplicate, batch);",
            "return new ProducerCheck(ProducerVerdict.Append);"),
        new(
            "sequence-gap-accepted",
            "KIP-98, I32",
            "A batch is appended though the one before it is missing.",
            States,
            "return header.BaseSequence == next ?",
            "return header.BaseSequence >= next ?"),
        new(
            "producer-ids-given-twice",
            "KIP-730, I32",
            "Two brokers get the same block of producer ids.",
            "AkkaReplication.Core/Metadata/MetadataImage.Folding.cs",
            "NextProducerId = ids.NextProducerId;",
            "NextProducerId = Math.Min(ids.NextProducerId, 1);"),
    ];
}
