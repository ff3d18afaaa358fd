using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Which batch leaves when, and with which others.</summary>
public sealed partial class ProducerClient
{
    private static readonly BatchOutcome Unacknowledged = new(
        ErrorCode.None, null, BaseOffset: -1, LogAppendTimeMs: -1, PersistenceStatus.PossiblyPersisted);

    // By broker; so few that looking through them is the fastest way.
    private readonly List<OutgoingRequest> _outgoing = [];
    private int _firstTurn;

    /// <summary>Sends at most one batch of each partition. True where any was sent: there may be more.</summary>
    private bool SendSome(long nowMs, EffectList effects)
    {
        _outgoing.Clear();
        _firstTurn = _active.Count == 0 ? 0 : (_firstTurn + 1) % _active.Count;
        for (var i = 0; i < _active.Count; i++)
        {
            var queue = _active[(_firstTurn + i) % _active.Count];
            Suspect(nowMs, queue);
            if (NextToSend(nowMs, queue) is { } batch && TryFindLeader(nowMs, queue, batch, out var leader, effects))
                PutOnWire(nowMs, queue, batch, leader);
        }

        foreach (var request in _outgoing)
            Send(nowMs, request, effects);
        return _outgoing.Count > 0;
    }

    /// <summary>The batch whose turn it is, if its time has come.</summary>
    private PendingBatch? NextToSend(long nowMs, ProducerQueue queue)
    {
        if (nowMs < queue.RetryAtMs || queue.IsIdentityRefused)
            return null;

        // What came back from the wire goes again before anything new, in its old order, and after all that is still
        // out.
        var ahead = 0;
        foreach (var sent in queue.Sent)
        {
            if (sent.IsOnWire)
                ahead++;
            else if (sent.Outcome is null)
                return ahead == queue.OnWire && (ahead == 0 || queue.IsConfirmed) ? sent : null;
        }

        if (ahead > 0 && !queue.IsConfirmed)
            return null;
        if (_settings.EnableIdempotence && !HasNumberFor(queue))
            return null;

        if (queue.Full.TryPeek(out var full))
            return full;
        return queue.Open is { } open && IsDue(nowMs, open) ? open : null;
    }

    private bool IsDue(long nowMs, PendingBatch open) =>
        _closed
        || _blocked.Count > 0
        || _flushes.IsAwaited(open.FlushRound)
        || open.SizeBytes >= _settings.BatchSize
        || nowMs - open.CreatedAtMs >= _settings.LingerMs;

    private bool TryFindLeader(
        long nowMs, ProducerQueue queue, PendingBatch batch, out KnownLeader leader, EffectList effects)
    {
        if (!queue.Topic.Known!.TryGetLeader(queue.Partition.Partition, out leader))
        {
            Updater.Want();
            return false;
        }

        // Two brokers must never work on one partition's batches at the same time.
        if (queue.OnWire > 0 && queue.WireBroker != leader.Broker)
            return false;
        if (!Connections.TryUse(nowMs, leader.Broker, effects))
            return false;

        if (OutgoingTo(leader.Broker) is { } request)
            return request.SizeBytes + batch.SizeBytes <= _settings.MaxRequestSize;
        return Connections.InFlight(leader.Broker) < _settings.MaxInFlight;
    }

    private void PutOnWire(long nowMs, ProducerQueue queue, PendingBatch batch, KnownLeader leader)
    {
        if (batch.Attempts == 0)
            TakeFromLine(queue, batch);
        var request = OutgoingTo(leader.Broker) ?? BeginOutgoing(leader.Broker);
        batch.Attempts++;
        batch.IsOnWire = true;
        batch.Call = request.Call;
        queue.OnWire++;
        queue.WireBroker = leader.Broker;
        queue.LeaderEpoch = leader.Epoch;
        if (queue.OnWire == 1)
            queue.SuspectAtMs = nowMs + _settings.HedgeAfterMs;
        request.Add(new PartitionBatch(leader.Partition, leader.Epoch, batch.Bytes!.Value), batch);
    }

