using AkkaReplication.Records;

namespace AkkaReplication.Logs;

/// <summary>What is to be done with a client's batch, judged by its producer's sequence numbers.</summary>
public enum ProducerVerdict
{
    /// <summary>It continues the producer's sequence, or its producer is not idempotent.</summary>
    Append,

    /// <summary>It was appended before: answer with the offsets it got then, append nothing.</summary>
    Duplicate,

    /// <summary>It is refused with <see cref="ProducerCheck.Error"/>.</summary>
    Refuse,
}

/// <summary>The answer of <see cref="ProducerStates.Check"/>.</summary>
/// <param name="Original">For a duplicate: the batch that is in the log.</param>
public readonly record struct ProducerCheck(
    ProducerVerdict Verdict, ProducerBatch Original = default, ErrorCode Error = ErrorCode.None, string Message = "");

/// <summary>
/// The state of the idempotent producers of one log (KIP-98), a fold over its batches. Checks what a client sends to a
/// leader; what is already replicated or recovered is applied without a check (KAFKA-6003).
/// </summary>
public sealed class ProducerStates
{
    private readonly Dictionary<long, ProducerState> _producers = [];
    private readonly SortedSet<(long FirstOffset, long ProducerId)> _open = [];
    private readonly SortedSet<(long FirstOffset, long MarkerOffset)> _completed = [];

    public int Count => _producers.Count;

    /// <summary>All producers, by ascending id.</summary>
    public IReadOnlyList<ProducerState> Producers => [.. _producers.Values.OrderBy(producer => producer.ProducerId)];

    /// <summary>First offset of the oldest transaction that is still open, null where there is none.</summary>
    public long? FirstOpenTransactionOffset => _open.Count == 0 ? null : _open.Min.FirstOffset;

    public ProducerState? Find(long producerId) => _producers.GetValueOrDefault(producerId);

    /// <summary>Judges a client's batch on the leader; changes nothing (KIP-98).</summary>
    public ProducerCheck Check(in BatchHeader header)
    {
        if (!header.HasProducerId || !_producers.TryGetValue(header.ProducerId, out var producer))
            return new ProducerCheck(ProducerVerdict.Append);

        if (header.ProducerEpoch < producer.Epoch)
        {
            return Refuse(
                ErrorCode.InvalidProducerEpoch,
                $"producer {header.ProducerId} is at epoch {producer.Epoch}; the batch has {header.ProducerEpoch}");
        }

        if (header.ProducerEpoch > producer.Epoch)
        {
            return header.BaseSequence == 0 || producer.Epoch < 0
                ? new ProducerCheck(ProducerVerdict.Append)
                : OutOfOrder(header, expected: 0);
        }

        foreach (ref readonly var batch in producer.Batches)
        {
            if (batch.BaseSequence == header.BaseSequence && batch.LastSequence == header.LastSequence)
                return new ProducerCheck(ProducerVerdict.Duplicate, batch);
        }

        var next = producer.LastSequence == int.MaxValue ? 0 : producer.LastSequence + 1;
        return header.BaseSequence == next ? new ProducerCheck(ProducerVerdict.Append) : OutOfOrder(header, next);
    }

    /// <summary>Takes over a batch that is in the log.</summary>
    /// <param name="header">The batch as stamped in the log.</param>
    /// <param name="lastOffset">Its last offset in the log.</param>
    /// <param name="coordinatorEpoch">Of a transaction marker; else -1.</param>
    public void Apply(in BatchHeader header, long lastOffset, int coordinatorEpoch = -1)
    {
        if (!header.HasProducerId)
            return;

        var producer = GetOrAdd(header.ProducerId);
        producer.Become(header.ProducerEpoch);
        producer.HasBeenActive = true;
        var baseOffset = lastOffset - header.LastOffsetDelta;
        if (header.IsControl)
        {
            producer.CoordinatorEpoch = coordinatorEpoch;
            CompleteTransaction(producer, lastOffset);
            return;
        }

        if (header.BaseSequence >= 0)
        {
            producer.Add(new ProducerBatch(
                header.BaseSequence, header.LastSequence, baseOffset, lastOffset, header.MaxTimestampMs));
        }

        if (header.IsTransactional && producer.OpenTransactionOffset is null)
            OpenTransaction(producer, baseOffset);
    }

