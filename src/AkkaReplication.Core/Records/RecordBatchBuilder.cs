using System.Buffers.Binary;
using System.Text;

namespace AkkaReplication.Records;

/// <summary>
/// Collects records into one batch v2. Reusable after <see cref="Reset"/>, not thread-safe, and allocates nothing per
/// record once its buffer has grown.
/// </summary>
public sealed class RecordBatchBuilder
{
    private readonly int _initialCapacity;
    private byte[] _buffer = [];
    private int _end;
    private long _baseTimestampMs;
    private long _maxTimestampMs;

    /// <param name="initialCapacity">Bytes to begin with; the buffer grows as needed.</param>
    public RecordBatchBuilder(int initialCapacity = 1024)
    {
        _initialCapacity = Math.Max(initialCapacity, BatchHeader.Size);
        Reset();
    }

    /// <summary>Records so far.</summary>
    public int Count { get; private set; }

    /// <summary>The batch's size in bytes if it were built now without compression.</summary>
    public int EstimatedSize => _end;

    /// <summary>Bytes of the buffer that the builder holds now.</summary>
    public int Capacity => _buffer.Length;

    private ReadOnlySpan<byte> Records => _buffer.AsSpan(BatchHeader.Size, _end - BatchHeader.Size);

    /// <summary>Forgets all records and keeps the buffer.</summary>
    public void Reset()
    {
        Count = 0;
        _end = BatchHeader.Size;
        _baseTimestampMs = -1;
        _maxTimestampMs = -1;
    }

    /// <summary>
    /// Adds a record unless the uncompressed batch would exceed <paramref name="maxBatchBytes"/>; then nothing changes
    /// and the answer is false. False on an empty builder: the record alone is too large.
    /// </summary>
    /// <param name="timestampMs">Ms since the Unix epoch.</param>
    public bool TryAppend(
        long timestampMs,
        ReadOnlySpan<byte> key,
        bool keyIsNull,
        ReadOnlySpan<byte> value,
        bool valueIsNull,
        IReadOnlyList<RecordHeader>? headers,
        int maxBatchBytes)
    {
        var timestampDelta = Count == 0 ? 0 : timestampMs - _baseTimestampMs;
        var bodySize = 1L + Varint.SizeOf(timestampDelta) + Varint.SizeOf(Count)
            + FieldSize(key.Length, keyIsNull) + FieldSize(value.Length, valueIsNull) + HeadersSize(headers);
        if (bodySize > int.MaxValue - 2 * Varint.MaxBytes32)
            return false;

        var end = _end + bodySize + Varint.SizeOf((int)bodySize);
        if (end > maxBatchBytes)
            return false;

        EnsureRoom((int)end);
        Write((int)bodySize);
        _buffer[_end++] = 0;
        _end += Varint.Write(_buffer.AsSpan(_end), timestampDelta);
        Write(Count);
        WriteField(key, keyIsNull);
        WriteField(value, valueIsNull);
        WriteHeaders(headers);

        if (Count == 0)
            _baseTimestampMs = timestampMs;
        _maxTimestampMs = Count == 0 ? timestampMs : Math.Max(_maxTimestampMs, timestampMs);
        Count++;
        return true;
    }

    /// <summary>The batch as one array of exactly its size, checksum included. The builder keeps its records.</summary>
    /// <exception cref="InvalidOperationException">There are no records.</exception>
    /// <exception cref="ReplicationException">UNSUPPORTED_COMPRESSION_TYPE for a codec other than none, gzip and snappy.</exception>
    public byte[] Build(
        long baseOffset = 0,
        LeaderEpoch? epoch = null,
        long producerId = -1,
        short producerEpoch = -1,
        int baseSequence = -1,
        CompressionType compression = CompressionType.None,
        bool isTransactional = false,
        bool isControl = false,
        TimestampType timestampType = TimestampType.CreateTime)
    {
        RequireRecords();
        var batch = CompressionCodec.Compress(compression, Records, BatchHeader.Size);
        Complete(batch, BatchHeader.EncodeAttributes(compression, timestampType, isTransactional, isControl), baseOffset, epoch);
        RecordBatch.SetProducer(batch, producerId, producerEpoch, baseSequence);
        return batch;
    }

