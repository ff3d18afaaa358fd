namespace AkkaReplication.Logs;

/// <summary>Why a scan of a segment stopped before the file's end.</summary>
public enum ScanProblem
{
    /// <summary>It did not: every byte belongs to a valid batch.</summary>
    None,

    /// <summary>The last header, or the batch it announces, goes beyond the file's end.</summary>
    Incomplete,

    /// <summary>A whole batch's checksum is wrong.</summary>
    Checksum,

    /// <summary>Bytes that are no batch header: another magic, an impossible length, zeros.</summary>
    Malformed,

    /// <summary>A valid batch whose offsets or epoch go back.</summary>
    OutOfOrder,

    /// <summary>The bytes are good, but the next segment begins at a later offset than the last batch leads to.</summary>
    Missing,
}

/// <summary>What a scan of one segment from its start has found.</summary>
/// <param name="BaseOffset">The segment's base offset.</param>
/// <param name="SizeBytes">The file's size.</param>
/// <param name="ValidBytes">Bytes of valid batches before the first problem.</param>
/// <param name="ValidEndOffset">The offset after the last valid batch.</param>
/// <param name="Problem">What is at <paramref name="ValidBytes"/>.</param>
/// <param name="ValidBatchFollows">A valid batch of a later offset lies behind the problem, in this segment or a later one.</param>
public readonly record struct SegmentScan(
    long BaseOffset, long SizeBytes, long ValidBytes, long ValidEndOffset, ScanProblem Problem, bool ValidBatchFollows);

/// <summary>What recovery does with a segment.</summary>
public enum RecoveryAction
{
    /// <summary>Nothing: it is whole.</summary>
    Keep,

    /// <summary>Cut the file to <see cref="SegmentScan.ValidBytes"/>: a write was under way when the life ended.</summary>
    CutTail,

    /// <summary>Leave the file as it is and take the replica offline: data that had been whole is damaged (F5).</summary>
    Refuse,
}

/// <summary>A decision of <see cref="RecoveryPlan"/>.</summary>
/// <param name="KeepsIntact">Compatible with an intact life: nothing but one incomplete batch is cut.</param>
/// <param name="Reason">A sentence for the operator; empty for <see cref="RecoveryAction.Keep"/>.</param>
public readonly record struct RecoveryDecision(RecoveryAction Action, bool KeepsIntact, string Reason);

/// <summary>Decides what recovery may cut and what it must keep (F2, F5). A torn tail is cut; corruption never is.</summary>
public static class RecoveryPlan
{
    /// <summary>Judges one segment.</summary>
    /// <param name="scan">What a scan found.</param>
    /// <param name="recoveryPoint">Offsets below it were flushed in the previous life.</param>
    public static RecoveryDecision Decide(in SegmentScan scan, long recoveryPoint)
    {
        if (scan.Problem == ScanProblem.None)
            return new RecoveryDecision(RecoveryAction.Keep, KeepsIntact: true, "");

        var where = $"segment {scan.BaseOffset:D20}: {scan.Problem} at byte {scan.ValidBytes} of {scan.SizeBytes}"
            + $" (offset {scan.ValidEndOffset})";
        if (scan.ValidEndOffset < recoveryPoint)
        {
            return new RecoveryDecision(
                RecoveryAction.Refuse, KeepsIntact: false, $"{where}, below the recovery point {recoveryPoint}");
        }

        if (scan.ValidBatchFollows || scan.Problem == ScanProblem.OutOfOrder)
            return new RecoveryDecision(RecoveryAction.Refuse, KeepsIntact: false, $"{where}, and valid batches follow");

        return new RecoveryDecision(
            RecoveryAction.CutTail, KeepsIntact: scan.Problem == ScanProblem.Incomplete, $"{where}, a torn tail");
    }

    /// <summary>Judges a whole previous life (F2).</summary>
    /// <param name="hasCleanMarker">Every directory has the marker of one and the same life.</param>
    /// <param name="sameBoot">The operating system has not been restarted since the previous start.</param>
    /// <param name="flushedBeforeAcknowledging">In the previous life every append was flushed before it was advertised.</param>
    /// <param name="everyLogKeepsIntact">All decisions had <see cref="RecoveryDecision.KeepsIntact"/> and no log was missing.</param>
    public static PreviousLife Judge(
        bool hasCleanMarker, bool sameBoot, bool flushedBeforeAcknowledging, bool everyLogKeepsIntact)
    {
        if (!everyLogKeepsIntact)
            return PreviousLife.Lossy;
        if (hasCleanMarker)
            return PreviousLife.Clean;
        return sameBoot || flushedBeforeAcknowledging ? PreviousLife.Intact : PreviousLife.Lossy;
    }
}
