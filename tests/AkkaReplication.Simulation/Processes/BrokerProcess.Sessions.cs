using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>What a broker does for its clients.</summary>
internal sealed partial class BrokerProcess
{
    private const int ForwardTimeoutMs = 3_000;

    private readonly Dictionary<RequestToken, Action<long>> _idWaiters = [];
    private readonly Dictionary<long, Action<ErrorCode, object?>> _forwards = [];
    private long _nextForward;

    private void ClearSessions()
    {
        _idWaiters.Clear();
        _forwards.Clear();
    }

    /// <summary>A client asks for a session; false where none is given.</summary>
    public bool Accepts => IsRunning && !_isClosing && _lifecycle is not null;

    /// <summary>The client's side is gone. What was asked over it goes on; its answers go nowhere.</summary>
    public void OnConnectionClosed(ClientConnection connection)
    {
    }

    public void OnCall(ClientConnection connection, ClientCall call)
    {
        if (_isClosing || _lifecycle is null)
            return;

        switch (call.Request)
        {
            case ProduceRequest produce:
                OnProduce(connection, call.CorrelationId, produce);
                break;
            case FetchRequest fetch:
                Fetch(connection, call.CorrelationId, fetch, NowMs + Math.Max(0, fetch.MaxWaitMs));
                break;
            case MetadataRequest metadata:
                Reply(connection, call.CorrelationId, MetadataAnswers.Describe(Image, metadata));
                break;
            case ListOffsetsRequest offsets:
                ListOffsets(connection, call.CorrelationId, offsets);
                break;
            case DeleteRecordsRequest delete:
                OnDeleteRecords(connection, call.CorrelationId, delete);
                break;
            case InitProducerIdRequest:
                _mailbox.Tell(() => Turn(fx =>
                {
                    var token = new RequestToken(_nextToken++);
                    _idWaiters.Add(token, id => Reply(
                        connection, call.CorrelationId, new InitProducerIdResponse(ErrorCode.None, id, 0)));
                    _producerIds.OnRequest(NowMs, token, fx);
                }));
                break;
            case CreateTopicsRequest create:
                Forward(
                    id => new CreateTopics(id, create.Topics, create.ValidateOnly),
                    (error, answer) => Reply(connection, call.CorrelationId, new CreateTopicsResponse(error, Results(answer))));
                break;
            case DeleteTopicsRequest delete:
                Forward(
                    id => new DeleteTopics(id, delete.Names),
                    (error, answer) => Reply(connection, call.CorrelationId, new DeleteTopicsResponse(error, Results(answer))));
                break;
            case CreatePartitionsRequest grow:
                Forward(
                    id => new CreatePartitions(id, grow.Topics, grow.ValidateOnly),
                    (error, answer) => Reply(
                        connection, call.CorrelationId, new CreatePartitionsResponse(error, Results(answer))));
                break;
            case IncrementalAlterConfigsRequest alter:
                Forward(
                    id => new IncrementalAlterConfigs(id, alter.Resources, alter.ValidateOnly),
                    (error, answer) => Reply(connection, call.CorrelationId, new IncrementalAlterConfigsResponse(
                        error, (answer as IncrementalAlterConfigsAnswer)?.Results ?? [])));
                break;
            case ElectLeadersRequest elect:
                Forward(
                    id => new ElectLeaders(id, elect.Type, elect.Partitions),
                    (error, answer) => Reply(connection, call.CorrelationId, new ElectLeadersResponse(
                        error, (answer as ElectLeadersAnswer)?.Results ?? [])));
                break;
            default:
                throw new InvalidOperationException($"A broker does not know the request {call.Request}.");
        }
    }

    private static ImmutableArray<TopicResult> Results(object? answer) => (answer as TopicsAnswer)?.Results ?? [];

    private void Reply(ClientConnection connection, long correlationId, ClientResponse response) =>
        connection.ToClient(new ClientReply(correlationId, response));

    private void Forward(Func<long, object> toController, Action<ErrorCode, object?> answered)
    {
        var id = _nextForward++;
        _forwards.Add(id, answered);
        After(ForwardTimeoutMs, () =>
        {
            if (_forwards.Remove(id))
                answered(ErrorCode.RequestTimedOut, null);
        });
        ToController(toController(id));
    }

    private void OnForwarded(object message)
    {
        var (id, error) = message switch
        {
            TopicsAnswer answer => (answer.RequestId, answer.Error),
            IncrementalAlterConfigsAnswer answer => (answer.RequestId, answer.Error),
            ElectLeadersAnswer answer => (answer.RequestId, answer.Error),
            _ => throw new InvalidOperationException($"A broker does not know the message {message}."),
        };
        if (_forwards.Remove(id, out var answered))
            answered(error, message);
    }

