using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Replicas;

/// <summary>
/// A replica's log in memory, by the contract of <see cref="IReplicaLog"/>: whole stamped batches, epochs and producer
/// states. Flushes only when told to, fails when told to, and can lose what was not flushed.
/// </summary>
internal sealed class MemoryLog : IReplicaLog
{
    private Stored[] _batches = new Stored[16];
    private int _count;
    private string? _failure;

    public MemoryLog(long startOffset = 0) => LogStartOffset = LogEndOffset = FlushedEndOffset = startOffset;

    public long LogStartOffset { get; private set; }

    public long LogEndOffset { get; private set; }

    public long FlushedEndOffset { get; private set; }

    public EpochCache Epochs { get; } = new();

    public ProducerStates Producers { get; private set; } = new();

    public long TruncationGeneration { get; private set; }

    public long CheckpointedHighWatermark { get; private set; }

    /// <summary>How often the log was cut, also where no record went.</summary>
    public int Truncations { get; private set; }

    public ReadOnlySpan<Stored> Batches => _batches.AsSpan(0, _count);

    /// <summary>The disk has no room for more.</summary>
    public bool IsFull { get; set; }

    public bool HasRoomFor(int bytes) => !IsFull;

    /// <summary>Everything from now on fails, as a broken disk does.</summary>
    public void Break(string reason) => _failure = reason;

    /// <summary>A flush completed.</summary>
    public void Flush() => FlushedEndOffset = LogEndOffset;

    /// <summary>The machine crashed: what was not flushed is gone, from a batch of the caller's choice.</summary>
    public void LoseTail(long fromOffset) => TruncateTo(Math.Max(FlushedEndOffset, fromOffset));

    public void AssignEpoch(LeaderEpoch epoch, long startOffset)
    {
        Require();
        Epochs.Assign(epoch, startOffset);
    }

    public void AppendAsLeader(ReadOnlyMemory<byte> batch, in BatchHeader header, LeaderEpoch epoch, long? appendTimeMs)
    {
        Require();
        var bytes = batch.ToArray();
        if (appendTimeMs is { } time)
            RecordBatch.WriteHeaderWithAppendTime(batch.Span, time, bytes);
        BatchHeader.Stamp(bytes, LogEndOffset, epoch);
        Store(bytes);
    }

    public void AppendAsFollower(ReadOnlyMemory<byte> batches)
    {
        Require();
        var next = LogEndOffset;
        var check = new BatchSequence(batches);
        while (check.MoveNext())
        {
            if (!RecordBatch.HasValidCrc(check.Current.Span))
                throw new CorruptBatchException("Bad checksum.");
            if (check.Header.BaseOffset < next)
                throw new StorageException($"Offset {check.Header.BaseOffset} does not follow {next}.");
            next = check.Header.NextOffset;
        }

        if (check.BytesLeft > 0)
            throw new CorruptBatchException($"{check.BytesLeft} bytes are no batch.");
        var append = new BatchSequence(batches);
        while (append.MoveNext())
            Store(append.Current.ToArray());
    }

    public void TruncateTo(long offset)
    {
        Require();
        Truncations++;
        TruncationGeneration++;
        var keep = _count;
        while (keep > 0 && _batches[keep - 1].Header.LastOffset >= offset)
            keep--;
        LogEndOffset = Math.Min(LogEndOffset, keep < _count ? _batches[keep].Header.BaseOffset : offset);
        LogStartOffset = Math.Min(LogStartOffset, LogEndOffset);
        FlushedEndOffset = Math.Min(FlushedEndOffset, LogEndOffset);

        // Views hold the old array.
        _batches = [.. _batches.AsSpan(0, keep), .. new Stored[16]];
        _count = keep;
        Epochs.TruncateFromEnd(LogEndOffset);
        Producers = new ProducerStates();
        foreach (var batch in Batches)
            Producers.Apply(batch.Header, batch.Header.LastOffset);
    }

    public void TruncateFullyAndStartAt(long offset, ProducerStates producers)
    {
        Require();
        Truncations++;
        TruncationGeneration++;
        _batches = new Stored[16];
        _count = 0;
        LogStartOffset = LogEndOffset = FlushedEndOffset = offset;
        Epochs.Clear();
        Producers = producers;
    }

