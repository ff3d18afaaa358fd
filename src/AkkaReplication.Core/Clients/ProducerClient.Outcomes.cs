using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>What becomes of batches that were sent.</summary>
public sealed partial class ProducerClient
{
    private protected override void OnAnswer(long nowMs, PendingCall call, ClientResponse response, EffectList effects)
    {
        switch (call.Context)
        {
            case ProduceCall left when _settings.Acks == 0 && response is ProduceResponse { Results.IsEmpty: true }:
                SettleUnacknowledged(left, effects);
                break;
            case ProduceCall produced:
                OnProduced(nowMs, call, produced, response as ProduceResponse, effects);
                break;
            default:
                OnProducerId(nowMs, call, response as InitProducerIdResponse, effects);
                break;
        }
    }

    private protected override void OnLost(long nowMs, PendingCall call, EffectList effects)
    {
        if (call.Context is not ProduceCall produced)
        {
            OnProducerId(nowMs, call, null, effects);
            return;
        }

        foreach (var batch in produced.Batches)
        {
            if (batch.Call == produced)
                OnRefused(nowMs, batch, ErrorCode.NetworkException, $"Broker {call.Broker} did not answer.", effects);
        }
    }

    private void OnProduced(
        long nowMs, PendingCall call, ProduceCall produced, ProduceResponse? response, EffectList effects)
    {
        var sent = ((ProduceRequest)call.Request).Batches;
        for (var i = 0; i < produced.Batches.Count; i++)
        {
            // Given up since, or on its way to another leader: this answer speaks of an earlier copy.
            var batch = produced.Batches[i];
            if (batch.Call != produced)
                continue;

            if (Find(response, sent[i].Partition, i) is not { } result)
            {
                var message = $"Broker {call.Broker} did not answer for the batch.";
                OnRefused(nowMs, batch, ErrorCode.UnknownServerError, message, effects);
            }
            else if (result.Error is ErrorCode.None or ErrorCode.DuplicateSequenceNumber)
            {
                OnAcknowledged(batch, result, effects);
            }
            else
            {
                OnRefused(nowMs, batch, result.Error, result.Message, effects);
            }
        }
    }

    private static PartitionProduced? Find(ProduceResponse? response, TopicIdPartition partition, int likely)
    {
        if (response is null)
            return null;
        if (likely < response.Results.Length && response.Results[likely].Partition == partition)
            return response.Results[likely];

        foreach (var result in response.Results)
        {
            if (result.Partition == partition)
                return result;
        }

        return null;
    }

    private void OnAcknowledged(PendingBatch batch, PartitionProduced result, EffectList effects)
    {
        var queue = batch.Queue;
        TakeOffWire(batch);
        queue.IsConfirmed = true;
        queue.Failures = 0;
        queue.RetryAtMs = long.MinValue;
        var outcome = new BatchOutcome(
            ErrorCode.None, null, result.BaseOffset, result.LogAppendTimeMs, PersistenceStatus.Persisted);
        Settle(batch, outcome, effects);
    }

    private void OnRefused(long nowMs, PendingBatch batch, ErrorCode error, string? message, EffectList effects)
    {
        var queue = batch.Queue;
        TakeOffWire(batch);
        queue.IsConfirmed = false;
        if (LeavesOutcomeOpen(error))
            batch.LoseSight();
        if (_settings.EnableIdempotence && TryMendIdentity(queue, batch, error))
            PauseAgain(nowMs, queue);
        else if (error.IsRetriable() && batch.Attempts <= _settings.Retries)
            PutBackInLine(nowMs, queue, error);
        else
            Fail(batch, error, message, effects);

        // max.message.bytes has been lowered: later batches shall fit.
        if (error == ErrorCode.MessageTooLarge)
            Updater.Want();
    }

    private void PutBackInLine(long nowMs, ProducerQueue queue, ErrorCode error)
    {
        Pause(nowMs, queue);
        var saysNothingOfLeaders = error
            is ErrorCode.NotEnoughReplicas or ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.CorruptMessage;
        if (!saysNothingOfLeaders)
            Updater.Want();
    }

