using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    /// <summary>
    /// Requests that may wait for memory whatever their size: more than a client has in flight. Beyond, they may be as large
    /// together as the whole budget.
    /// </summary>
    internal const int MostUnpaid = 100;

    private readonly Dictionary<long, PendingProduce> _produces = [];

    // Requests that wait for memory, oldest first: nothing behind them is handed on, so a partition's order is kept.
    private readonly Queue<(long CallId, ProduceRequest Request, long Bytes)> _unpaid = new();
    private long _unpaidBytes;
    private bool _creditRequested;

    private void OnProduce(long callId, ProduceRequest request)
    {
        if (request.Acks is < -1 or > 1)
        {
            Refuse(callId, request, ErrorCode.InvalidRequiredAcks, $"acks is {request.Acks}; it is 0, 1 or -1 (all).");
            return;
        }

        long bytes = 0;
        foreach (var batch in request.Batches)
            bytes += batch.Batch.Length;
        if (_unpaid.Count >= MostUnpaid && _unpaidBytes + bytes > _broker.Settings.QueuedMaxBytes)
        {
            // It sends on and on what nobody has the memory for; a connection would not be read any more.
            End($"{_unpaid.Count} requests wait for memory, with {_unpaidBytes} bytes");
            return;
        }

        _unpaid.Enqueue((callId, request, bytes));
        _unpaidBytes += bytes;
        PayNext();
    }

    private void PayNext()
    {
        while (!_creditRequested && _unpaid.TryPeek(out var next))
        {
            if (!_broker.ProduceBudget.TryTake(next.Bytes, Self))
            {
                _creditRequested = true;
                return;
            }

            _unpaid.Dequeue();
            Append(next.CallId, next.Request, next.Bytes);
        }
    }

    /// <summary>The session ends: what it holds of the budget, and what was granted to it a moment ago, is free again.</summary>
    private void GiveBackProduceBudget()
    {
        var isWaiting = _broker.ProduceBudget.Forget(Self);
        if (_creditRequested && !isWaiting)
            _broker.ProduceBudget.Give(_unpaid.Peek().Bytes);
        foreach (var produce in _produces.Values)
            _broker.ProduceBudget.Give(produce.Bytes);
    }

    private void OnCreditGranted(long bytes)
    {
        _creditRequested = false;
        var next = _unpaid.Dequeue();
        if (next.Bytes != bytes)
            throw new InvalidOperationException($"Credit for {bytes} bytes was granted, but {next.Bytes} bytes wait.");
        Append(next.CallId, next.Request, next.Bytes);
        PayNext();
    }

    private void Append(long callId, ProduceRequest request, long bytes)
    {
        _unpaidBytes -= bytes;
        var pending = new PendingProduce(request.Batches.Length, request.Acks, bytes);
        _produces.Add(callId, pending);
        for (var i = 0; i < request.Batches.Length; i++)
        {
            var batch = request.Batches[i];
            if (_broker.Replicas.TryGet(batch.Partition, out var replica) && !replica.IsBroken)
            {
                var actor = replica.Replica;
                pending.HandedTo(i, batch.Partition, actor);
                WatchReplica(actor);
                actor.Tell(
                    new ReplicaProtocol.Produce(
                        Self, callId, request.Acks, request.TimeoutMs, batch.LeaderEpoch, batch.Batch),
                    Self);
            }
            else
            {
                pending.Add(new PartitionProduced(batch.Partition, NotHere(batch.Partition), -1, -1, -1, null));

                // acks=0 has no answer: the end of the connection tells the client to ask anew who leads.
                if (request.Acks == 0)
                    Context.Stop(Self);
            }
        }

        MaybeAnswer(callId, pending);
    }

    private void OnProduced(ReplicaProtocol.Produced produced)
    {
        if (!_produces.TryGetValue(produced.CallId, out var pending))
            return;
        var result = produced.Result;
        pending.Add(new PartitionProduced(
            produced.Partition, result.Error, result.BaseOffset, result.LogAppendTimeMs, result.LogStartOffset, result.Message));
        MaybeAnswer(produced.CallId, pending);
    }

    private void OnTaken(ReplicaProtocol.Taken taken)
    {
        if (!_produces.TryGetValue(taken.CallId, out var pending))
            return;
        pending.Add(new PartitionProduced(taken.Partition, ErrorCode.None, -1, -1, -1, null));
        MaybeAnswer(taken.CallId, pending);
    }

    /// <summary>What the replica's actor was handed and has not answered it took with it.</summary>
    private void OnProducesLost(IActorRef replica)
    {
        foreach (var (callId, pending) in _produces.ToArray())
        {
            foreach (var partition in pending.LostWith(replica))
                pending.Add(new PartitionProduced(partition, NotHere(partition), -1, -1, -1, null));
            MaybeAnswer(callId, pending);
        }
    }

    private void MaybeAnswer(long callId, PendingProduce pending)
    {
        if (!pending.IsComplete)
            return;
        _produces.Remove(callId);
        _broker.ProduceBudget.Give(pending.Bytes);
        if (pending.Acks == 0)
            _unanswered.Remove(callId);
        else
            Reply(callId, new ProduceResponse(pending.Results()));
    }

    private void Refuse(long callId, ProduceRequest request, ErrorCode error, string message) =>
        Reply(callId, new ProduceResponse(
            [.. request.Batches.Select(b => new PartitionProduced(b.Partition, error, -1, -1, -1, message))]));

    /// <summary>
    /// One request's partitions, of which some are decided: the single answer goes when all are. That of acks=0 goes nowhere;
    /// its memory counts all the same until the replicas have taken it.
    /// </summary>
    private sealed class PendingProduce(int count, short acks, long bytes)
    {
        private readonly PartitionProduced[] _results = new PartitionProduced[count];
        private readonly (TopicIdPartition Partition, IActorRef? Replica)[] _handed = new (TopicIdPartition, IActorRef?)[count];
        private int _decided;

        public short Acks => acks;

        public long Bytes => bytes;

        public bool IsComplete => _decided == count;

        public void HandedTo(int index, TopicIdPartition partition, IActorRef replica) => _handed[index] = (partition, replica);

        public void Add(PartitionProduced result) => _results[_decided++] = result;

        /// <summary>The partitions for which this actor has not answered.</summary>
        public TopicIdPartition[] LostWith(IActorRef replica)
        {
            var lost = _handed.Where(h => replica.Equals(h.Replica)).Select(h => h.Partition);
            return [.. lost.Except(_results.Take(_decided).Select(r => r.Partition))];
        }

        public System.Collections.Immutable.ImmutableArray<PartitionProduced> Results() =>
            System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(_results);
    }
}
