using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Compaction;

/// <summary>What compaction learns from batches before it removes anything: the newest offset of every key.</summary>
public static class BatchKeys
{
    /// <summary>
    /// Whether compaction leaves a batch as it is: markers, data of transactions (whose outcome stands elsewhere), and what is
    /// compressed in a way that cannot be read here.
    /// </summary>
    public static bool IsOpaque(in BatchHeader header) =>
        header.IsControl || header.IsTransactional || !CompressionCodec.IsSupported(header.CompressionType);

    /// <summary>
    /// Takes a batch's keys into the map. False where the map is full: then it knows nothing certain of this batch, and its end
    /// stays before it.
    /// </summary>
    /// <param name="batch">Exactly one whole batch.</param>
    /// <param name="header">Its header.</param>
    /// <param name="fromOffset">Records below it do not count.</param>
    /// <param name="map">Receives the keys.</param>
    /// <exception cref="CorruptBatchException">The checksum is wrong.</exception>
    public static bool TryAdd(ReadOnlyMemory<byte> batch, in BatchHeader header, long fromOffset, OffsetMap map)
    {
        RequireCrc(batch, header);
        if (header.RecordCount > 0 && header.LastOffset >= fromOffset && !IsOpaque(header) && !TryAddRecords(batch, fromOffset, map))
            return false;

        map.EndOffset = header.NextOffset;
        return true;
    }

    internal static void RequireCrc(ReadOnlyMemory<byte> batch, in BatchHeader header)
    {
        if (!RecordBatch.HasValidCrc(batch.Span))
            throw new CorruptBatchException($"The checksum of the batch at offset {header.BaseOffset} is wrong.");
    }

    private static bool TryAddRecords(ReadOnlyMemory<byte> batch, long fromOffset, OffsetMap map)
    {
        try
        {
            var records = new RecordBatchReader(batch);
            while (records.MoveNext())
            {
                if (!records.KeyIsNull && records.Offset >= fromOffset && !map.TryPut(records.Key.Span, records.Offset))
                    return false;
            }
        }
        catch (CorruptBatchException)
        {
            // Its checksum holds: a client wrote it so, before the topic was compacted. The cleaner leaves it as it is.
        }

        return true;
    }
}
