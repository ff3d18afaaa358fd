using AkkaReplication.Clients;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// A partition as a consumer meets it: committed batches, a leader that moves, and, for the worst case, an unclean
/// election
/// after which the end of the log is another one.
/// </summary>
internal sealed class ModelLog(TopicIdPartition partition)
{
    private readonly List<(BatchHeader Header, byte[] Bytes, long[] Values)> _batches = [];
    private readonly EpochCache _epochs = new();
    private readonly HashSet<LeaderEpoch> _tailEpochs = [];

    public TopicIdPartition Partition { get; } = partition;

    public BrokerId Leader { get; set; }

    public LeaderEpoch LeaderEpoch { get; private set; } = new(0);

    public long StartOffset { get; private set; }

    public long EndOffset { get; private set; }

    public IEnumerable<(long Offset, long Value)> Records =>
        _batches.SelectMany(b => b.Values.Select((value, i) => (b.Header.BaseOffset + i, value)));

    /// <param name="gap">Offsets that the batch takes without a record, as compaction leaves them.</param>
    public void Append(IReadOnlyList<long> values, int gap)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values)
            Assert.True(builder.TryAppend(0, default, true, BitConverter.GetBytes(value), false, null, int.MaxValue));
        EndOffset += gap;
        var bytes = builder.Build(EndOffset, LeaderEpoch);
        Assert.True(BatchHeader.TryRead(bytes, out var header));
        _epochs.Assign(LeaderEpoch, EndOffset);
        _batches.Add((header, bytes, [.. values]));
        EndOffset = header.NextOffset;
    }

    /// <summary>Every second epoch is left out: its leader may have written what nobody else has got.</summary>
    public void MoveTo(BrokerId leader)
    {
        Leader = leader;
        LeaderEpoch = LeaderEpoch.Next().Next();
        _epochs.Assign(LeaderEpoch, EndOffset);
    }

    /// <summary>
    /// An unclean election: the new leader lacks the last batches, and may have others in their place, from an epoch of which
    /// nothing was committed.
    /// </summary>
    public void MoveUncleanlyTo(BrokerId leader, int batchesLost, params long[][] ownTail)
    {
        var kept = Math.Max(_batches.Count - batchesLost, 0);
        var before = kept < _batches.Count ? _batches[kept].Header.PartitionLeaderEpoch : LeaderEpoch;
        _batches.RemoveRange(kept, _batches.Count - kept);
        EndOffset = _batches.Count > 0 ? _batches[^1].Header.NextOffset : StartOffset;
        _epochs.TruncateFromEnd(EndOffset);
        var after = _batches.Count > 0 ? _batches[^1].Header.PartitionLeaderEpoch.Value : 0;
        var unused = new LeaderEpoch(after + 1 + after % 2);
        if (unused < before && _tailEpochs.Add(unused))
        {
            var latest = LeaderEpoch;
            LeaderEpoch = unused;
            foreach (var values in ownTail)
                Append(values, gap: 0);
            LeaderEpoch = latest;
        }

        MoveTo(leader);
    }

    /// <summary>Retention: the log begins later.</summary>
    public void DropBatches(int count)
    {
        _batches.RemoveRange(0, Math.Min(count, _batches.Count));
        StartOffset = _batches.Count > 0 ? _batches[0].Header.BaseOffset : EndOffset;
    }

    public PartitionFetched Fetch(FetchPosition position)
    {
        if (position.LastFetchedEpoch != LeaderEpoch.None
            && _epochs.EndOffsetFor(position.LastFetchedEpoch, EndOffset) is { } end
            && (end.Epoch < position.LastFetchedEpoch || end.EndOffset < position.Offset))
        {
            return Fetched(ErrorCode.None, [], end.Epoch, end.EndOffset);
        }

        if (position.Offset < StartOffset || position.Offset > EndOffset)
            return Fetched(ErrorCode.OffsetOutOfRange, []);

        var found = new List<byte>();
        foreach (var (header, bytes, _) in _batches)
        {
            if (header.NextOffset <= position.Offset)
                continue;
            if (found.Count > 0 && found.Count + bytes.Length > position.MaxBytes)
                break;
            found.AddRange(bytes);
        }

        return Fetched(ErrorCode.None, [.. found]);
    }

    public PartitionFetched Fetched(
        ErrorCode error, byte[] records, LeaderEpoch? divergingEpoch = null, long divergesAt = -1) =>
        new(
            Partition,
            error,
            EndOffset,
            EndOffset,
            StartOffset,
            divergingEpoch ?? LeaderEpoch.None,
            divergesAt,
            records);
}
