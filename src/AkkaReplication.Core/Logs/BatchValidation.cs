using AkkaReplication.Records;

namespace AkkaReplication.Logs;

/// <summary>
/// Decides whether what a client sent may be appended. A batch that passes is well-formed down to its records (those of
/// compressed batches excepted) and cannot disturb the log, its followers or its readers.
/// </summary>
public static class BatchValidation
{
    /// <summary>
    /// Checks the records of one partition in a produce request, which must be exactly one batch v2. Allocates nothing
    /// for an uncompressed batch that passes.
    /// </summary>
    /// <param name="batches">The bytes as they came.</param>
    /// <param name="limits">The topic's settings.</param>
    /// <param name="header">The batch's header where the answer is null.</param>
    /// <param name="nowMs">The leader's clock (ms since the Unix epoch) to judge timestamps by; null leaves them unjudged.</param>
    /// <returns>Null where the batch may be appended.</returns>
    public static BatchProblem? Check(
        ReadOnlySpan<byte> batches, BatchLimits limits, out BatchHeader header, long? nowMs = null) =>
        CheckForm(batches, limits, out header)
        ?? CheckHeader(header)
        ?? CheckTimestamp(header.MaxTimestampMs, header, limits, nowMs)
        ?? CheckRecords(batches, header, limits, nowMs);

    private static BatchProblem? CheckForm(ReadOnlySpan<byte> batches, BatchLimits limits, out BatchHeader header)
    {
        header = default;
        if (batches.Length < BatchHeader.Size)
            return Corrupt($"{batches.Length} bytes are less than a batch's header");
        if (batches[BatchLayout.Magic] != BatchHeader.CurrentMagic)
            return Invalid($"record format {batches[BatchLayout.Magic]} is not supported; only 2 is");
        if (!BatchHeader.TryRead(batches, out header))
            return Corrupt("the batch's length is invalid");
        if (header.SizeInBytes > batches.Length)
            return Corrupt($"the batch says {header.SizeInBytes} bytes, {batches.Length} came");
        if (header.SizeInBytes < batches.Length)
            return Invalid("a produce request carries exactly one batch per partition");
        if (header.SizeInBytes > limits.MaxMessageBytes)
        {
            return new BatchProblem(
                ErrorCode.MessageTooLarge,
                $"the batch has {header.SizeInBytes} bytes, max.message.bytes is {limits.MaxMessageBytes}");
        }

        if (header.SizeInBytes > limits.SegmentBytes)
        {
            return new BatchProblem(
                ErrorCode.RecordListTooLarge,
                $"the batch has {header.SizeInBytes} bytes, segment.bytes is {limits.SegmentBytes}");
        }

        return RecordBatch.HasValidCrc(batches) ? null : Corrupt("the batch's checksum does not match its bytes");
    }

    private static BatchProblem? CheckHeader(in BatchHeader header)
    {
        if (header.BaseOffset != 0)
            return Invalid($"the batch's base offset is {header.BaseOffset}; a client's is 0");
        if (header.RecordCount <= 0)
            return Invalid($"the batch says it has {header.RecordCount} records");
        if (header.LastOffsetDelta != header.RecordCount - 1)
            return Invalid($"the batch's last offset delta is {header.LastOffsetDelta} with {header.RecordCount} records");
        if (header.IsControl)
            return Invalid("clients may not write control batches");
        if (header.HasDeleteHorizon)
            return Invalid("clients may not set a delete horizon");
        if (header.TimestampType == TimestampType.LogAppendTime)
            return new BatchProblem(ErrorCode.InvalidTimestamp, "clients may not set the timestamp type LogAppendTime");
        if (header.CompressionType > CompressionType.Zstd)
            return new BatchProblem(ErrorCode.UnsupportedCompressionType, $"codec {(int)header.CompressionType} is unknown");
        if (header.HasProducerId && (header.ProducerEpoch < 0 || header.BaseSequence < 0))
            return Invalid($"producer {header.ProducerId} sent epoch {header.ProducerEpoch}, sequence {header.BaseSequence}");
        if (header.IsTransactional && !header.HasProducerId)
            return Invalid("a transactional batch needs a producer id");
        return null;
    }

    private static BatchProblem? CheckTimestamp(
        long timestampMs, in BatchHeader header, BatchLimits limits, long? nowMs)
    {
        // With LogAppendTime the client's timestamps are overwritten; -1 is "none" in old producers.
        if (nowMs is not { } now || limits.TimestampType == TimestampType.LogAppendTime || timestampMs < 0)
            return null;
        if (now - timestampMs <= limits.TimestampBeforeMaxMs && timestampMs - now <= limits.TimestampAfterMaxMs)
            return null;

        return new BatchProblem(
            ErrorCode.InvalidTimestamp,
            $"timestamp {timestampMs} is too far from the leader's clock {now} (batch of {header.RecordCount} records)");
    }

    private static BatchProblem? CheckRecords(
        ReadOnlySpan<byte> batch, in BatchHeader header, BatchLimits limits, long? nowMs)
    {
        if (header.CompressionType == CompressionType.None)
            return CheckPlainRecords(batch[BatchHeader.Size..], header, limits, nowMs);

        // Expanding costs more than everything else here: only a compacted topic needs to see the keys.
        if (!limits.IsCompacted)
            return null;
        return CompressionCodec.IsSupported(header.CompressionType)
            ? CheckCompressedKeys(batch)
            : new BatchProblem(
                ErrorCode.UnsupportedCompressionType,
                $"keys of {header.CompressionType} batches cannot be read, and a compacted topic needs them; use none, gzip"
                + " or snappy");
    }

    private static BatchProblem? CheckPlainRecords(
        ReadOnlySpan<byte> records, in BatchHeader header, BatchLimits limits, long? nowMs)
    {
        var position = 0;
        for (var i = 0; i < header.RecordCount; i++)
        {
            if (ParsedRecord.Parse(records, position, out var record) is { } problem)
                return Invalid(problem);
            if (record.OffsetDelta != i)
                return Invalid($"record {i} has the offset delta {record.OffsetDelta}");
            if (limits.IsCompacted && record.KeyLength < 0)
                return Invalid("a record on a compacted topic needs a key");
            if (CheckTimestamp(header.BaseTimestampMs + record.TimestampDelta, header, limits, nowMs) is { } late)
                return late;
            position = record.End;
        }

        return position == records.Length ? null : Invalid("bytes follow the batch's last record");
    }

    private static BatchProblem? CheckCompressedKeys(ReadOnlySpan<byte> batch)
    {
        try
        {
            var reader = new RecordBatchReader(batch.ToArray());
            while (reader.MoveNext())
            {
                if (reader.KeyIsNull)
                    return Invalid("a record on a compacted topic needs a key");
            }

            return null;
        }
        catch (CorruptBatchException e)
        {
            return Invalid(e.Message);
        }
    }

    private static BatchProblem Corrupt(string message) => new(ErrorCode.CorruptMessage, message);

    private static BatchProblem Invalid(string message) => new(ErrorCode.InvalidRecord, message);
}
