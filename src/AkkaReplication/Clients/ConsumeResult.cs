namespace AkkaReplication;

/// <summary>A record that was read.</summary>
public sealed class ConsumeResult<TKey, TValue>
{
    /// <summary>The record's place.</summary>
    public required TopicPartitionOffset TopicPartitionOffset { get; init; }

    /// <summary>The topic's name.</summary>
    public string Topic => TopicPartitionOffset.Topic;

    /// <summary>The partition's number.</summary>
    public int Partition => TopicPartitionOffset.Partition;

    public TopicPartition TopicPartition => TopicPartitionOffset.TopicPartition;

    public Offset Offset => TopicPartitionOffset.Offset;

    /// <summary>Under which leadership the record was written.</summary>
    public required LeaderEpoch LeaderEpoch { get; init; }

    /// <summary>What the record carries.</summary>
    public required Message<TKey, TValue> Message { get; init; }
}

/// <summary>
/// A partition cannot be read on. The consumer's other partitions are not affected; this one goes on after a seek.
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

/// <summary>The log lost records that this consumer has read, by an unclean election (KIP-320).</summary>
public sealed class LogTruncationException(string message, TopicPartitionOffset position, Offset divergedAt)
    : ConsumeException(ErrorCode.OffsetOutOfRange, message, position)
{
    /// <summary>The first offset that holds another record now, or none.</summary>
    public Offset DivergedAt { get; } = divergedAt;
}
