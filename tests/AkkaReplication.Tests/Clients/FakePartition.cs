using AkkaReplication.Clients;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Tests.Clients;

/// <summary>A partition of the fake cluster: one log that survives whatever happens to brokers.</summary>
internal sealed class FakePartition(TopicIdPartition partition)
{
    private readonly List<(BatchHeader Header, byte[] Bytes)> _batches = [];
    private readonly ProducerStates _producers = new();

    public TopicIdPartition Partition { get; } = partition;

    public BrokerId Leader { get; set; }

    public LeaderEpoch LeaderEpoch { get; set; } = new(0);

    public long StartOffset { get; set; }

    public long EndOffset { get; private set; }

    /// <summary>The records' offsets end here, but the log has another history from an earlier offset on.</summary>
    public long? DivergesAt { get; set; }

    public PartitionProduced Append(PartitionBatch batch)
    {
        if (BatchValidation.Check(batch.Batch.Span, BatchLimits.Default, out var header) is { } problem)
            return Produced(problem.Error, -1, problem.Message);
        var check = _producers.Check(header);
        if (check.Verdict == ProducerVerdict.Refuse)
            return Produced(check.Error, -1, check.Message);
        if (check.Verdict == ProducerVerdict.Duplicate)
            return Produced(ErrorCode.None, check.Original.BaseOffset, null);

        var bytes = batch.Batch.ToArray();
        BatchHeader.Stamp(bytes, EndOffset, LeaderEpoch);
        Assert.True(BatchHeader.TryRead(bytes, out header));
        _batches.Add((header, bytes));
        _producers.Apply(header, header.LastOffset);
        var baseOffset = EndOffset;
        EndOffset = header.NextOffset;
        return Produced(ErrorCode.None, baseOffset, null);
    }

    public PartitionFetched Fetch(FetchPosition position)
    {
        var hasEpoch = position.LastFetchedEpoch != LeaderEpoch.None;
        if (DivergesAt is { } divergesAt && hasEpoch && position.Offset > divergesAt)
            return Fetched(ErrorCode.None, [], divergesAt);
        if (position.Offset < StartOffset || position.Offset > EndOffset)
            return Fetched(ErrorCode.OffsetOutOfRange, []);

        var found = new List<byte[]>();
        var size = 0;
        foreach (var (header, bytes) in _batches)
        {
            if (header.NextOffset <= position.Offset)
                continue;
            if (size > 0 && size + bytes.Length > position.MaxBytes)
                break;

            found.Add(bytes);
            size += bytes.Length;
        }

        return Fetched(ErrorCode.None, found);
    }

    public PartitionOffset FindOffset(long timestampMs)
    {
        var offset = timestampMs switch
        {
            -1 => EndOffset,
            -2 => StartOffset,
            _ => FirstAtOrAfter(timestampMs),
        };
        return new PartitionOffset(Partition, ErrorCode.None, timestampMs, offset, LeaderEpoch);
    }

    public PartitionFetched Refuse(ErrorCode error) => Fetched(error, []);

    private long FirstAtOrAfter(long timestampMs)
    {
        foreach (var (_, bytes) in _batches)
        {
            var records = new RecordBatchReader(bytes);
            while (records.MoveNext())
            {
                if (records.TimestampMs >= timestampMs)
                    return records.Offset;
            }
        }

        return -1;
    }

    private PartitionFetched Fetched(ErrorCode error, List<byte[]> batches, long divergesAt = -1) => new(
        Partition,
        error,
        EndOffset,
        EndOffset,
        StartOffset,
        divergesAt < 0 ? LeaderEpoch.None : LeaderEpoch,
        divergesAt,
        batches.SelectMany(b => b).ToArray());

    private PartitionProduced Produced(ErrorCode error, long baseOffset, string? message) =>
        new(Partition, error, baseOffset, -1, StartOffset, message);
}
