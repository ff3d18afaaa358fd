using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>Records of one partition that travel, are numbered and are reported together.</summary>
internal sealed class PendingBatch(ProducerQueue queue, RecordBatchBuilder builder, long createdAtMs, long flushRound)
{
    public ProducerQueue Queue { get; } = queue;

    /// <summary>Collects the records until the batch leaves for the first time; then null.</summary>
    public RecordBatchBuilder? Builder { get; set; } = builder;

    /// <summary>The batch as it was sent. Never written to again: a broker in this process may hold it.</summary>
    public ReadOnlyMemory<byte>? Bytes { get; set; }

    public List<object?> Completions { get; } = [];

    public long CreatedAtMs { get; } = createdAtMs;

    public long FlushRound { get; } = flushRound;

    /// <summary>What it takes of buffer.memory.</summary>
    public long MemoryBytes { get; set; }

    public int SizeBytes => Bytes?.Length ?? Builder!.EstimatedSize;

    public int BaseSequence { get; set; } = -1;

    /// <summary>Counts the numbered batches of the partition: how far this one is from the oldest unreported.</summary>
    public long Ordinal { get; set; }

    public int Attempts { get; set; }

    public bool IsOnWire { get; set; }

    /// <summary>
    /// Its fate, once decided; it is reported when those before it are, so that reports keep the records' order.
    /// </summary>
    public BatchOutcome? Outcome { get; set; }

    /// <summary>The call that carries it now.</summary>
    public ProduceCall? Call { get; set; }

    /// <summary>A copy whose fate is unknown may be in a log, or reach it later.</summary>
    public bool MayBePersisted { get; private set; }

    /// <summary>Nobody can say any more what became of the last copy sent.</summary>
    public void LoseSight() => MayBePersisted = true;
}

/// <summary>What a batch's records are told.</summary>
internal sealed record BatchOutcome(
    ErrorCode Error, string? Message, long BaseOffset, long LogAppendTimeMs, PersistenceStatus Status);

/// <summary>The batches that one produce request carries.</summary>
internal sealed record ProduceCall(List<PendingBatch> Batches);

/// <summary>
/// One partition's batches: one that takes records, full ones, and those that were sent and are not reported, oldest
/// first. Only the producer machine changes it.
/// </summary>
internal sealed class ProducerQueue(TopicPartition partition, ProducerTopic topic)
{
    public TopicPartition Partition { get; } = partition;

    public ProducerTopic Topic { get; } = topic;

    /// <summary>The batch that takes records.</summary>
    public PendingBatch? Open { get; set; }

    /// <summary>Batches that take no more records and were never sent.</summary>
    public Queue<PendingBatch> Full { get; } = new();

    /// <summary>
    /// Batches that were sent at least once and are not reported: on the wire, to be sent again in this order, or
    /// decided
    /// and waiting for those before them. The first is never decided.
    /// </summary>
    public List<PendingBatch> Sent { get; } = [];

    public int OnWire { get; set; }

    /// <summary>The broker that has the batches on the wire.</summary>
    public BrokerId WireBroker { get; set; } = BrokerId.None;

    /// <summary>
    /// The last answer was a success under the present identity. Until then, and after every failure, only the oldest
    /// batch travels: a leader that does not know the producer yet would accept a later batch before it.
    /// </summary>
    public bool IsConfirmed { get; set; }

    public int Failures { get; set; }

    public long RetryAtMs { get; set; } = long.MinValue;

    /// <summary>When to suspect a leader that does not answer, and look whether there is another one.</summary>
    public long SuspectAtMs { get; set; } = long.MaxValue;

    public LeaderEpoch LeaderEpoch { get; set; } = LeaderEpoch.None;

    public long ProducerId { get; set; } = -1;

    public short ProducerEpoch { get; set; }

    public int NextSequence { get; set; }

    public long NextOrdinal { get; set; }

    /// <summary>The leader will not take the oldest batch under this identity.</summary>
    public bool IsIdentityRefused { get; set; }

    /// <summary>
    /// The identity as a whole is no longer accepted: a new producer id is needed, not only an epoch.
    /// </summary>
    public bool NeedsNewProducerId { get; set; }

    public bool IsActive { get; set; }

    public bool IsEmpty => Open is null && Full.Count == 0 && Sent.Count == 0;

    public PendingBatch? Oldest => Sent.Count > 0 ? Sent[0] : Full.TryPeek(out var full) ? full : Open;

    /// <summary>No more records go into the open batch.</summary>
    public void CloseOpen()
    {
        if (Open is null)
            return;

        Full.Enqueue(Open);
        Open = null;
    }
}

/// <summary>A topic that records are appended to.</summary>
internal sealed class ProducerTopic(string name, StickyPartition sticky)
{
    public string Name { get; } = name;

    public StickyPartition Sticky { get; } = sticky;

    public KnownTopic? Known { get; set; }

    public ProducerQueue?[] Queues { get; set; } = [];

    /// <summary>Records that wait until the topic, or their partition, is known.</summary>
    public Queue<WaitingRecord> Waiting { get; set; } = new();

    public bool CanTake(int partition) =>
        Known is { IsUsable: true } known && partition < known.Partitions.Length;
}
