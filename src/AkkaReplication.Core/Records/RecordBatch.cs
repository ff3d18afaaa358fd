using System.Buffers.Binary;

namespace AkkaReplication.Records;

/// <summary>Operations on the bytes of one record batch v2 that keep its checksum true.</summary>
public static class RecordBatch
{
    /// <summary>Bytes at a batch's start that the checksum does not cover and that are stamped by the leader, with the length between them.</summary>
    public const int StampedPrefixBytes = BatchLayout.Magic;

    /// <summary>Whether the checksum of a batch holds.</summary>
    /// <param name="batch">Exactly one whole batch.</param>
    public static bool HasValidCrc(ReadOnlySpan<byte> batch) =>
        batch.Length >= BatchHeader.Size
        && BinaryPrimitives.ReadUInt32BigEndian(batch[BatchLayout.Crc..]) == ComputeCrc(batch);

    /// <summary>Whether records are a message set from before Kafka 0.11, in which the magic stands where a batch has it.</summary>
    public static bool IsOlderFormat(ReadOnlySpan<byte> records) =>
        records.Length > BatchLayout.Magic && records[BatchLayout.Magic] < 2;

    /// <summary>The checksum a batch should carry.</summary>
    /// <param name="batch">Exactly one whole batch.</param>
    public static uint ComputeCrc(ReadOnlySpan<byte> batch) => Crc32C.Compute(batch[BatchLayout.Attributes..]);

    /// <summary>
    /// Gives a built batch its producer and first sequence, and a new checksum: a client knows them only when the batch
    /// leaves, or stamps it anew after its epoch was bumped.
    /// </summary>
    /// <param name="batch">Exactly one whole batch.</param>
    public static void SetProducer(Span<byte> batch, long producerId, short producerEpoch, int baseSequence)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchLayout.ProducerId..], producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchLayout.ProducerEpoch..], producerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchLayout.BaseSequence..], baseSequence);
        BinaryPrimitives.WriteUInt32BigEndian(batch[BatchLayout.Crc..], ComputeCrc(batch));
    }

    /// <summary>
    /// Copies a batch's header into <paramref name="header"/> with the append time as its timestamp (LogAppendTime) and
    /// the checksum of the batch that results; the records stay where they are, untouched.
    /// </summary>
    /// <param name="batch">Exactly one whole batch.</param>
    /// <param name="appendTimeMs">Ms since the Unix epoch.</param>
    /// <param name="header">Receives <see cref="BatchHeader.Size"/> bytes.</param>
    public static void WriteHeaderWithAppendTime(ReadOnlySpan<byte> batch, long appendTimeMs, Span<byte> header)
    {
        batch[..BatchHeader.Size].CopyTo(header);
        header[BatchLayout.Attributes + 1] |= 0x08;
        BinaryPrimitives.WriteInt64BigEndian(header[BatchLayout.MaxTimestamp..], appendTimeMs);
        var crc = Crc32C.Compute(header[BatchLayout.Attributes..BatchHeader.Size]);
        crc = Crc32C.Append(crc, batch[BatchHeader.Size..]);
        BinaryPrimitives.WriteUInt32BigEndian(header[BatchLayout.Crc..], crc);
    }
}