    private ErrorCode NotHere(TopicIdPartition partition) =>
        _slots.ContainsKey(partition) ? ErrorCode.KafkaStorageError
        : Image.TryGetPartition(partition) is not null ? ErrorCode.NotLeaderOrFollower
        : ErrorCode.UnknownTopicId;

    private void OnProduce(ClientConnection connection, long callId, ProduceRequest request)
    {
        var results = new List<PartitionProduced>();
        void Decided(PartitionProduced result)
        {
            results.Add(result);
            if (results.Count == request.Batches.Length && request.Acks != 0)
                Reply(connection, callId, new ProduceResponse([.. results]));
        }

        foreach (var batch in request.Batches)
        {
            if (!_slots.TryGetValue(batch.Partition, out var slot) || slot.Machine is null)
            {
                if (request.Acks == 0)
                    connection.Break(tellClient: true, tellBroker: false);
                else
                    Decided(new PartitionProduced(batch.Partition, NotHere(batch.Partition), -1, -1, -1, null));
                continue;
            }

            var token = new RequestToken(_nextToken++);
            if (request.Acks != 0)
            {
                slot.Produces.Add(token, completed => Decided(new PartitionProduced(
                    batch.Partition, completed.Error, completed.BaseOffset, completed.LogAppendTimeMs,
                    completed.LogStartOffset, completed.Message)));
            }

            ToReplica(batch.Partition, (s, fx) =>
            {
                s.Unanswered = () => connection.Break(tellClient: true, tellBroker: false);
                _cluster.Checks.OnProduce(this, s, token, request.Acks, batch.Batch);
                s.Machine!.OnProduce(
                    NowMs,
                    WallClockMs,
                    new ProduceInput(token, request.Acks, batch.Batch, batch.LeaderEpoch, NowMs + request.TimeoutMs),
                    fx);
            });
        }
    }

    private void OnDeleteRecords(ClientConnection connection, long callId, DeleteRecordsRequest request)
    {
        var results = new List<PartitionDeleted>();
        void Decided(PartitionDeleted result)
        {
            results.Add(result);
            if (results.Count == request.Partitions.Length)
                Reply(connection, callId, new DeleteRecordsResponse([.. results]));
        }

        foreach (var deletion in request.Partitions)
        {
            if (!_slots.TryGetValue(deletion.Partition, out var slot) || slot.Machine is null)
            {
                Decided(new PartitionDeleted(deletion.Partition, NotHere(deletion.Partition), -1, null));
                continue;
            }

            var token = new RequestToken(_nextToken++);
            slot.Deletes.Add(token, completed =>
            {
                _cluster.Checks.OnRecordsDeleted(this, slot, deletion.Offset, completed);
                Decided(new PartitionDeleted(deletion.Partition, completed.Error, completed.LowWatermark, completed.Message));
            });
            ToReplica(deletion.Partition, (s, fx) =>
            {
                // -1 stands for all that is committed when it is carried out.
                _cluster.Checks.OnDeletionAsked(
                    s.Partition, deletion.Offset == -1 ? s.Machine!.HighWatermark : deletion.Offset);
                s.Machine!.OnDeleteRecords(
                    NowMs,
                    new DeleteRecordsInput(token, deletion.Offset, deletion.LeaderEpoch, NowMs + request.TimeoutMs),
                    fx);
            });
        }
    }

    private ReadView WithLease(ReadView view) => view.LeaseEndMs >= LeaseEndMs ? view : view with { LeaseEndMs = LeaseEndMs };

    private void ListOffsets(ClientConnection connection, long callId, ListOffsetsRequest request)
    {
        AfterUs(World.Scheduling.Next(300), () =>
        {
            var answers = ImmutableArray.CreateBuilder<PartitionOffset>();
            foreach (var query in request.Queries)
            {
                if (!_slots.TryGetValue(query.Partition, out var slot) || slot.View is not { } view)
                {
                    answers.Add(new PartitionOffset(query.Partition, NotHere(query.Partition), -1, -1, LeaderEpoch.None));
                    continue;
                }

                try
                {
                    var found = ConsumerRead.FindOffset(
                        WithLease(view), query.LeaderEpoch, query.TimestampMs, request.Isolation, NowMs);
                    answers.Add(new PartitionOffset(
                        query.Partition, found.Error, found.TimestampMs, found.Offset, found.LeaderEpoch));
                }
                catch (StorageException e)
                {
                    answers.Add(new PartitionOffset(query.Partition, ErrorCode.KafkaStorageError, -1, -1, LeaderEpoch.None));
                    ToReplica(query.Partition, (s, fx) => s.Machine!.OnStorageFailed(NowMs, e.Message, fx));
                }
            }

            Reply(connection, callId, new ListOffsetsResponse(answers.ToImmutable()));
        });
    }

