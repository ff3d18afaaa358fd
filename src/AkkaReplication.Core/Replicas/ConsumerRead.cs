using AkkaReplication.Clients;
using AkkaReplication.Logs;

namespace AkkaReplication.Replicas;

/// <summary>How far a consumer may read, or why not at all.</summary>
/// <param name="UpToOffset">
/// Exclusive end of what it may see; at or below the asked offset there is nothing for it now.
/// </param>
/// <param name="Diverging">
/// It has read another history than the log's: the greatest epoch not above its own, and where that ends here (KIP-320).
/// Nothing may be read then.
/// </param>
public readonly record struct ReadBound(ErrorCode Error, long UpToOffset, EpochEnd? Diverging = null);

/// <summary>An offset that was asked for; -1 where there is none.</summary>
/// <param name="TimestampMs">Of the record there, where it was looked for by its timestamp; otherwise -1.</param>
/// <param name="LeaderEpoch">Under which the record there was written, or would be; none where that is not known.</param>
public readonly record struct OffsetAnswer(ErrorCode Error, long TimestampMs, long Offset, LeaderEpoch LeaderEpoch);

/// <summary>
/// Decides consumers' reads from a leader's published view, outside the replica's turn. Pure but for the log look-up by
/// time; must be asked in the turn that serves the answer, with the time then (E2, I40).
/// </summary>
public static class ConsumerRead
{
    /// <summary>ListOffsets' timestamp for the end of what is readable.</summary>
    public const long Latest = -1;

    /// <summary>ListOffsets' timestamp for the log's start.</summary>
    public const long Earliest = -2;

    /// <summary>ListOffsets' timestamp for the record with the greatest timestamp (KIP-734).</summary>
    public const long MaxTimestamp = -3;

    /// <summary>ListOffsets' timestamp for the start of what is on the broker's own disks (KIP-405): of everything, here.</summary>
    public const long EarliestLocal = -4;

    /// <summary>ListOffsets' timestamp for the end of what lies elsewhere (KIP-1005): nothing does.</summary>
    public const long LatestTiered = -5;

    /// <summary>
    /// The bound of a fetch (2.1 rule 6). An offset between the high watermark and the log's end is no error, there is
    /// only nothing to read yet; below the log's start or beyond its end is OFFSET_OUT_OF_RANGE.
    /// </summary>
    /// <param name="clientEpoch">The leader epoch the consumer knows, or none.</param>
    /// <param name="lastFetchedEpoch">
    /// Epoch of the last record it has read, or none; tells a log that an unclean election has cut.
    /// </param>
    public static ReadBound Decide(
        ReadView view,
        LeaderEpoch clientEpoch,
        long offset,
        LeaderEpoch lastFetchedEpoch,
        IsolationLevel isolation,
        long nowMs)
    {
        if (Judge(view, clientEpoch, nowMs) is var error and not ErrorCode.None)
            return new ReadBound(error, -1);

        error = view.Epochs.Judge(
            lastFetchedEpoch, offset, view.LogStartOffset, view.LogEndOffset, out var diverging);
        return error != ErrorCode.None || diverging is not null
            ? new ReadBound(error, -1, diverging)
            : new ReadBound(ErrorCode.None, Readable(view, isolation));
    }

    /// <summary>
    /// The offset for a timestamp, or for one of the ends (2.3). While a new leader's high watermark is below its
    /// epoch's start, the previous leader may have shown more: OFFSET_NOT_AVAILABLE.
    /// </summary>
    /// <exception cref="StorageException">The look-up by time failed.</exception>
    public static OffsetAnswer FindOffset(
        ReadView view, LeaderEpoch clientEpoch, long timestampMs, IsolationLevel isolation, long nowMs)
    {
        if (Judge(view, clientEpoch, nowMs) is var error and not ErrorCode.None)
            return NoOffset(error);

        var readable = Readable(view, isolation);
        switch (timestampMs)
        {
            case Earliest or EarliestLocal:
                return At(view, view.LogStartOffset);
            case LatestTiered:
                return NoOffset(ErrorCode.None);
            case Latest or MaxTimestamp when IsBehindPredecessor(view):
                return NoOffset(ErrorCode.OffsetNotAvailable);
            case Latest:
                return At(view, readable);
            case < LatestTiered:
                return NoOffset(ErrorCode.InvalidRequest);
        }

        var found = timestampMs == MaxTimestamp
            ? view.Log.FindLatest(readable)
            : view.Log.FindByTime(timestampMs, readable);
        if (found is { } record)
            return At(view, record.Offset, record.TimestampMs);
        return NoOffset(IsBehindPredecessor(view) ? ErrorCode.OffsetNotAvailable : ErrorCode.None);
    }

    /// <summary>
    /// Where a leader epoch ends in the log, and the epoch that holds for (KIP-320): the greatest one here that is not above
    /// the one asked for. Without an error, null where that is undefined: none was asked for, or one from the future.
    /// </summary>
    /// <param name="clientEpoch">The leader epoch the consumer knows, or none.</param>
    public static ErrorCode FindEpochEnd(
        ReadView view, LeaderEpoch clientEpoch, LeaderEpoch epoch, long nowMs, out EpochEnd? end)
    {
        var error = Judge(view, clientEpoch, nowMs);
        end = error == ErrorCode.None ? view.Epochs.EndOffsetFor(epoch, view.LogEndOffset) : null;
        return error;
    }

    /// <summary>
    /// Whether the view serves that client now: asked again where a read took time between the decision and the answer.
    /// </summary>
    public static ErrorCode Judge(ReadView view, LeaderEpoch clientEpoch, long nowMs)
    {
        var error = view.Judge(clientEpoch);

        // Whoever asks elsewhere finds the new leader, if there is one.
        return error == ErrorCode.None && nowMs > view.LeaseEndMs ? ErrorCode.NotLeaderOrFollower : error;
    }

    private static OffsetAnswer At(ReadView view, long offset, long timestampMs = -1) =>
        new(ErrorCode.None, timestampMs, offset, view.Epochs.EpochAt(offset) ?? LeaderEpoch.None);

    private static OffsetAnswer NoOffset(ErrorCode error) => new(error, -1, -1, LeaderEpoch.None);

    private static bool IsBehindPredecessor(ReadView view) => view.HighWatermark < view.LeaderEpochStartOffset;

    private static long Readable(ReadView view, IsolationLevel isolation) =>
        isolation == IsolationLevel.ReadCommitted ? view.LastStableOffset : view.HighWatermark;
}
