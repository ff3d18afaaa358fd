using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    private ListOffsetsResponse ListOffsets(ListOffsetsRequest request) =>
        new([.. request.Queries.Select(query => ListOffset(query, request.Isolation))]);

    private PartitionOffset ListOffset(OffsetQuery query, IsolationLevel isolation)
    {
        if (!_broker.Replicas.TryGet(query.Partition, out var replica) || replica.View is not { } view)
            return new PartitionOffset(query.Partition, NotHere(query.Partition), -1, -1, LeaderEpoch.None);

        try
        {
            var found = ConsumerRead.FindOffset(
                WithLease(view), query.LeaderEpoch, query.TimestampMs, isolation, Context.NowMs());
            return new PartitionOffset(query.Partition, found.Error, found.TimestampMs, found.Offset, view.LeaderEpoch);
        }
        catch (StorageException e)
        {
            replica.Replica.Tell(new ReplicaProtocol.ReadFailed(e.Message));
            return new PartitionOffset(query.Partition, ErrorCode.KafkaStorageError, -1, -1, LeaderEpoch.None);
        }
    }
}