    public void AdvanceLogStart(long offset)
    {
        Require();
        if (offset <= LogStartOffset)
            return;

        Assert.InRange(offset, LogStartOffset, LogEndOffset);
        LogStartOffset = offset;
        Epochs.TruncateFromStart(offset);
    }

    /// <summary>Batches older than this go; each is a segment of its own.</summary>
    public long RetentionMs { get; set; } = long.MaxValue;

    /// <summary>Batches beyond so many go, the oldest first, as by size.</summary>
    public int RetentionBatches { get; set; } = int.MaxValue;

    public bool ApplyRetention(long highWatermark, long nowMs)
    {
        Require();
        var start = LogStartOffset;
        for (var i = 0; i < _count; i++)
        {
            var batch = _batches[i];
            if (batch.Header.NextOffset > highWatermark
                || (nowMs - batch.Header.MaxTimestampMs <= RetentionMs && _count - i <= RetentionBatches))
            {
                break;
            }

            start = Math.Max(start, batch.Header.NextOffset);
        }

        var moves = start > LogStartOffset;
        AdvanceLogStart(start);
        return moves;
    }

    public void CheckpointHighWatermark(long highWatermark) => CheckpointedHighWatermark = highWatermark;

    public ILogView View() => new MemoryLogView(this, _batches, _count);

    private void Store(byte[] bytes)
    {
        Assert.True(BatchHeader.TryRead(bytes, out var header));
        if (_count == _batches.Length)
            Array.Resize(ref _batches, _count * 2);
        _batches[_count++] = new Stored(header, bytes);
        LogEndOffset = header.NextOffset;
        Epochs.Assign(header.PartitionLeaderEpoch, header.BaseOffset);
        Producers.Apply(header, header.LastOffset);
    }

    private void Require()
    {
        if (_failure is not null)
            throw new StorageException(_failure);
    }

    internal readonly record struct Stored(BatchHeader Header, ReadOnlyMemory<byte> Bytes);

    private sealed class MemoryLogView(MemoryLog log, Stored[] batches, int count) : ILogView
    {
        public long LogStartOffset { get; } = log.LogStartOffset;

        public long LogEndOffset { get; } = log.LogEndOffset;

        public long TruncationGeneration { get; } = log.TruncationGeneration;

        public bool IsCurrent => TruncationGeneration == log.TruncationGeneration;

        public ReadOnlyMemory<byte> Read(long offset, long upToOffset, int maxBytes, bool atLeastOneBatch)
        {
            log.Require();
            var bytes = new List<byte>();
            for (var i = FirstThatHolds(offset); i < count; i++)
            {
                var batch = batches[i];
                var isFirst = bytes.Count == 0;
                if (batch.Header.LastOffset >= upToOffset
                    || (bytes.Count + batch.Bytes.Length > maxBytes && !(isFirst && atLeastOneBatch)))
                {
                    break;
                }

                bytes.AddRange(batch.Bytes.Span);
            }

            return bytes.ToArray();
        }

        private int FirstThatHolds(long offset)
        {
            int low = 0, high = count;
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (batches[middle].Header.LastOffset < offset)
                    low = middle + 1;
                else
                    high = middle;
            }

            return low;
        }

        public TimestampAndOffset? FindByTime(long timestampMs, long upToOffset) =>
            Readable(upToOffset).Where(record => record.TimestampMs >= timestampMs).Cast<TimestampAndOffset?>().FirstOrDefault();

        public TimestampAndOffset? FindLatest(long upToOffset) => Readable(upToOffset).Cast<TimestampAndOffset?>()
            .Where(record => record!.Value.TimestampMs >= 0).MaxBy(record => record!.Value.TimestampMs);

        private List<TimestampAndOffset> Readable(long upToOffset)
        {
            var records = new List<TimestampAndOffset>();
            foreach (var batch in batches.AsSpan(0, count))
            {
                var reader = new RecordBatchReader(batch.Bytes);
                while (reader.MoveNext())
                {
                    if (reader.Offset >= LogStartOffset && reader.Offset < upToOffset)
                        records.Add(new TimestampAndOffset(reader.TimestampMs, reader.Offset));
                }
            }

            return records;
        }
    }
}
