using Akka.Actor;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    private readonly Dictionary<long, PendingOffsets> _offsets = [];

    private void OnListOffsets(long callId, ListOffsetsRequest request)
    {
        var pending = new PendingOffsets(request);
        for (var i = 0; i < request.Queries.Length; i++)
        {
            var query = request.Queries[i];
            if (!_broker.Replicas.TryGet(query.Partition, out var replica) || replica.View is not { } view)
            {
                pending.Add(i, new PartitionOffset(query.Partition, NotHere(query.Partition), -1, -1, LeaderEpoch.None));
                continue;
            }

            // Only a search by time needs the disk; -3 is one.
            var search = new OffsetSearch(callId, i, query, _broker.WithLease(view), request.Isolation, Context.NowMs());
            if (query.TimestampMs < 0 && query.TimestampMs != ConsumerRead.MaxTimestamp)
                pending.Add(i, ((OffsetFound)search.Run()).Answer);
            else
                replica.LogDir.Reader.Tell(search, Self);
        }

        if (pending.IsComplete)
        {
            Reply(callId, new ListOffsetsResponse(pending.Answers(ErrorCode.None)));
            return;
        }

        _offsets.Add(callId, pending);
        Timers.StartSingleTimer(
            new OffsetsDeadline(callId), new OffsetsDeadline(callId), TimeSpan.FromMilliseconds(ReadPatienceMs));
    }

    private PartitionEpochEnd EpochEndOf(EpochQuery query)
    {
        if (!_broker.Replicas.TryGet(query.Partition, out var replica) || replica.View is not { } view)
            return new PartitionEpochEnd(query.Partition, NotHere(query.Partition), LeaderEpoch.None, -1);
        var error = ConsumerRead.FindEpochEnd(_broker.WithLease(view), query.LeaderEpoch, query.Epoch, Context.NowMs(), out var end);
        return new PartitionEpochEnd(query.Partition, error, end?.Epoch ?? LeaderEpoch.None, end?.EndOffset ?? -1);
    }

    private void OnOffsetFound(OffsetFound found)
    {
        var search = found.Search;
        if (found.Failure is { } reason && _broker.Replicas.TryGet(search.Query.Partition, out var replica))
            replica.Replica.Tell(new ReplicaProtocol.ReadFailed(reason));
        if (!_offsets.TryGetValue(search.CallId, out var pending))
            return;

        // As with a fetch: the lease is compared in the turn that serves (E2, I40).
        var error = ConsumerRead.Judge(_broker.WithLease(search.View), search.Query.LeaderEpoch, Context.NowMs());
        pending.Add(search.Index, error == ErrorCode.None ? found.Answer : search.Failed(error));
        if (pending.IsComplete)
            AnswerOffsets(search.CallId, pending, ErrorCode.None);
    }

    private void OnOffsetsDeadline(long callId)
    {
        // A directory that does not answer must not keep the others' offsets from the client.
        if (_offsets.TryGetValue(callId, out var pending))
            AnswerOffsets(callId, pending, ErrorCode.RequestTimedOut);
    }

    private void AnswerOffsets(long callId, PendingOffsets pending, ErrorCode otherwise)
    {
        _offsets.Remove(callId);
        Timers.Cancel(new OffsetsDeadline(callId));
        Reply(callId, new ListOffsetsResponse(pending.Answers(otherwise)));
    }
}
