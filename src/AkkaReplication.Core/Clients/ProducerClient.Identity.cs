using AkkaReplication.Effects;
using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>Producer id, epochs and sequence numbers (KIP-98, KIP-360).</summary>
public sealed partial class ProducerClient
{
    private static readonly object ProducerIdCall = new();

    private readonly HashSet<BrokerId> _askedForId = [];
    private long _producerId = -1;
    private short _producerEpoch;
    private int _idFailures;
    private long _askIdAtMs = long.MinValue;

    private void EnsureProducerId(long nowMs, EffectList effects)
    {
        if (!_settings.EnableIdempotence || _producerId >= 0 || _active.Count == 0 || nowMs < _askIdAtMs)
            return;
        if (!Brokers.TryPick(nowMs, _askedForId, out var broker, effects))
            return;

        // Another broker is asked if this one does not answer soon; an id more or less does not matter.
        _askedForId.Add(broker);
        _askIdAtMs = nowMs + _settings.HedgeAfterMs;
        Connections.Call(
            nowMs, broker, new InitProducerIdRequest(), ProducerIdCall, _settings.RequestTimeoutMs, effects);
    }

    private void OnProducerId(long nowMs, PendingCall call, InitProducerIdResponse? response, EffectList effects)
    {
        _askedForId.Remove(call.Broker);
        if (_producerId >= 0)
            return;

        var error = response?.Error ?? ErrorCode.NetworkException;
        if (error == ErrorCode.None)
        {
            _producerId = response!.ProducerId;
            _producerEpoch = response.ProducerEpoch;
            _idFailures = 0;
            return;
        }

        _idFailures++;
        _askIdAtMs = nowMs + Backoff.AfterMs(
            _idFailures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
        if (error.IsRetriable() || error == ErrorCode.UnknownServerError)
            return;

        foreach (var queue in _active)
        {
            while (queue.ProducerId < 0 && queue.Oldest is { } batch)
                Fail(batch, error, "The cluster gives this producer no id.", effects);
        }
    }

    /// <summary>
    /// Whether one more batch may be numbered. Counted from the oldest unreported one, since a leader recognizes only a
    /// producer's last <see cref="RememberedBatches"/>.
    /// </summary>
    private bool HasNumberFor(ProducerQueue queue)
    {
        if (queue.Sent.Count > 0 && queue.NextOrdinal - queue.Sent[0].Ordinal >= RememberedBatches)
            return false;
        return queue.ProducerId >= 0 || _producerId >= 0;
    }

    private void Number(ProducerQueue queue, PendingBatch batch)
    {
        if (queue.ProducerId < 0)
            Adopt(queue, _producerId, _producerEpoch);
        batch.Ordinal = queue.NextOrdinal++;
        batch.BaseSequence = queue.NextSequence;
        queue.NextSequence = Advance(queue.NextSequence, batch.Completions.Count);
    }

    /// <summary>The number that many records later; numbers wrap from Int32.MaxValue to 0.</summary>
    internal static int Advance(int sequence, int records) => (int)(((long)sequence + records) & int.MaxValue);

    /// <summary>
    /// Deals with refusals that concern the identity, not the batch. A batch that is not the oldest only waits for
    /// those
    /// before it; when the oldest is out of order, a batch before it was given up, or the log has lost what it had.
    /// </summary>
    private static bool TryMendIdentity(ProducerQueue queue, PendingBatch batch, ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId:
                if (queue.Sent[0] == batch)
                    queue.IsIdentityRefused = true;
                return true;

            case ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced:
                queue.IsIdentityRefused = true;
                queue.NeedsNewProducerId = true;
                return true;

            default:
                return false;
        }
    }

    /// <summary>
    /// Gives the partition's batches a new identity, once none of them is on the wire. One of which a copy may be in a log
    /// under the old identity could be there twice, so it is given up instead. That the leader who refused has no such copy
    /// proves nothing: before it has committed something, one who has may lead after it.
    /// </summary>
    private void Renumber(ProducerQueue queue, EffectList effects)
    {
        if (!queue.IsIdentityRefused || queue.OnWire > 0)
            return;

        if (!TryTakeNewIdentity(queue))
            return;

        queue.IsIdentityRefused = false;
        var givenUp = GiveUpUncertain(queue, effects);
        foreach (var batch in queue.Sent)
        {
            if (batch.Outcome is null)
                Restamp(queue, batch);
        }

        effects.Add(new ClientObserved(new ProducerIdentityChanged(
            queue.Partition, queue.ProducerId, queue.ProducerEpoch, queue.Sent.Count, givenUp)));
    }

    private bool TryTakeNewIdentity(ProducerQueue queue)
    {
        if (!queue.NeedsNewProducerId && queue.ProducerEpoch < short.MaxValue)
        {
            Adopt(queue, queue.ProducerId, (short)(queue.ProducerEpoch + 1));
            return true;
        }

        // The id the partition cannot use any more is nobody's any more; others keep theirs.
        if (_producerId == queue.ProducerId)
            _producerId = -1;
        if (_producerId < 0)
            return false;

        Adopt(queue, _producerId, _producerEpoch);
        queue.NeedsNewProducerId = false;
        return true;
    }

    private int GiveUpUncertain(ProducerQueue queue, EffectList effects)
    {
        var givenUp = 0;
        foreach (var batch in queue.Sent.ToArray())
        {
            if (batch.Outcome is not null || !batch.MayBePersisted)
                continue;

            Fail(
                batch,
                ErrorCode.OutOfOrderSequenceNumber,
                "A batch before it was given up, or the log has lost records; a copy of this one may be in the log.",
                effects);
            givenUp++;
        }

        return givenUp;
    }

    private static void Adopt(ProducerQueue queue, long producerId, short producerEpoch)
    {
        queue.ProducerId = producerId;
        queue.ProducerEpoch = producerEpoch;
        queue.NextSequence = 0;
        queue.IsConfirmed = false;
    }

    private static void Restamp(ProducerQueue queue, PendingBatch batch)
    {
        // A copy: a broker in this process may still hold the old bytes.
        var bytes = batch.Bytes!.Value.ToArray();
        batch.BaseSequence = queue.NextSequence;
        batch.Ordinal = queue.NextOrdinal++;
        RecordBatch.SetProducer(bytes, queue.ProducerId, queue.ProducerEpoch, batch.BaseSequence);
        batch.Bytes = bytes;
        queue.NextSequence = Advance(queue.NextSequence, batch.Completions.Count);
    }
}