    /// <summary>The first time a batch leaves it gets its number, and its bytes.</summary>
    private void TakeFromLine(ProducerQueue queue, PendingBatch batch)
    {
        if (queue.Full.TryPeek(out var full) && full == batch)
            queue.Full.Dequeue();
        else
            queue.Open = null;

        queue.Sent.Add(batch);
        var builder = batch.Builder!;
        if (_settings.EnableIdempotence)
            Number(queue, batch);
        batch.Bytes = _settings.EnableIdempotence
            ? builder.BuildAndReset(
                producerId: queue.ProducerId,
                producerEpoch: queue.ProducerEpoch,
                baseSequence: batch.BaseSequence,
                compression: _settings.Compression)
            : builder.BuildAndReset(compression: _settings.Compression);
        batch.Builder = null;
        GiveBack(builder);
    }

    private OutgoingRequest? OutgoingTo(BrokerId broker)
    {
        foreach (var request in _outgoing)
        {
            if (request.Broker == broker)
                return request;
        }

        return null;
    }

    private OutgoingRequest BeginOutgoing(BrokerId broker)
    {
        var request = new OutgoingRequest(broker);
        var position = _outgoing.Count;
        while (position > 0 && _outgoing[position - 1].Broker > broker)
            position--;
        _outgoing.Insert(position, request);
        return request;
    }

    private void Send(long nowMs, OutgoingRequest outgoing, EffectList effects)
    {
        var request = new ProduceRequest(_settings.Acks, _settings.RequestTimeoutMs, outgoing.Batches.ToImmutable());
        if (_settings.Acks != 0 || _settings.UnacknowledgedAreAnswered)
        {
            // The leader may wait as long as it was told; only then is silence a sign of its death.
            var timeoutMs = _settings.RequestTimeoutMs + _settings.RetryBackoffMaxMs;
            Connections.Call(nowMs, outgoing.Broker, request, outgoing.Call, timeoutMs, effects);
            return;
        }

        Connections.Send(outgoing.Broker, request, effects);
        SettleUnacknowledged(outgoing.Call, effects);
    }

    /// <summary>acks 0: what has left is done with, whatever becomes of it.</summary>
    private void SettleUnacknowledged(ProduceCall call, EffectList effects)
    {
        foreach (var batch in call.Batches)
        {
            if (batch.Call != call)
                continue;

            TakeOffWire(batch);
            Settle(batch, Unacknowledged, effects);
        }
    }

    /// <summary>A leader that keeps batches for long may have been replaced without our knowing.</summary>
    private void Suspect(long nowMs, ProducerQueue queue)
    {
        if (queue.OnWire == 0 || nowMs < queue.SuspectAtMs)
            return;

        Updater.Want();
        queue.SuspectAtMs = nowMs + _settings.HedgeAfterMs;
    }

    /// <summary>
    /// A new leadership is known. Whoever led before can no longer commit, so an idempotent producer need not wait for
    /// its answers: the same batches, under the same numbers, go to the new leader.
    /// </summary>
    private void FollowLeader(ProducerQueue queue, KnownLeader leader)
    {
        if (leader.Epoch <= queue.LeaderEpoch)
            return;

        queue.LeaderEpoch = leader.Epoch;
        queue.RetryAtMs = long.MinValue;
        queue.Failures = 0;
        if (queue.OnWire == 0 || queue.WireBroker == leader.Broker || !_settings.EnableIdempotence)
            return;

        foreach (var batch in queue.Sent)
        {
            if (!batch.IsOnWire)
                continue;

            TakeOffWire(batch);
            batch.LoseSight();
        }

        queue.IsConfirmed = false;
    }

    private static void TakeOffWire(PendingBatch batch)
    {
        batch.IsOnWire = false;
        batch.Call = null;
        batch.Queue.OnWire--;
        if (batch.Queue.OnWire == 0)
            batch.Queue.SuspectAtMs = long.MaxValue;
    }

    private sealed class OutgoingRequest(BrokerId broker)
    {
        public BrokerId Broker => broker;

        public ImmutableArray<PartitionBatch>.Builder Batches { get; } = ImmutableArray.CreateBuilder<PartitionBatch>();

        public ProduceCall Call { get; } = new([]);

        public long SizeBytes { get; private set; }

        public void Add(PartitionBatch batch, PendingBatch pending)
        {
            Batches.Add(batch);
            Call.Batches.Add(pending);
            SizeBytes += batch.Batch.Length;
        }
    }
}