    /// <summary>Decides from the published views, reads a little later, and judges again before it answers (E2, I40).</summary>
    private void Fetch(ClientConnection connection, long callId, FetchRequest request, long deadlineMs)
    {
        if (connection.IsBroken)
            return;

        var positions = request.Positions;
        var views = new ReadView?[positions.Length];
        var results = new PartitionFetched[positions.Length];
        var bounds = new ReadBound[positions.Length];
        var wantsRead = false;
        for (var i = 0; i < positions.Length; i++)
        {
            var position = positions[i];
            if (!_slots.TryGetValue(position.Partition, out var slot) || slot.View is not { } view)
            {
                results[i] = Failed(position, NotHere(position.Partition), null);
                continue;
            }

            view = WithLease(view);
            views[i] = view;
            bounds[i] = ConsumerRead.Decide(
                view, position.LeaderEpoch, position.Offset, position.LastFetchedEpoch, request.Isolation, NowMs);
            if (bounds[i].Error == ErrorCode.None)
                _cluster.Checks.CheckLease(this, position.Partition, view);
            results[i] = bounds[i].Error != ErrorCode.None
                ? Failed(position, bounds[i].Error, view)
                : Fetched(position, view, default) with
                {
                    DivergingEpoch = bounds[i].Diverging?.Epoch ?? LeaderEpoch.None,
                    DivergingEpochEnd = bounds[i].Diverging?.EndOffset ?? -1,
                };
            wantsRead |= IsReadable(bounds[i], position);
        }

        if (!wantsRead)
        {
            Conclude(connection, callId, request, deadlineMs, views, results);
            return;
        }

        AfterUs(World.Scheduling.Next(World.Scheduling.Hits(0.01) ? 2_000_000 : 400), () =>
        {
            for (var i = 0; i < positions.Length; i++)
            {
                if (views[i] is { } view && IsReadable(bounds[i], positions[i]))
                    results[i] = Read(positions[i], view, bounds[i]);
            }

            Conclude(connection, callId, request, deadlineMs, views, results);
        });
    }

    private static bool IsReadable(in ReadBound bound, FetchPosition position) =>
        bound is { Error: ErrorCode.None, Diverging: null } && position.Offset < bound.UpToOffset;

    private PartitionFetched Read(FetchPosition position, ReadView view, ReadBound bound)
    {
        try
        {
            var records = view.Log.Read(position.Offset, bound.UpToOffset, position.MaxBytes, atLeastOneBatch: true);
            if (!view.Log.IsCurrent)
                return Fetched(position, view, default);
            if (ConsumerRead.Judge(WithLease(view), position.LeaderEpoch, NowMs) is var error and not ErrorCode.None)
                return Failed(position, error, view);
            _cluster.Checks.OnServed(this, position.Partition, view, records);
            return Fetched(position, view, records);
        }
        catch (StorageException e)
        {
            ToReplica(position.Partition, (s, fx) => s.Machine!.OnStorageFailed(NowMs, e.Message, fx));
            return Failed(position, ErrorCode.KafkaStorageError, view);
        }
    }

    private void Conclude(
        ClientConnection connection,
        long callId,
        FetchRequest request,
        long deadlineMs,
        ReadView?[] views,
        PartitionFetched[] results)
    {
        var hasNews = results.Any(r => r.Error != ErrorCode.None || r.DivergingEpochEnd >= 0 || !r.Records.IsEmpty);
        if (hasNews || NowMs >= deadlineMs)
        {
            Reply(connection, callId, new FetchResponse([.. results]));
            return;
        }

        // Parked: the first thing that happens decides anew, and the others come too late.
        var isOver = false;
        void Wake()
        {
            if (isOver)
                return;
            isOver = true;
            Fetch(connection, callId, request, deadlineMs);
        }

        for (var i = 0; i < views.Length; i++)
        {
            if (!_slots.TryGetValue(request.Positions[i].Partition, out var slot))
                continue;
            var waiter = new ReadWaiter(
                Math.Max(request.Positions[i].Offset, views[i]?.HighWatermark ?? 0),
                views[i]?.LeaderEpoch ?? LeaderEpoch.None,
                Wake);
            if (slot.View is { } view && waiter.IsReady(view))
                AfterUs(0, Wake);
            else
                slot.Waiters.Add(waiter);
        }

        After(Math.Max(1, deadlineMs - NowMs), Wake);
    }

    private static PartitionFetched Fetched(FetchPosition position, ReadView view, ReadOnlyMemory<byte> records) => new(
        position.Partition, ErrorCode.None, view.HighWatermark, view.LastStableOffset, view.LogStartOffset,
        LeaderEpoch.None, -1, records);

    private static PartitionFetched Failed(FetchPosition position, ErrorCode error, ReadView? view) => new(
        position.Partition, error, view?.HighWatermark ?? -1, view?.LastStableOffset ?? -1, view?.LogStartOffset ?? -1,
        LeaderEpoch.None, -1, default);
}