    /// <summary>
    /// The first offset a read_committed reader must not reach: that of the oldest transaction which is open, or whose
    /// marker lies at or beyond <paramref name="highWatermark"/> (it might still be lost). Null where there is none.
    /// </summary>
    public long? FirstUndecidedOffset(long highWatermark)
    {
        _completed.RemoveWhere(transaction => transaction.MarkerOffset < highWatermark);
        var completed = _completed.Count == 0 ? (long?)null : _completed.Min.FirstOffset;
        var open = FirstOpenTransactionOffset;
        return completed is null || open < completed ? open : completed;
    }

    /// <summary>
    /// Forgets producers without an open transaction that have been idle for <paramref name="expirationMs"/>
    /// (producer.id.expiration.ms). Returns how many. A producer counts as active until the first call after its last batch,
    /// and so lives longer than it had to by as much as calls are apart.
    /// </summary>
    /// <param name="nowMs">
    /// Monotonic, never the wall clock: one that is set forward would forget producers that are at work, and a batch that one
    /// of them sends again would stand in the log twice.
    /// </param>
    /// <param name="expirationMs">Producers idle for so long are forgotten.</param>
    public int Expire(long nowMs, long expirationMs)
    {
        if (_producers.Count == 0)
            return 0;

        var expired = _producers.Values
            .Where(producer => producer.IsIdle(nowMs, expirationMs) && producer.OpenTransactionOffset is null)
            .ToList();
        foreach (var producer in expired)
            _producers.Remove(producer.ProducerId);
        return expired.Count;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _producers.Clear();
        _open.Clear();
        _completed.Clear();
    }

    /// <summary>The state in the format of Kafka's <c>.snapshot</c> files, entries by ascending producer id.</summary>
    public byte[] Encode() => ProducerSnapshot.Encode(Producers);

    /// <summary>
    /// What is known of batches before <paramref name="offset"/>, in the same format; nothing where there are none. Whoever
    /// begins his log there needs it: the batches themselves he never gets.
    /// </summary>
    public byte[] EncodeBefore(long offset) => ProducerSnapshot.EncodeBefore(Producers, offset);

    /// <summary>Reads what <see cref="Encode"/>, or Kafka, has written.</summary>
    /// <param name="snapshot">A whole snapshot file.</param>
    /// <exception cref="CorruptBatchException">Wrong version, checksum or size.</exception>
    public static ProducerStates Decode(ReadOnlySpan<byte> snapshot)
    {
        var states = new ProducerStates();
        ProducerSnapshot.Decode(snapshot, states);
        return states;
    }

    internal ProducerState GetOrAdd(long producerId)
    {
        if (!_producers.TryGetValue(producerId, out var producer))
            _producers.Add(producerId, producer = new ProducerState(producerId));
        return producer;
    }

    internal void OpenTransaction(ProducerState producer, long firstOffset)
    {
        producer.OpenTransactionOffset = firstOffset;
        _open.Add((firstOffset, producer.ProducerId));
    }

    private void CompleteTransaction(ProducerState producer, long markerOffset)
    {
        if (producer.OpenTransactionOffset is not { } firstOffset)
            return;

        _open.Remove((firstOffset, producer.ProducerId));
        _completed.Add((firstOffset, markerOffset));
        producer.OpenTransactionOffset = null;
    }

    private static ProducerCheck OutOfOrder(in BatchHeader header, int expected) => Refuse(
        ErrorCode.OutOfOrderSequenceNumber,
        $"producer {header.ProducerId} epoch {header.ProducerEpoch} sent sequence {header.BaseSequence}, expected {expected}");

    private static ProducerCheck Refuse(ErrorCode error, string message) =>
        new(ProducerVerdict.Refuse, Error: error, Message: message);
}
