using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>A record of a fetched batch; its memory is the batch's.</summary>
internal readonly record struct FetchedRecord(
    long Offset,
    long TimestampMs,
    TimestampType TimestampType,
    LeaderEpoch LeaderEpoch,
    ReadOnlyMemory<byte> Key,
    bool KeyIsNull,
    ReadOnlyMemory<byte> Value,
    bool ValueIsNull,
    Headers? Headers);

/// <summary>Takes fetched batches apart, one batch at a time.</summary>
internal sealed class FetchedBatchReader(bool checkCrcs)
{
    private readonly List<FetchedRecord> _records = [];
    private FetchedRecords? _fetched;
    private ReadOnlyMemory<byte> _rest;
    private int _next;

    /// <summary>What is being read, if anything.</summary>
    public FetchedRecords? Fetched => _fetched;

    /// <summary>Leader epoch of the last batch that was taken apart.</summary>
    public LeaderEpoch LeaderEpoch { get; private set; } = LeaderEpoch.None;

    public void Begin(FetchedRecords? fetched)
    {
        _fetched = fetched;
        _rest = fetched?.Batches ?? default;
        _records.Clear();
        _next = 0;
    }

    /// <summary>The next record at or above where the fetch began.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="CorruptBatchException">A batch is damaged.</exception>
    public bool TryNext(out FetchedRecord record)
    {
        while (_next == _records.Count)
        {
            if (TakeBatchApart())
                continue;

            record = default;
            return false;
        }

        record = _records[_next++];
        return true;
    }

    /// <summary>Steps back before the record that <see cref="TryNext"/> has just given.</summary>
    public void StepBack() => _next--;

    private bool TakeBatchApart()
    {
        var batches = new BatchSequence(_rest);
        if (!batches.MoveNext())
            return false;

        _rest = _rest[batches.Current.Length..];
        _records.Clear();
        _next = 0;
        LeaderEpoch = batches.Header.PartitionLeaderEpoch;
        if (batches.Header.IsControl || batches.Header.NextOffset <= _fetched!.FromOffset)
            return true;
        if (checkCrcs && !RecordBatch.HasValidCrc(batches.Current.Span))
            throw new CorruptBatchException(
                $"The checksum of the batch at offset {batches.Header.BaseOffset} is wrong.");

        var records = new RecordBatchReader(batches.Current);
        while (records.MoveNext())
        {
            if (records.Offset >= _fetched.FromOffset)
                _records.Add(Take(ref records));
        }

        return true;
    }

    private static FetchedRecord Take(ref RecordBatchReader records) => new(
        records.Offset,
        records.TimestampMs,
        records.Header.TimestampType,
        records.Header.PartitionLeaderEpoch,
        records.Key,
        records.KeyIsNull,
        records.Value,
        records.ValueIsNull,
        records.HeaderCount == 0 ? null : HeadersOf(records.Headers));

    private static Headers HeadersOf(RecordHeaderReader reader)
    {
        var headers = new Headers();
        while (reader.MoveNext())
            headers.Add(reader.Key, reader.ValueIsNull ? (ReadOnlyMemory<byte>?)null : reader.Value);
        return headers;
    }
}
