namespace AkkaReplication;

/// <summary>
/// What a subscribed consumer does when partitions come and go (Kafka's ConsumerRebalanceListener). Handlers are awaited
/// within the consumer's reads, and within UnsubscribeAsync and DisposeAsync: never while the reader is busy with a record,
/// and no record is handed out meanwhile. They may seek, store offsets and commit. What one throws, the read throws; the
/// rebalance goes on.
/// </summary>
public sealed class RebalanceHandlers
{
    /// <summary>
    /// These partitions have come; what was there before stays. They are read from where the group has committed, unless
    /// the handler seeks.
    /// </summary>
    public Func<IReadOnlyList<TopicPartition>, Task>? PartitionsAssigned { get; init; }

    /// <summary>
    /// These partitions go to others, who wait for this handler, up to max.poll.interval.ms. What has been read of them can
    /// be committed here for the last time; with enable.auto.commit it is, after the handler.
    /// </summary>
    public Func<IReadOnlyList<TopicPartition>, Task>? PartitionsRevoked { get; init; }

    /// <summary>
    /// These partitions have gone, and others may read them already: the session ended, or nothing was read for
    /// max.poll.interval.ms. Commits for them are refused. Left out, <see cref="PartitionsRevoked"/> is called, as in Kafka.
    /// </summary>
    public Func<IReadOnlyList<TopicPartition>, Task>? PartitionsLost { get; init; }
}
