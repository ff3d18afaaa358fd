using AkkaReplication.Logs;

namespace AkkaReplication.Records;

/// <summary>
/// Walks the records of one batch without allocating (a compressed batch costs a buffer). Does not check the checksum:
/// <see cref="RecordBatch.HasValidCrc"/> does.
/// </summary>
public ref struct RecordBatchReader
{
    /// <summary>What a compressed batch may expand to unless the caller says otherwise: 256 MiB.</summary>
    public const int DefaultMaxDecompressedBytes = 256 << 20;

    private readonly ReadOnlyMemory<byte> _records;
    private readonly ReadOnlySpan<byte> _span;
    private ParsedRecord _record;
    private int _position;
    private int _read;

    /// <param name="batch">Exactly one whole batch.</param>
    /// <param name="maxDecompressedBytes">A compressed batch that expands beyond this is refused.</param>
    /// <exception cref="CorruptBatchException">The batch's form is invalid.</exception>
    /// <exception cref="ReplicationException">UNSUPPORTED_COMPRESSION_TYPE for a codec other than none, gzip and snappy.</exception>
    public RecordBatchReader(ReadOnlyMemory<byte> batch, int maxDecompressedBytes = DefaultMaxDecompressedBytes)
    {
        if (!BatchHeader.TryRead(batch.Span, out var header) || header.SizeInBytes != batch.Length)
            throw new CorruptBatchException($"{batch.Length} bytes are not one record batch v2.");

        Header = header;
        var records = batch[BatchHeader.Size..];
        _records = CompressionCodec.Expand(header.CompressionType, records, maxDecompressedBytes);
        _span = _records.Span;
    }

    public BatchHeader Header { get; }

    /// <summary>The current record's offset.</summary>
    public readonly long Offset => Header.BaseOffset + _record.OffsetDelta;

    /// <summary>The current record's timestamp: the batch's own in a LogAppendTime batch.</summary>
    public readonly long TimestampMs => Header.TimestampType == TimestampType.LogAppendTime
        ? Header.MaxTimestampMs
        : Header.BaseTimestampMs + _record.TimestampDelta;

    public readonly bool KeyIsNull => _record.KeyLength < 0;

    /// <summary>The current record's key, empty where it is null.</summary>
    public readonly ReadOnlyMemory<byte> Key => Field(_record.KeyStart, _record.KeyLength);

    public readonly bool ValueIsNull => _record.ValueLength < 0;

    /// <summary>The current record's value, empty where it is null.</summary>
    public readonly ReadOnlyMemory<byte> Value => Field(_record.ValueStart, _record.ValueLength);

    public readonly int HeaderCount => _record.HeaderCount;

    /// <summary>Walks the current record's headers.</summary>
    public readonly RecordHeaderReader Headers =>
        new(_records[_record.HeadersStart.._record.End], _record.HeaderCount);

    /// <summary>Goes to the next record; false after the last.</summary>
    /// <exception cref="CorruptBatchException">The records do not fit the batch or its count.</exception>
    public bool MoveNext()
    {
        if (_read == Header.RecordCount)
        {
            if (_position != _span.Length)
                throw Corrupt($"{_span.Length - _position} bytes follow the last record");
            return false;
        }

        if (ParsedRecord.Parse(_span, _position, out _record) is { } problem)
            throw Corrupt(problem);
        if (_record.OffsetDelta < 0 || _record.OffsetDelta > Header.LastOffsetDelta)
            throw Corrupt($"a record's offset delta is {_record.OffsetDelta}, the batch's last is {Header.LastOffsetDelta}");

        _position = _record.End;
        _read++;
        return true;
    }

    private readonly ReadOnlyMemory<byte> Field(int start, int length) =>
        length <= 0 ? ReadOnlyMemory<byte>.Empty : _records.Slice(start, length);

    private readonly CorruptBatchException Corrupt(string problem) =>
        new($"Batch at offset {Header.BaseOffset}, record {_read + 1} of {Header.RecordCount}: {problem}.");
}
