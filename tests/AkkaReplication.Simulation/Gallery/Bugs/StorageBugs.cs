using System.Collections.Immutable;

namespace AkkaReplication.Simulation.Gallery.Bugs;

/// <summary>The log on disk: what a crash leaves, and what the next life makes of it.</summary>
internal static class StorageBugs
{
    private const string Log = "AkkaReplication.Storage/PartitionLog.cs";
    private const string Truncation = "AkkaReplication.Storage/PartitionLog.Truncate.cs";

    public static readonly ImmutableArray<PlantedBug> All =
    [
        new(
            "bad-checksum-accepted",
            "F5, 11.5",
            "Recovery believes batches without comparing their checksums: a torn tail is taken for records.",
            "AkkaReplication.Storage/SegmentRecovery.cs",
            "while (scan.MoveNext(checkCrc: true))",
            "while (scan.MoveNext(checkCrc: false))"),
        new(
            "flush-error-ignored",
            "F2, D2",
            "A failed flush counts as done.",
            Log,
            """
            try
            {
                segment.Flush();
            }
            finally
            """,
            """
            try
            {
                segment.Flush();
            }
            catch (Exception e) when (IsDiskFailure(e))
            {
            }
            finally
            """),
        new(
            "recovery-point-ahead-of-the-flush",
            "11.6, KAFKA-10101",
            "The checkpoint says that everything written is flushed.",
            Log,
            """
            Volatile.Write(ref _checkpointedRecoveryPoint, _flushedEndOffset);
            return _flushedEndOffset;
            """,
            """
            Volatile.Write(ref _checkpointedRecoveryPoint, _logEndOffset);
            return _logEndOffset;
            """),
        new(
            "truncation-keeps-producers",
            "KAFKA-12153, I32",
            "After a truncation the log still knows the batches it has cut, and acknowledges their repetition.",
            Truncation,
            "Producers = ProducerSnapshotFiles.Rebuild(_data.Files, Directory, _segments, end);",
            ""),
        new(
            "truncation-keeps-flushed-end",
            "D2, I38",
            "After a truncation what is appended in place of the cut counts as flushed.",
            Truncation,
            "isRestart ? end : Math.Min(_flushedEndOffset, end));",
            "isRestart ? end : _flushedEndOffset);"),
        new(
            "retention-beyond-hw",
            "KAFKA-5634, I34",
            "Retention deletes what is not committed yet.",
            "AkkaReplication.Core/Replicas/Replica.Retention.cs",
            "log.ApplyRetention(_context.HighWatermark, wallClockMs)",
            "log.ApplyRetention(log.LogEndOffset, wallClockMs)"),
        new(
            "epoch-file-not-cut",
            "5.1, I24",
            "A truncation cuts the epochs in memory, but not in their file.",
            Truncation,
            "if (Epochs.TruncateFromEnd(end)) PersistEpochs();",
            "Epochs.TruncateFromEnd(end);")
        {
            Late = true,
        },
        new(
            "producers-forgotten-at-restart",
            "KIP-98, I32",
            "A log that is opened does not know the producers it had.",
            "AkkaReplication.Storage/LogLoader.cs",
            "var producers = ProducerSnapshotFiles.Rebuild(files, directory, _segments, logEnd);",
            "var producers = new ProducerStates();")
        {
            Late = true,
        },
        new(
            "failed-flush-forgotten",
            "F1, F2",
            "A log whose flush failed is opened again as if nothing could be missing.",
            "AkkaReplication.Storage/DataDirectory.cs",
            "if (closed.MayHaveLostData) throw closed.Failure!;",
            "")
        {
            Late = true,
        },
    ];
}
