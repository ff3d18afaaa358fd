using System.Buffers.Binary;
using AkkaReplication.Records;

namespace AkkaReplication.Logs;

/// <summary>
/// Kafka's producer snapshot file, version 1: version i16, CRC-32C u32 of what follows, entry count i32, entries. Kafka
/// writes one entry per producer, its last batch; this writes one per remembered batch, oldest first, so that a retry of
/// an older batch is recognised after a restart, too. Kafka's own reader keeps the last entry of a producer.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int CrcAt = 2;
    private const int BodyAt = 6;
    private const int EntriesAt = 10;

    /// <summary>producerId i64, epoch i16, lastSequence i32, lastOffset i64, offsetDelta i32, timestamp i64, coordinatorEpoch i32, txnFirstOffset i64.</summary>
    private const int EntrySize = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;

    public static byte[] Encode(IReadOnlyList<ProducerState> producers) =>
        Encode(producers, producers.Sum(producer => Math.Max(1, producer.BatchCount)), long.MaxValue);

    /// <summary>Of every producer the batches before an offset; a producer without any is left out.</summary>
    public static byte[] EncodeBefore(IReadOnlyList<ProducerState> producers, long offset)
    {
        ProducerState[] older = [.. producers.Where(producer => CountBefore(producer, offset) > 0)];
        return older.Length == 0 ? [] : Encode(older, older.Sum(producer => CountBefore(producer, offset)), offset);
    }

    private static int CountBefore(ProducerState producer, long offset)
    {
        var count = 0;
        while (count < producer.BatchCount && producer.Batches[count].LastOffset < offset)
            count++;
        return count;
    }

    private static byte[] Encode(IReadOnlyList<ProducerState> producers, int count, long offset)
    {
        var bytes = new byte[EntriesAt + (count * EntrySize)];
        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(BodyAt), count);
        var target = bytes.AsSpan(EntriesAt);
        foreach (var producer in producers)
        {
            if (producer.BatchCount == 0)
                target = WriteEntry(target, producer, new ProducerBatch(-1, -1, -1, -1, -1));
            foreach (var batch in producer.Batches[..CountBefore(producer, offset)])
                target = WriteEntry(target, producer, batch);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(CrcAt), Crc32C.Compute(bytes.AsSpan(BodyAt)));
        return bytes;
    }

    public static void Decode(ReadOnlySpan<byte> snapshot, ProducerStates states)
    {
        if (snapshot.Length < EntriesAt || BinaryPrimitives.ReadInt16BigEndian(snapshot) != Version)
            throw new CorruptBatchException("A producer snapshot is too short or of an unknown version.");
        if (BinaryPrimitives.ReadUInt32BigEndian(snapshot[CrcAt..]) != Crc32C.Compute(snapshot[BodyAt..]))
            throw new CorruptBatchException("A producer snapshot's checksum does not match its bytes.");

        var count = BinaryPrimitives.ReadInt32BigEndian(snapshot[BodyAt..]);
        if (count < 0 || snapshot.Length != EntriesAt + ((long)count * EntrySize))
            throw new CorruptBatchException($"A producer snapshot says {count} entries in {snapshot.Length} bytes.");

        for (var i = 0; i < count; i++)
            ReadEntry(snapshot.Slice(EntriesAt + (i * EntrySize), EntrySize), states);
    }

    private static Span<byte> WriteEntry(Span<byte> target, ProducerState producer, ProducerBatch batch)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, producer.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(target[8..], producer.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(target[10..], batch.LastSequence);
        BinaryPrimitives.WriteInt64BigEndian(target[14..], batch.LastOffset);
        BinaryPrimitives.WriteInt32BigEndian(target[22..], (int)(batch.LastOffset - batch.BaseOffset));
        BinaryPrimitives.WriteInt64BigEndian(target[26..], batch.TimestampMs);
        BinaryPrimitives.WriteInt32BigEndian(target[34..], producer.CoordinatorEpoch);
        BinaryPrimitives.WriteInt64BigEndian(target[38..], producer.OpenTransactionOffset ?? -1);
        return target[EntrySize..];
    }

    private static void ReadEntry(ReadOnlySpan<byte> entry, ProducerStates states)
    {
        var producer = states.GetOrAdd(BinaryPrimitives.ReadInt64BigEndian(entry));
        producer.Become(BinaryPrimitives.ReadInt16BigEndian(entry[8..]));
        producer.CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(entry[34..]);

        var lastSequence = BinaryPrimitives.ReadInt32BigEndian(entry[10..]);
        var lastOffset = BinaryPrimitives.ReadInt64BigEndian(entry[14..]);
        var delta = BinaryPrimitives.ReadInt32BigEndian(entry[22..]);
        if (lastOffset >= 0)
        {
            // A batch whose sequences wrapped ends with a lower number than it began with.
            var baseSequence = (int)(((long)lastSequence - delta) & int.MaxValue);
            var timestampMs = BinaryPrimitives.ReadInt64BigEndian(entry[26..]);
            producer.Add(new ProducerBatch(baseSequence, lastSequence, lastOffset - delta, lastOffset, timestampMs));
        }

        var openOffset = BinaryPrimitives.ReadInt64BigEndian(entry[38..]);
        if (openOffset >= 0 && producer.OpenTransactionOffset is null)
            states.OpenTransaction(producer, openOffset);
    }
}
