using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    private readonly Dictionary<long, PendingDelete> _deletes = [];

    private void OnDeleteRecords(long callId, DeleteRecordsRequest request)
    {
        var pending = new PendingDelete(request.Partitions.Length);
        _deletes.Add(callId, pending);
        foreach (var deletion in request.Partitions)
        {
            if (_broker.Replicas.TryGet(deletion.Partition, out var replica) && !replica.IsBroken)
            {
                var actor = replica.Replica;
                pending.Handed.Add((deletion.Partition, actor));
                WatchReplica(actor);
                actor.Tell(
                    new ReplicaProtocol.DeleteRecords(
                        Self, callId, request.TimeoutMs, deletion.LeaderEpoch, deletion.Offset),
                    Self);
            }
            else
            {
                pending.Results.Add(new PartitionDeleted(deletion.Partition, NotHere(deletion.Partition), -1, null));
            }
        }

        MaybeAnswer(callId, pending);
    }

    private void OnRecordsDeleted(ReplicaProtocol.RecordsDeleted deleted)
    {
        if (!_deletes.TryGetValue(deleted.CallId, out var pending))
            return;
        var result = deleted.Result;
        pending.Results.Add(
            new PartitionDeleted(deleted.Partition, result.Error, result.LowWatermark, result.Message));
        MaybeAnswer(deleted.CallId, pending);
    }

    /// <summary>What the replica's actor was handed and has not answered it took with it.</summary>
    private void OnDeletesLost(IActorRef replica)
    {
        foreach (var (callId, pending) in _deletes.ToArray())
        {
            var lost = pending.Handed.Where(h => replica.Equals(h.Replica)).Select(h => h.Partition);
            foreach (var partition in lost.Except(pending.Results.Select(r => r.Partition)).ToArray())
                pending.Results.Add(new PartitionDeleted(partition, NotHere(partition), -1, null));
            MaybeAnswer(callId, pending);
        }
    }

    private void MaybeAnswer(long callId, PendingDelete pending)
    {
        if (pending.Results.Count < pending.Count)
            return;
        _deletes.Remove(callId);
        Reply(callId, new DeleteRecordsResponse([.. pending.Results]));
    }

    /// <summary>One request's partitions, of which some are decided: the single answer goes when all are.</summary>
    private sealed record PendingDelete(int Count)
    {
        public List<PartitionDeleted> Results { get; } = new(Count);

        public List<(TopicIdPartition Partition, IActorRef Replica)> Handed { get; } = new(Count);
    }
}