    /// <summary>
    /// The batch, checksum included, and the builder is empty. Where it is not compressed and fills most of the buffer, it is
    /// the buffer: nothing is copied, and the next record gets a new one.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are no records.</exception>
    /// <exception cref="ReplicationException">UNSUPPORTED_COMPRESSION_TYPE for a codec other than none, gzip and snappy.</exception>
    public Memory<byte> BuildAndReset(
        long producerId = -1,
        short producerEpoch = -1,
        int baseSequence = -1,
        CompressionType compression = CompressionType.None)
    {
        RequireRecords();
        Memory<byte> batch;
        if (compression == CompressionType.None && _end >= _buffer.Length / 2)
        {
            batch = _buffer.AsMemory(0, _end);
            _buffer = [];
        }
        else
        {
            batch = CompressionCodec.Compress(compression, Records, BatchHeader.Size);
        }

        var attributes = BatchHeader.EncodeAttributes(
            compression, TimestampType.CreateTime, isTransactional: false, isControl: false);
        Complete(batch.Span, attributes, baseOffset: 0, epoch: null);
        RecordBatch.SetProducer(batch.Span, producerId, producerEpoch, baseSequence);
        Reset();
        return batch;
    }

    private void RequireRecords()
    {
        if (Count == 0)
            throw new InvalidOperationException("A batch needs at least one record.");
    }

    private void Complete(Span<byte> batch, short attributes, long baseOffset, LeaderEpoch? epoch)
    {
        WriteHeader(batch, attributes);
        BatchHeader.Stamp(batch, baseOffset, epoch ?? LeaderEpoch.None);
    }

    private void WriteHeader(Span<byte> batch, short attributes)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchLayout.Length..], batch.Length - BatchHeader.LengthOverhead);
        batch[BatchLayout.Magic] = BatchHeader.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchLayout.Attributes..], attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchLayout.LastOffsetDelta..], Count - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchLayout.BaseTimestamp..], _baseTimestampMs);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchLayout.MaxTimestamp..], _maxTimestampMs);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchLayout.RecordCount..], Count);
    }

    private static long FieldSize(int length, bool isNull) =>
        isNull ? Varint.SizeOf(-1) : (long)Varint.SizeOf(length) + length;

    private static long HeadersSize(IReadOnlyList<RecordHeader>? headers)
    {
        var count = headers?.Count ?? 0;
        long size = Varint.SizeOf(count);
        for (var i = 0; i < count; i++)
        {
            var header = headers![i];
            size += FieldSize(Encoding.UTF8.GetByteCount(header.Key), false);
            size += FieldSize(header.Value?.Length ?? 0, header.Value is null);
        }

        return size;
    }

    private void WriteHeaders(IReadOnlyList<RecordHeader>? headers)
    {
        var count = headers?.Count ?? 0;
        Write(count);
        for (var i = 0; i < count; i++)
        {
            var header = headers![i];
            Write(Encoding.UTF8.GetByteCount(header.Key));
            _end += Encoding.UTF8.GetBytes(header.Key, _buffer.AsSpan(_end));
            WriteField(header.Value is { } value ? value.Span : default, header.Value is null);
        }
    }

    private void WriteField(ReadOnlySpan<byte> field, bool isNull)
    {
        Write(isNull ? -1 : field.Length);
        if (isNull)
            return;

        field.CopyTo(_buffer.AsSpan(_end));
        _end += field.Length;
    }

    private void Write(int value) => _end += Varint.Write(_buffer.AsSpan(_end), value);

    private void EnsureRoom(int end)
    {
        if (end <= _buffer.Length)
            return;

        // Every byte that is handed out is written before.
        var size = (int)Math.Min(Array.MaxLength, Math.Max(Math.Max(end, _initialCapacity), 2L * _buffer.Length));
        var larger = GC.AllocateUninitializedArray<byte>(size);
        if (Count > 0)
            _buffer.AsSpan(0, _end).CopyTo(larger);
        _buffer = larger;
    }
}
