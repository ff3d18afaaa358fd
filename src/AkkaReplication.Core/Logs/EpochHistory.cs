using System.Collections.Immutable;

namespace AkkaReplication.Logs;

/// <summary>The offset of the first record a leader epoch could have written.</summary>
public readonly record struct EpochStart(LeaderEpoch Epoch, long StartOffset);

/// <summary>Where a reader and a log part ways: the log's greatest epoch not above the reader's, and its end.</summary>
public readonly record struct EpochEnd(LeaderEpoch Epoch, long EndOffset);

/// <summary>
/// Where each leader epoch of a log began, at one moment: strictly increasing in epoch and in start offset. Immutable,
/// so that readers outside the replica's turn may ask it.
/// </summary>
public sealed class EpochHistory
{
    public static readonly EpochHistory Empty = new([]);

    private readonly ImmutableArray<EpochStart> _entries;

    internal EpochHistory(ImmutableArray<EpochStart> entries) => _entries = entries;

    /// <summary>The newest epoch, <see cref="LeaderEpoch.None"/> if there is none.</summary>
    public LeaderEpoch Latest => _entries.IsEmpty ? LeaderEpoch.None : _entries[^1].Epoch;

    /// <summary>
    /// The end offset of <paramref name="epoch"/> in this log, and the epoch the answer holds for: the greatest one
    /// here that is not above it. Null where that is undefined: no epoch was asked for, or one from the future.
    /// </summary>
    public EpochEnd? EndOffsetFor(LeaderEpoch epoch, long logEndOffset)
    {
        if (epoch.Value < 0 || _entries.IsEmpty || epoch > Latest)
            return null;
        if (epoch == Latest)
            return new EpochEnd(epoch, logEndOffset);

        var higher = FirstIndexWhere(entry => entry.Epoch > epoch);
        var answered = higher == 0 ? epoch : _entries[higher - 1].Epoch;
        return new EpochEnd(answered, _entries[higher].StartOffset);
    }

    /// <summary>
    /// The epoch under which the record at <paramref name="offset"/> was, or would be, written; null where unknown.
    /// </summary>
    public LeaderEpoch? EpochAt(long offset)
    {
        var higher = FirstIndexWhere(entry => entry.StartOffset > offset);
        return higher == 0 ? null : _entries[higher - 1].Epoch;
    }

    /// <summary>
    /// Whether a reader that stands at <paramref name="offset"/> can go on in this log, of which the bounds are given
    /// (replication rules 5.3, KIP-320): OFFSET_OUT_OF_RANGE where it is not in it, and where it has read something
    /// else than what is in it, the point at which the two part, with no error.
    /// </summary>
    /// <param name="lastEpoch">The epoch of the record before the offset, as the reader has it; none asks for the
    /// bounds only.</param>
    public ErrorCode Judge(
        LeaderEpoch lastEpoch, long offset, long logStartOffset, long logEndOffset, out EpochEnd? diverging)
    {
        diverging = null;
        if (lastEpoch != LeaderEpoch.None)
        {
            if (EndOffsetFor(lastEpoch, logEndOffset) is not { } known)
                return ErrorCode.OffsetOutOfRange;

            // Offsets below the log start come before divergence (KAFKA-12996).
            if (offset < logStartOffset)
                return ErrorCode.OffsetOutOfRange;
            if (known.Epoch < lastEpoch || known.EndOffset < offset)
            {
                diverging = known;
                return ErrorCode.None;
            }
        }

        return offset < logStartOffset || offset > logEndOffset ? ErrorCode.OffsetOutOfRange : ErrorCode.None;
    }

    private int FirstIndexWhere(Predicate<EpochStart> isBeyond)
    {
        int low = 0, high = _entries.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isBeyond(_entries[middle]))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
