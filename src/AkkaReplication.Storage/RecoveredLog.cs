using AkkaReplication.Logs;
using AkkaReplication.Storage.Segments;

namespace AkkaReplication.Storage;

/// <summary>What loading a log's directory has found, for <see cref="PartitionLog"/> to go on from.</summary>
internal sealed record RecoveredLog(
    IReadOnlyList<LogSegment> Segments,
    long LogStartOffset,
    long LogEndOffset,
    long FlushedEndOffset,
    long CheckpointedRecoveryPoint,
    long CheckpointedLogStart,
    long HighWatermark,
    EpochCache Epochs,
    ProducerStates Producers,
    bool DirectoryIsDirty)
{
    /// <summary>The name of the log's own directory is not known to be on disk.</summary>
    public bool NameIsDirty { get; init; }

    /// <summary>A log that nothing was ever written to.</summary>
    public static RecoveredLog New(LogSegment segment) => new(
        [segment], 0, 0, 0, 0, 0, 0, new EpochCache(), new ProducerStates(), DirectoryIsDirty: false)
    { NameIsDirty = true };
}

/// <summary>What the previous life left about one log outside its directory.</summary>
/// <param name="IsClean">The data directory had the marker of a clean shutdown.</param>
/// <param name="OnLoss">Called before anything is cut that speaks against an intact life.</param>
internal sealed record LogHistory(
    bool IsClean, long RecoveryPoint, long LogStartOffset, long HighWatermark, Action<string> OnLoss)
{
    /// <summary>
    /// A flush may have failed: the system takes bytes for written that the disk does not have. A flush covers them only once
    /// they have been written again.
    /// </summary>
    public bool MayLackFlushes { get; init; }
}
