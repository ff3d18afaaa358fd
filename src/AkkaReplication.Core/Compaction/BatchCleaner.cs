using System.Buffers.Binary;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Compaction;

/// <summary>What becomes of a batch.</summary>
public enum CleanedBatch
{
    /// <summary>It stays, byte for byte.</summary>
    Kept,

    /// <summary>It goes.</summary>
    Removed,

    /// <summary>It is replaced by <see cref="BatchCleaner.Rewritten"/>.</summary>
    Rewritten,
}

/// <summary>
/// Decides which records of a log stay, batch by batch from the log's start, and writes batches that lose some. Of each key
/// the newest record stays; a tombstone goes once delete.retention.ms have passed since it was compacted first, which its
/// batch's delete horizon tells (KIP-534). Offsets, sequences and epochs never change.
/// </summary>
/// <param name="map">The newest offsets of keys.</param>
/// <param name="producers">
/// The producers as of where compaction ends: the last batch of each stays, if need be without a record, because it has the
/// producer's sequence.
/// </param>
/// <param name="lastOffset">A batch with this last offset stays, too: the log shall not end with a gap.</param>
/// <param name="nowMs">Ms since the Unix epoch.</param>
/// <param name="deleteRetentionMs">delete.retention.ms.</param>
public sealed class BatchCleaner(
    OffsetMap map, ProducerStates producers, long lastOffset, long nowMs, long deleteRetentionMs)
{
    private const short CodecMask = 0x07;
    private const short DeleteHorizonMask = 0x40;

    private byte[] _records = [];
    private int _length;
    private bool _metOpaque;

    /// <summary>The batch to be written in place of the last one that was <see cref="CleanedBatch.Rewritten"/>.</summary>
    public ReadOnlyMemory<byte> Rewritten { get; private set; }

    /// <summary>Records seen so far in batches that could be looked into, and how many of them stayed.</summary>
    public (long Seen, long Kept) Records { get; private set; }

    /// <summary>Judges the next batch of the log.</summary>
    /// <param name="batch">Exactly one whole batch.</param>
    /// <param name="header">Its header.</param>
    /// <exception cref="CorruptBatchException">The checksum is wrong.</exception>
    public CleanedBatch Clean(ReadOnlyMemory<byte> batch, in BatchHeader header)
    {
        BatchKeys.RequireCrc(batch, header);
        if (header.RecordCount == 0)
            return MustStay(header) ? CleanedBatch.Kept : CleanedBatch.Removed;
        if (header.BaseOffset >= map.EndOffset)
            return CleanedBatch.Kept;
        if (BatchKeys.IsOpaque(header))
        {
            _metOpaque |= !header.IsControl;
            return CleanedBatch.Kept;
        }

        try
        {
            return CleanRecords(batch, header);
        }
        catch (CorruptBatchException)
        {
            // Its checksum holds: a client wrote it so, before the topic was compacted. Nobody can read it, nobody loses it.
            _metOpaque = true;
            return CleanedBatch.Kept;
        }
    }

    private CleanedBatch CleanRecords(ReadOnlyMemory<byte> batch, in BatchHeader header)
    {
        var records = CompressionCodec.Expand(
            header.CompressionType, batch[BatchHeader.Size..], RecordBatchReader.DefaultMaxDecompressedBytes).Span;
        var kept = Keep(records, header, horizonMs: null, out var maxTimestampMs, out var hasTombstone);
        var horizonMs = hasTombstone && !header.HasDeleteHorizon && header.LastOffset < map.EndOffset
            ? (long?)(nowMs > long.MaxValue - deleteRetentionMs ? long.MaxValue : nowMs + deleteRetentionMs)
            : null;
        Records = (Records.Seen + header.RecordCount, Records.Kept + kept);
        if (kept == header.RecordCount && horizonMs is null)
            return CleanedBatch.Kept;
        if (kept == 0 && !MustStay(header))
            return CleanedBatch.Removed;

        if (horizonMs is not null)
            Keep(records, header, horizonMs, out _, out _);
        Rewritten = kept == 0 ? WithoutRecords(batch.Span, header) : WithKept(batch.Span, header, kept, horizonMs, maxTimestampMs);
        return CleanedBatch.Rewritten;
    }

    /// <summary>Whether a batch stays in any case, if need be without a record.</summary>
    private bool MustStay(in BatchHeader header) =>
        header.LastOffset == lastOffset
        || (header.HasProducerId
            && producers.Find(header.ProducerId) is { BatchCount: > 0 } producer
            && producer.Batches[^1].LastOffset == header.LastOffset);

    /// <summary>Collects the records that stay, as they are or with timestamps that count from the delete horizon.</summary>
    private int Keep(
        ReadOnlySpan<byte> records, in BatchHeader header, long? horizonMs, out long maxTimestampMs, out bool hasTombstone)
    {
        _length = 0;
        maxTimestampMs = -1;
        hasTombstone = false;
        var position = 0;
        var kept = 0;
        for (var i = 0; i < header.RecordCount; i++)
        {
            if (ParsedRecord.Parse(records, position, out var record) is { } problem)
                throw new CorruptBatchException($"Batch at offset {header.BaseOffset}, record {i}: {problem}.");

            if (Stays(records, record, header))
            {
                kept++;
                hasTombstone |= record.ValueLength < 0;
                maxTimestampMs = Math.Max(maxTimestampMs, header.BaseTimestampMs + record.TimestampDelta);
                if (horizonMs is { } horizon)
                    AppendRelativeTo(horizon, records[position..record.End], header.BaseTimestampMs + record.TimestampDelta);
                else
                    Append(records[position..record.End]);
            }

            position = record.End;
        }

        return position == records.Length
            ? kept
            : throw new CorruptBatchException($"Batch at offset {header.BaseOffset}: bytes follow the last record.");
    }

    private bool Stays(ReadOnlySpan<byte> records, in ParsedRecord record, in BatchHeader header)
    {
        var offset = header.BaseOffset + record.OffsetDelta;
        if (offset >= map.EndOffset)
            return true;
        if (record.KeyLength < 0 || map.Find(records.Slice(record.KeyStart, record.KeyLength)) > offset)
            return false;

        // What could not be looked into may hold an older value, which would come back to life.
        return record.ValueLength >= 0 || _metOpaque || !header.HasDeleteHorizon || nowMs < header.BaseTimestampMs;
    }

    private byte[] WithKept(ReadOnlySpan<byte> batch, in BatchHeader header, int kept, long? horizonMs, long maxTimestampMs)
    {
        var rewritten = CompressionCodec.Compress(header.CompressionType, _records.AsSpan(0, _length), BatchHeader.Size);
        batch[..BatchHeader.Size].CopyTo(rewritten);
        if (horizonMs is { } horizon)
        {
            SetAttributes(rewritten, (short)(header.Attributes | DeleteHorizonMask));
            BinaryPrimitives.WriteInt64BigEndian(rewritten.AsSpan(BatchLayout.BaseTimestamp), horizon);
        }

        if (header.TimestampType == TimestampType.CreateTime)
            BinaryPrimitives.WriteInt64BigEndian(rewritten.AsSpan(BatchLayout.MaxTimestamp), maxTimestampMs);
        return Seal(rewritten, kept);
    }

    private static byte[] WithoutRecords(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        var empty = batch[..BatchHeader.Size].ToArray();
        SetAttributes(empty, (short)(header.Attributes & ~(CodecMask | DeleteHorizonMask)));
        BinaryPrimitives.WriteInt64BigEndian(empty.AsSpan(BatchLayout.BaseTimestamp), header.MaxTimestampMs);
        return Seal(empty, 0);
    }

    private static void SetAttributes(byte[] batch, short attributes) =>
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(BatchLayout.Attributes), attributes);

    private static byte[] Seal(byte[] batch, int recordCount)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BatchLayout.Length), batch.Length - BatchHeader.LengthOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BatchLayout.RecordCount), recordCount);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(BatchLayout.Crc), RecordBatch.ComputeCrc(batch));
        return batch;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>A record is its length, one byte of attributes, the timestamp's delta, and what does not change.</summary>
    private void AppendRelativeTo(long baseTimestampMs, ReadOnlySpan<byte> record, long timestampMs)
    {
        var position = 0;
        Varint.TryRead(record, ref position, out int _);
        var attributes = record[position++];
        Varint.TryRead(record, ref position, out long _);
        var rest = record[position..];

        var delta = timestampMs - baseTimestampMs;
        var size = 1 + Varint.SizeOf(delta) + rest.Length;
        var target = Room(Varint.MaxBytes32 + size);
        var written = Varint.Write(target, size);
        target[written++] = attributes;
        written += Varint.Write(target[written..], delta);
        rest.CopyTo(target[written..]);
        _length += written + rest.Length;
    }

    private Span<byte> Room(int bytes)
    {
        if (_length + bytes > _records.Length)
            Array.Resize(ref _records, Math.Max(_length + bytes, 2 * _records.Length));
        return _records.AsSpan(_length);
    }
}
