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
