namespace AkkaReplication;

/// <summary>
/// Reads assigned partitions, below their high watermarks and in the order of each partition. For one reader: members
/// may be called from any thread, but reading from one at a time (<see cref="InvalidOperationException"/> otherwise).
/// A reader that is slow holds nothing in a broker: at most fetch.max.bytes are fetched ahead and kept here.
/// </summary>
public interface IConsumer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>How many records a batch read hands out at most unless it is told: Kafka's max.poll.records.</summary>
    const int DefaultMaxRecords = 500;

    /// <summary>The partitions being read.</summary>
    IReadOnlyList<TopicPartition> Assignment { get; }

    /// <summary>Those of them that <see cref="Pause"/> has stopped.</summary>
    IReadOnlyList<TopicPartition> Paused { get; }

    /// <summary>
    /// Reads these partitions, from these offsets on, and no others. <see cref="Offset.Unset"/> starts where
    /// auto.offset.reset says.
    /// </summary>
    /// <exception cref="ArgumentException">A topic without a name, a negative partition, or an offset that is neither 0
    /// or greater nor one of <see cref="Offset"/>'s special values.</exception>
    /// <exception cref="ObjectDisposedException">The consumer was disposed of.</exception>
    void Assign(IEnumerable<TopicPartitionOffset> partitions);

    /// <summary>Reads these partitions, too; the others go on as they are.</summary>
    /// <exception cref="InvalidOperationException">One of them is assigned already; nothing has changed.</exception>
    void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions);

    /// <summary>Reads these partitions no longer; the others go on as they are.</summary>
    /// <exception cref="InvalidOperationException">One of them is not assigned; nothing has changed.</exception>
    void IncrementalUnassign(IEnumerable<TopicPartition> partitions);

    /// <summary>Reads nothing any more.</summary>
    void Unassign();

    /// <summary>
    /// Goes on from another offset. One that is not in the log, before its start or beyond its end, is found out by the
    /// next fetch, and auto.offset.reset decides: the consumer goes on there, or the next read throws a
    /// <see cref="ConsumeException"/> (OFFSET_OUT_OF_RANGE) where that is none.
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    void Seek(TopicPartitionOffset position);

    /// <summary>Goes on from the oldest records that are kept.</summary>
    /// <exception cref="InvalidOperationException">One of them is not assigned; nothing has changed.</exception>
    void SeekToBeginning(IEnumerable<TopicPartition> partitions);

    /// <summary>Goes on with what is written from now on.</summary>
    /// <exception cref="InvalidOperationException">One of them is not assigned; nothing has changed.</exception>
    void SeekToEnd(IEnumerable<TopicPartition> partitions);

    /// <summary>
    /// Goes on from the first record at or after each moment, and at the end where no record is that late: first
    /// <see cref="OffsetsForTimesAsync"/>, then <see cref="Seek"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    /// <exception cref="ReplicationException">UNKNOWN_TOPIC_OR_PARTITION or REQUEST_TIMED_OUT after
    /// default.api.timeout.ms; nothing has changed.</exception>
    Task SeekToTimeAsync(IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default);

    /// <summary>Stops reading these partitions until <see cref="Resume"/>; their positions stay.</summary>
    /// <exception cref="InvalidOperationException">One of them is not assigned; nothing has changed.</exception>
    void Pause(IEnumerable<TopicPartition> partitions);

    /// <summary>Goes on with paused partitions.</summary>
    /// <exception cref="InvalidOperationException">One of them is not assigned; nothing has changed.</exception>
    void Resume(IEnumerable<TopicPartition> partitions);

    /// <summary>The next offset to be read; <see cref="Offset.Unset"/> while it is being looked up.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    Offset Position(TopicPartition partition);

    /// <summary>
    /// How many offsets there are between the position and the end of what can be read, as the last fetch told that
    /// end: the high watermark, or the last stable offset where isolation.level is read_committed (Kafka's currentLag).
    /// Null while either is not known. Asks nobody.
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    long? Lag(TopicPartition partition);

    /// <summary>Records as they come, without end.</summary>
    /// <exception cref="ConsumeException">A partition cannot be read on; reading again goes on with the
    /// others.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; no record is lost by that.</exception>
    IAsyncEnumerable<ConsumeResult<TKey, TValue>> ReadAsync(CancellationToken ct = default);

    /// <summary>
    /// Batches as they come, without end: many records per await, and no allocation for a record beyond its headers, if
    /// it has any, and what its deserializers make.
    /// </summary>
    /// <inheritdoc cref="ConsumeBatchAsync"/>
    IAsyncEnumerable<ConsumeBatch<TKey, TValue>> ReadBatchesAsync(
        int maxRecords = DefaultMaxRecords, CancellationToken ct = default);

    /// <summary>The next record.</summary>
    /// <exception cref="ConsumeException">A partition cannot be read on; reading again goes on with the
    /// others.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; no record is lost by that.</exception>
    /// <exception cref="InvalidOperationException">Another read is going on.</exception>
    /// <exception cref="ObjectDisposedException">The consumer was disposed of.</exception>
    ValueTask<ConsumeResult<TKey, TValue>> ConsumeAsync(CancellationToken ct = default);

    /// <summary>The next record, or null where none comes in time.</summary>
    /// <inheritdoc cref="ConsumeAsync(CancellationToken)"/>
    ValueTask<ConsumeResult<TKey, TValue>?> ConsumeAsync(TimeSpan timeout, CancellationToken ct = default);

    /// <summary>
    /// The next records of one partition: those that are there, at least one. The position is behind the last of them.
    /// The batch is valid until the next read.
    /// </summary>
    /// <param name="maxRecords">1 or more.</param>
    /// <inheritdoc cref="ConsumeAsync(CancellationToken)"/>
    ValueTask<ConsumeBatch<TKey, TValue>> ConsumeBatchAsync(
        int maxRecords = DefaultMaxRecords, CancellationToken ct = default);

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
