using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    private readonly Dictionary<long, PendingProduce> _produces = [];

    // Requests that wait for memory, oldest first: nothing behind them is handed on, so a partition's order is kept.
    private readonly Queue<(long CallId, ProduceRequest Request, long Bytes)> _unpaid = new();
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
        _unpaid.Enqueue((callId, request, bytes));
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
        var pending = new PendingProduce(request.Batches.Length, bytes);
        if (request.Acks != 0)
            _produces.Add(callId, pending);
        foreach (var batch in request.Batches)
        {
            if (_broker.Replicas.TryGet(batch.Partition, out var replica) && !replica.IsBroken)
            {
                replica.Replica.Tell(
                    new ReplicaProtocol.Produce(
                        Self, callId, request.Acks, request.TimeoutMs, batch.LeaderEpoch, batch.Batch),
                    Self);
            }
            else if (request.Acks != 0)
            {
                pending.Add(new PartitionProduced(batch.Partition, NotHere(batch.Partition), -1, -1, -1, null));
            }
            else
            {
                // acks=0 has no answer: the end of the connection tells the client to ask anew who leads.
                Context.Stop(Self);
            }
        }

        // Nobody answers acks=0: the memory counts only while the request is handed on.
        if (request.Acks == 0)
            _broker.ProduceBudget.Give(bytes);
        else
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

    private void MaybeAnswer(long callId, PendingProduce pending)
    {
        if (!pending.IsComplete)
            return;
        _produces.Remove(callId);
        _broker.ProduceBudget.Give(pending.Bytes);
        Reply(callId, new ProduceResponse(pending.Results()));
    }

    private void Refuse(long callId, ProduceRequest request, ErrorCode error, string message) =>
        Reply(callId, new ProduceResponse(
            [.. request.Batches.Select(b => new PartitionProduced(b.Partition, error, -1, -1, -1, message))]));

    /// <summary>One request's partitions, of which some are decided: the single answer goes when all are.</summary>
    private sealed class PendingProduce(int count, long bytes)
    {
        private readonly PartitionProduced[] _results = new PartitionProduced[count];
        private int _decided;

        public long Bytes => bytes;

        public bool IsComplete => _decided == count;

        public void Add(PartitionProduced result) => _results[_decided++] = result;

        public System.Collections.Immutable.ImmutableArray<PartitionProduced> Results() =>
            System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(_results);
    }
}
