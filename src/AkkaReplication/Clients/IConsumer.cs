namespace AkkaReplication;

/// <summary>
/// Reads assigned partitions, below their high watermarks and in the order of each partition. For one reader: members
/// may be called from any thread, but reading from one at a time.
/// </summary>
public interface IConsumer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>The partitions being read.</summary>
    IReadOnlyList<TopicPartition> Assignment { get; }

    /// <summary>
    /// Reads these partitions, from these offsets on, and no others. <see cref="Offset.Unset"/> starts where
    /// auto.offset.reset says.
    /// </summary>
    void Assign(IEnumerable<TopicPartitionOffset> partitions);

    /// <summary>Goes on from another offset.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    void Seek(TopicPartitionOffset position);

    /// <summary>Stops reading these partitions until <see cref="Resume"/>; their positions stay.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    void Pause(IEnumerable<TopicPartition> partitions);

    /// <summary>Goes on with paused partitions.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    void Resume(IEnumerable<TopicPartition> partitions);

    /// <summary>The next offset to be read; <see cref="Offset.Unset"/> while it is being looked up.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    Offset Position(TopicPartition partition);

    /// <summary>Records as they come, without end.</summary>
    /// <exception cref="ConsumeException">A partition cannot be read on; reading again goes on with the
    /// others.</exception>
    IAsyncEnumerable<ConsumeResult<TKey, TValue>> ReadAsync(CancellationToken ct = default);

    /// <summary>The next record.</summary>
    /// <exception cref="ConsumeException">A partition cannot be read on.</exception>
    ValueTask<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken ct = default);

    /// <summary>The next record, or null where none comes in time.</summary>
    /// <exception cref="ConsumeException">A partition cannot be read on.</exception>
    ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout);

    /// <summary>The offsets after the last records that can be read, asked of the leaders.</summary>
    /// <exception cref="ReplicationException">UNKNOWN_TOPIC_OR_PARTITION or REQUEST_TIMED_OUT after
    /// default.api.timeout.ms.</exception>
    Task<IReadOnlyList<TopicPartitionOffset>> EndOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default);

    /// <summary>The offsets of the oldest records that are kept, asked of the leaders.</summary>
    /// <exception cref="ReplicationException">UNKNOWN_TOPIC_OR_PARTITION or REQUEST_TIMED_OUT after
    /// default.api.timeout.ms.</exception>
    Task<IReadOnlyList<TopicPartitionOffset>> BeginningOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default);

    /// <summary>
    /// The first offset at or after each moment; <see cref="Offset.End"/> where no record is that late.
    /// </summary>
    /// <exception cref="ReplicationException">UNKNOWN_TOPIC_OR_PARTITION or REQUEST_TIMED_OUT after
    /// default.api.timeout.ms.</exception>
    Task<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(
        IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default);
}
