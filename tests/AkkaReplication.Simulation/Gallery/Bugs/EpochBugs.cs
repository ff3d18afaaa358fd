using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>Where the leader epochs of a log begin and end.</summary>
internal static class EpochBugs
{
    private const string Cache = "AkkaReplication.Core/Logs/EpochCache.cs";
    private const string History = "AkkaReplication.Core/Logs/EpochHistory.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "epochs-not-cut-with-the-log",
            "5.1, I24",
            "A truncation leaves the epochs of what it cuts.",
            Cache,
            """
            if (keep == _entries.Count)
                return false;
            """,
            "if (keep <= _entries.Count) return false;"),
        new(
            "contradicted-epochs-stay",
            "5.1, I24",
            "A new epoch does not displace those that would begin at or after its start.",
            Cache,
            "while (_entries.Count > 0 && (_entries[^1].Epoch >= epoch || _entries[^1].StartOffset >= startOffset))",
            "while (_entries.Count > 0 && _entries[^1].Epoch >= epoch)"),
        new(
            "epoch-ends-one-late",
            "5.1, I18",
            "The end of an epoch is said to be one offset further than it is.",
            History,
            "return new EpochEnd(answered, _entries[higher].StartOffset);",
            "return new EpochEnd(answered, _entries[higher].StartOffset + 1);"),
        new(
            "divergence-by-offset-alone",
            "KIP-279, I18",
            "A reader whose last epoch this log does not know is not told that the logs differ.",
            History,
            "if (known.Epoch < lastEpoch || known.EndOffset < offset)",
            "if (known.EndOffset < offset)"),
    ];
}
