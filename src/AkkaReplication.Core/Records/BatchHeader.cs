using System.Buffers.Binary;

namespace AkkaReplication.Records;

/// <summary>
/// The 61 bytes before the records of a Kafka record batch v2, decoded. Says nothing about whether the checksum holds:
/// <see cref="RecordBatch.HasValidCrc"/> does.
/// </summary>
public readonly record struct BatchHeader
{
    /// <summary>Bytes from the start of a batch to its first record.</summary>
    public const int Size = 61;

    /// <summary>Bytes that <see cref="Length"/> does not count: the base offset and the length itself.</summary>
    public const int LengthOverhead = 12;

    /// <summary>The magic byte of the only format this log holds.</summary>
    public const byte CurrentMagic = 2;

    private const int MinLength = Size - LengthOverhead;
    private const int CodecMask = 0x07;
    private const int TimestampTypeMask = 0x08;
    private const int TransactionalMask = 0x10;
    private const int ControlMask = 0x20;
    private const int DeleteHorizonMask = 0x40;

    /// <summary>Offset of the first record; outside the checksum, stamped by the leader.</summary>
    public long BaseOffset { get; init; }

    /// <summary>Bytes of the batch after this field.</summary>
    public int Length { get; init; }

    /// <summary>The epoch of the leader that appended the batch; outside the checksum.</summary>
    public LeaderEpoch PartitionLeaderEpoch { get; init; }

    public byte Magic { get; init; }

    /// <summary>CRC-32C of everything from the attributes to the end.</summary>
    public uint Crc { get; init; }

    public short Attributes { get; init; }

    /// <summary>Last offset minus base offset.</summary>
    public int LastOffsetDelta { get; init; }

    /// <summary>Timestamp of the first record, or the delete horizon where that bit is set; ms since the Unix epoch, -1 for none.</summary>
    public long BaseTimestampMs { get; init; }

    /// <summary>The greatest timestamp in the batch; ms since the Unix epoch, -1 for none.</summary>
    public long MaxTimestampMs { get; init; }

    /// <summary>-1 for a producer that is not idempotent.</summary>
    public long ProducerId { get; init; }

    public short ProducerEpoch { get; init; }

    /// <summary>Sequence number of the first record, -1 for none.</summary>
    public int BaseSequence { get; init; }

    public int RecordCount { get; init; }

    /// <summary>The whole batch's size, header included. Within Int32 for every header that <see cref="TryRead"/> accepts.</summary>
    public int SizeInBytes => LengthOverhead + Length;

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset after the batch.</summary>
    public long NextOffset => LastOffset + 1;

    /// <summary>Sequence number of the last record (wraps from Int32.MaxValue to 0), -1 for none.</summary>
    public int LastSequence => BaseSequence < 0 ? -1 : (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);

    public bool HasProducerId => ProducerId >= 0;

    public CompressionType CompressionType => (CompressionType)(Attributes & CodecMask);

    public TimestampType TimestampType =>
        (Attributes & TimestampTypeMask) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => (Attributes & TransactionalMask) != 0;

    /// <summary>A batch of transaction markers; no client may write one.</summary>
    public bool IsControl => (Attributes & ControlMask) != 0;

    /// <summary>Compaction stamped the time from which tombstones may go.</summary>
    public bool HasDeleteHorizon => (Attributes & DeleteHorizonMask) != 0;

    /// <summary>
    /// Decodes a header. False where there are fewer than <see cref="Size"/> bytes, another magic, or a length that no
    /// batch can have; whether the records are there, too, is for the caller to compare with <see cref="SizeInBytes"/>.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> batch, out BatchHeader header)
    {
        if (batch.Length < Size || batch[BatchLayout.Magic] != CurrentMagic)
        {
            header = default;
            return false;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(batch[BatchLayout.Length..]);
        if (length is < MinLength or > int.MaxValue - LengthOverhead)
        {
            header = default;
            return false;
        }

        header = Decode(batch, length);
        return true;
    }

    /// <summary>Writes base offset and leader epoch, the two fields outside the checksum.</summary>
    public static void Stamp(Span<byte> batch, long baseOffset, LeaderEpoch epoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchLayout.BaseOffset..], baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[BatchLayout.PartitionLeaderEpoch..], epoch.Value);
    }

    /// <summary>The attribute bits for a batch.</summary>
    internal static short EncodeAttributes(
        CompressionType compression, TimestampType timestampType, bool isTransactional, bool isControl) =>
        (short)((int)compression
            | (timestampType == TimestampType.LogAppendTime ? TimestampTypeMask : 0)
            | (isTransactional ? TransactionalMask : 0)
            | (isControl ? ControlMask : 0));

    private static BatchHeader Decode(ReadOnlySpan<byte> batch, int length) => new()
    {
        BaseOffset = BinaryPrimitives.ReadInt64BigEndian(batch[BatchLayout.BaseOffset..]),
        Length = length,
        PartitionLeaderEpoch = new LeaderEpoch(BinaryPrimitives.ReadInt32BigEndian(batch[BatchLayout.PartitionLeaderEpoch..])),
        Magic = batch[BatchLayout.Magic],
        Crc = BinaryPrimitives.ReadUInt32BigEndian(batch[BatchLayout.Crc..]),
        Attributes = BinaryPrimitives.ReadInt16BigEndian(batch[BatchLayout.Attributes..]),
        LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(batch[BatchLayout.LastOffsetDelta..]),
        BaseTimestampMs = BinaryPrimitives.ReadInt64BigEndian(batch[BatchLayout.BaseTimestamp..]),
        MaxTimestampMs = BinaryPrimitives.ReadInt64BigEndian(batch[BatchLayout.MaxTimestamp..]),
        ProducerId = BinaryPrimitives.ReadInt64BigEndian(batch[BatchLayout.ProducerId..]),
        ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(batch[BatchLayout.ProducerEpoch..]),
        BaseSequence = BinaryPrimitives.ReadInt32BigEndian(batch[BatchLayout.BaseSequence..]),
        RecordCount = BinaryPrimitives.ReadInt32BigEndian(batch[BatchLayout.RecordCount..]),
    };
}
