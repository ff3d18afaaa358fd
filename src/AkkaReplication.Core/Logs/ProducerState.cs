namespace AkkaReplication.Logs;

/// <summary>One appended batch of an idempotent producer, as much of it as recognises its repetition.</summary>
public readonly record struct ProducerBatch(
    int BaseSequence, int LastSequence, long BaseOffset, long LastOffset, long TimestampMs);

/// <summary>What the log knows of one idempotent producer; changed only by <see cref="ProducerStates"/>.</summary>
public sealed class ProducerState
{
    /// <summary>Batches remembered per producer: as many as a Kafka client may have in flight.</summary>
    public const int MaxBatches = 5;

    private readonly ProducerBatch[] _batches = new ProducerBatch[MaxBatches];

    internal ProducerState(long producerId) => ProducerId = producerId;

    public long ProducerId { get; }

    public short Epoch { get; private set; } = -1;

    /// <summary>Batches remembered, 0 to <see cref="MaxBatches"/>.</summary>
    public int BatchCount { get; private set; }

    /// <summary>The last sequence appended in this epoch, -1 for none.</summary>
    public int LastSequence => BatchCount == 0 ? -1 : _batches[BatchCount - 1].LastSequence;

    /// <summary>First offset of the transaction in progress, if any.</summary>
    public long? OpenTransactionOffset { get; internal set; }

    /// <summary>Epoch of the coordinator that wrote the last marker, -1 for none.</summary>
    public int CoordinatorEpoch { get; internal set; } = -1;

    /// <summary>When <see cref="ProducerStates.Expire"/> last found that it had been active; monotonic.</summary>
    public long LastActiveMs { get; private set; }

    /// <summary>Remembered batches, oldest first.</summary>
    public ReadOnlySpan<ProducerBatch> Batches => _batches.AsSpan(0, BatchCount);

    /// <summary>Whether it has been active since <see cref="IsIdle"/> was last asked.</summary>
    internal bool HasBeenActive { get; set; } = true;

    internal bool IsIdle(long nowMs, long expirationMs)
    {
        if (HasBeenActive)
        {
            HasBeenActive = false;
            LastActiveMs = nowMs;
        }

        return nowMs - LastActiveMs >= expirationMs;
    }

    /// <summary>A new epoch forgets the batches of the one before.</summary>
    internal void Become(short epoch)
    {
        if (epoch == Epoch)
            return;

        Epoch = epoch;
        BatchCount = 0;
    }

    internal void Add(in ProducerBatch batch)
    {
        if (BatchCount == MaxBatches)
        {
            _batches.AsSpan(1).CopyTo(_batches);
            BatchCount--;
        }

        _batches[BatchCount++] = batch;
    }
}