    private void Pause(long nowMs, ProducerQueue queue)
    {
        // One pause for all batches of the partition that came back together.
        if (queue.RetryAtMs > nowMs)
            return;

        queue.Failures++;
        queue.RetryAtMs = nowMs + Backoff.AfterMs(
            queue.Failures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
    }

    /// <summary>A new identity is tried at once; only when that does not help either, after a pause.</summary>
    private void PauseAgain(long nowMs, ProducerQueue queue)
    {
        if (queue.Failures > 0)
            Pause(nowMs, queue);
        else if (queue.IsIdentityRefused)
            queue.Failures = 1;
    }

    /// <summary>delivery.timeout.ms: what is older is reported, wherever it is.</summary>
    private void ExpireBatches(long nowMs, EffectList effects)
    {
        foreach (var queue in _active)
        {
            while (queue.Oldest is { } batch && nowMs - batch.CreatedAtMs >= _settings.DeliveryTimeoutMs)
            {
                if (batch.IsOnWire)
                {
                    TakeOffWire(batch);
                    batch.LoseSight();
                }

                queue.IsConfirmed = false;
                Fail(
                    batch,
                    ErrorCode.RequestTimedOut,
                    $"{nowMs - batch.CreatedAtMs} ms have passed since the record was appended (delivery.timeout.ms).",
                    effects);
            }
        }
    }

    /// <summary>
    /// Gives a batch up. Its number is not used again: were a copy of it still about, a leader would take another batch
    /// of that number for a repetition and drop it.
    /// </summary>
    private void Fail(PendingBatch batch, ErrorCode error, string? message, EffectList effects)
    {
        if (batch.IsOnWire)
        {
            TakeOffWire(batch);
            batch.LoseSight();
        }

        var status = batch.MayBePersisted ? PersistenceStatus.PossiblyPersisted : PersistenceStatus.NotPersisted;
        Settle(batch, new BatchOutcome(error, message, -1, -1, status), effects);
    }

    /// <summary>The batch's fate is decided: it is reported as soon as everything before it is.</summary>
    private void Settle(PendingBatch batch, BatchOutcome outcome, EffectList effects)
    {
        var queue = batch.Queue;
        batch.Outcome = outcome;
        if (queue.Open == batch)
        {
            queue.Open = null;
            Report(batch, outcome, effects);
        }
        else if (queue.Full.TryPeek(out var full) && full == batch)
        {
            queue.Full.Dequeue();
            Report(batch, outcome, effects);
        }

        while (queue.Sent.Count > 0 && queue.Sent[0].Outcome is { } decided)
        {
            var oldest = queue.Sent[0];
            queue.Sent.RemoveAt(0);
            Report(oldest, decided, effects);
        }
    }

    private void Report(PendingBatch batch, BatchOutcome outcome, EffectList effects)
    {
        if (batch.Builder is { } builder)
            GiveBack(builder);
        batch.Builder = null;
        _memoryBytes -= batch.MemoryBytes;
        _flushes.Leave(batch.FlushRound);
        effects.Add(new RecordsReported(
            batch.Queue.Partition,
            batch.Completions,
            outcome.Error,
            outcome.Message,
            outcome.BaseOffset,
            outcome.LogAppendTimeMs,
            outcome.Status));
    }

    /// <summary>
    /// Whether the batch may be in the log, or come to be, in spite of the error. Only what a leader checks before it
    /// appends is certain.
    /// </summary>
    private static bool LeavesOutcomeOpen(ErrorCode error) => error is not (
        ErrorCode.NotEnoughReplicas
        or ErrorCode.OutOfOrderSequenceNumber
        or ErrorCode.UnknownProducerId
        or ErrorCode.InvalidProducerEpoch
        or ErrorCode.ProducerFenced
        or ErrorCode.FencedLeaderEpoch
        or ErrorCode.UnknownLeaderEpoch
        or ErrorCode.LeaderNotAvailable
        or ErrorCode.UnknownTopicId
        or ErrorCode.InconsistentTopicId
        or ErrorCode.MessageTooLarge
        or ErrorCode.RecordListTooLarge
        or ErrorCode.CorruptMessage
        or ErrorCode.InvalidRecord
        or ErrorCode.InvalidTimestamp
        or ErrorCode.InvalidRequiredAcks
        or ErrorCode.InvalidTxnState
        or ErrorCode.InvalidTopicException
        or ErrorCode.TopicAuthorizationFailed
        or ErrorCode.ClusterAuthorizationFailed
        or ErrorCode.UnsupportedCompressionType
        or ErrorCode.UnsupportedVersion
        or ErrorCode.PolicyViolation);
}
