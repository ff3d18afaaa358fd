namespace AkkaReplication;

/// <summary>
/// Reads partitions, below their high watermarks and in the order of each partition: those that it is told by
/// <see cref="Assign"/>, or those that its group gives it after <see cref="Subscribe(string, RebalanceHandlers?)"/>. For one
/// reader: members may be called from any thread, but reading from one at a time
/// (<see cref="InvalidOperationException"/> otherwise). A reader that is slow holds nothing in a broker: at most
/// fetch.max.bytes are fetched ahead and kept here.
/// </summary>
/// <remarks>
/// <para>
/// As a member of a group (group.id) it joins, rebalances and keeps its session alive by itself, but partitions come and go
/// only in its reads, where <see cref="RebalanceHandlers"/> are awaited: a group waits for a member that is busy, up to
/// max.poll.interval.ms. One that reads nothing for longer, or whose session ends, loses its partitions and joins again with
/// its next read. Where it cannot be a member (FENCED_INSTANCE_ID when another one has its group.instance.id,
/// INCONSISTENT_GROUP_PROTOCOL, ...) every read throws a <see cref="ReplicationException"/> that says so, until it
/// subscribes again.
/// </para>
/// <para>
/// Disposing of it gives up its partitions as <see cref="UnsubscribeAsync"/> does. Where a read is going on, that ends with
/// <see cref="ObjectDisposedException"/>, and no handler is called.
/// </para>
/// </remarks>
public interface IConsumer<TKey, TValue> : IAsyncDisposable
{
    /// <summary>How many records a batch read hands out at most unless it is told: Kafka's max.poll.records.</summary>
    const int DefaultMaxRecords = 500;

    /// <summary>The partitions being read.</summary>
    IReadOnlyList<TopicPartition> Assignment { get; }

    /// <summary>Those of them that <see cref="Pause"/> has stopped.</summary>
    IReadOnlyList<TopicPartition> Paused { get; }

    /// <summary>
    /// Reads these partitions, from these offsets on, and no others. <see cref="Offset.Unset"/> starts where the group has
    /// committed, if group.id is set and it has, and otherwise where auto.offset.reset says.
    /// </summary>
    /// <exception cref="InvalidOperationException">The consumer is subscribed.</exception>
    /// <exception cref="ArgumentException">A topic without a name, a negative partition, or an offset that is neither 0
    /// or greater nor one of <see cref="Offset"/>'s special values.</exception>
    /// <exception cref="ObjectDisposedException">The consumer was disposed of.</exception>
    void Assign(IEnumerable<TopicPartitionOffset> partitions);

    /// <summary>Reads these partitions, too; the others go on as they are.</summary>
    /// <exception cref="InvalidOperationException">One of them is assigned already, or the consumer is subscribed; nothing has
    /// changed.</exception>
    void IncrementalAssign(IEnumerable<TopicPartitionOffset> partitions);

    /// <summary>Reads these partitions no longer; the others go on as they are.</summary>
    /// <exception cref="InvalidOperationException">One of them is not assigned, or the consumer is subscribed; nothing has
    /// changed.</exception>
    void IncrementalUnassign(IEnumerable<TopicPartition> partitions);

    /// <summary>Reads nothing any more.</summary>
    /// <exception cref="InvalidOperationException">The consumer is subscribed.</exception>
    void Unassign();

    /// <summary>The topics it is subscribed to; none where it is not.</summary>
    IReadOnlyList<string> Subscription { get; }

    /// <summary>Its id as a member of its group; empty while the group's coordinator knows no such member.</summary>
    string MemberId { get; }

    /// <summary>What it is to its group now.</summary>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    ConsumerGroupMetadata GroupMetadata { get; }

    /// <summary>Reads what its group gives it of that topic; see the other overload.</summary>
    /// <inheritdoc cref="Subscribe(IEnumerable{string}, RebalanceHandlers?)"/>
    void Subscribe(string topic, RebalanceHandlers? handlers = null);

    /// <summary>
    /// Joins its group, and reads what that gives it of these topics and of no others, from where the group has committed. A
    /// topic that does not exist yet is read once it does. Replaces an earlier subscription.
    /// </summary>
    /// <param name="handlers">What to do when partitions come and go.</param>
    /// <exception cref="ArgumentException">No topic, or one without a name.</exception>
    /// <exception cref="InvalidOperationException">group.id is not set, or partitions are assigned by
    /// <see cref="Assign"/>.</exception>
    /// <exception cref="ObjectDisposedException">The consumer was disposed of.</exception>
    void Subscribe(IEnumerable<string> topics, RebalanceHandlers? handlers = null);

    /// <summary>
    /// Gives up its partitions (<see cref="RebalanceHandlers.PartitionsRevoked"/>), commits what is stored where that is
    /// automatic, and leaves the group; a static member only falls silent. No read may be going on.
    /// </summary>
    /// <exception cref="InvalidOperationException">A read is going on.</exception>
    Task UnsubscribeAsync();

    /// <summary>
    /// Commits what is stored and not committed yet: where enable.auto.offset.store is on, everything that has been read.
    /// A cancelled token ends the wait, not the commit.
    /// </summary>
    /// <returns>What was committed; empty where there was nothing.</returns>
    /// <exception cref="CommitFailedException">ILLEGAL_GENERATION: a partition is not this member's any more.
    /// REQUEST_TIMED_OUT after default.api.timeout.ms: it may have been committed.</exception>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(CancellationToken ct = default);

    /// <summary>
    /// Commits offsets, each that of the next record to be read. A subscribed consumer can commit only for its own
    /// partitions; another one only while its group has no members.
    /// </summary>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        IEnumerable<TopicPartitionOffset> offsets, CancellationToken ct = default);

    /// <summary>Commits that everything up to this record, and the record itself, is done.</summary>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    Task<IReadOnlyList<TopicPartitionOffset>> CommitAsync(
        ConsumeResult<TKey, TValue> result, CancellationToken ct = default);

    /// <summary>What the group has committed; <see cref="Offset.Unset"/> where that is nothing.</summary>
    /// <exception cref="ReplicationException">The group's coordinator does not tell; REQUEST_TIMED_OUT after
    /// default.api.timeout.ms.</exception>
    /// <exception cref="InvalidOperationException">group.id is not set.</exception>
    Task<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default);

    /// <summary>
    /// Stores an offset, that of the next record to be read, to be committed with the next commit. For consumers whose
    /// enable.auto.offset.store is off: otherwise the next read stores what it finds.
    /// </summary>
    /// <exception cref="InvalidOperationException">group.id is not set, or the partition is not this member's.</exception>
    void StoreOffset(TopicPartitionOffset offset);

    /// <summary>Stores that everything up to this record, and the record itself, is done.</summary>
    /// <inheritdoc cref="StoreOffset(TopicPartitionOffset)"/>
    void StoreOffset(ConsumeResult<TKey, TValue> result);

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
