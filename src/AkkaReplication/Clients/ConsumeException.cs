namespace AkkaReplication;

/// <summary>
/// A partition cannot be read on. Told once; the consumer's other partitions are not affected, and this one goes on
/// after a seek.
/// </summary>
public class ConsumeException : ReplicationException
{
    public ConsumeException(ErrorCode error, string message, TopicPartitionOffset position)
        : base(error, message) => Position = position;

    public ConsumeException(ErrorCode error, string message, TopicPartitionOffset position, Exception? innerException)
        : base(error, message, innerException) => Position = position;

    /// <summary>Where the consumer stands.</summary>
    public TopicPartitionOffset Position { get; }
}

/// <summary>
/// The log lost records that this consumer has read, by an unclean election (KIP-320). Told where auto.offset.reset is
/// none; otherwise the consumer goes on at <see cref="DivergedAt"/> by itself.
/// </summary>
public sealed class LogTruncationException(
    string message, TopicPartitionOffset position, Offset divergedAt, LeaderEpoch divergedEpoch)
    : ConsumeException(ErrorCode.OffsetOutOfRange, message, position)
{
    /// <summary>The first offset that holds another record now, or none: the place to seek to.</summary>
    public Offset DivergedAt { get; } = divergedAt;

    /// <summary>The last leader epoch that the log and this consumer have in common.</summary>
    public LeaderEpoch DivergedEpoch { get; } = divergedEpoch;
}

/// <summary>
/// A deserializer threw (the inner exception). <see cref="ConsumeException.Position"/> is the record's own place: a
/// seek to the offset after it passes it over. Kafka's RecordDeserializationException (KIP-1036).
/// </summary>
public sealed class RecordDeserializationException : ConsumeException
{
    internal RecordDeserializationException(
        TopicPartitionOffset position,
        MessageComponentType origin,
        string deserializer,
        in Clients.FetchedRecord record,
        Exception cause)
        : base(
            ErrorCode.InvalidRecord,
            $"{position}: {(origin == MessageComponentType.Key ? "key" : "value")}.deserializer {deserializer} threw"
            + $" {cause.GetType().Name}: {cause.Message}",
            position,
            cause)
    {
        Origin = origin;
        KeyBytes = record.KeyIsNull ? null : record.Key;
        ValueBytes = record.ValueIsNull ? null : record.Value;
        Headers = record.Headers;
        Timestamp = new Timestamp(record.TimestampMs, record.TimestampType);
    }

    /// <summary>Which of the two could not be deserialized.</summary>
    public MessageComponentType Origin { get; }

    /// <summary>The record's key as it is stored.</summary>
    public ReadOnlyMemory<byte>? KeyBytes { get; }

    /// <summary>The record's value as it is stored.</summary>
    public ReadOnlyMemory<byte>? ValueBytes { get; }

    public Headers? Headers { get; }

    public Timestamp Timestamp { get; }
}
