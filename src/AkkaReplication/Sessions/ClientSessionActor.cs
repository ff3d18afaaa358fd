using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Groups;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

/// <summary>
/// One client's connection to one broker: takes its calls in order, hands writes to replicas, has read what replicas have
/// published, and passes topic commands on to the controller. Never waits for a disk. Ends with the broker's life.
/// </summary>
internal sealed partial class ClientSessionActor : UntypedActor, IWithTimers
{
    /// <summary>Calls without an answer that a session may have; nobody who waits for answers comes near it.</summary>
    internal const int MostUnanswered = 10_000;

    /// <summary>Where descriptions of groups show a client's address.</summary>
    private const string InProcess = "in-process";

    private readonly BrokerContext _broker;
    private readonly IActorRef _client;
    private readonly IActorRef _controller;
    private readonly GroupClient _groupClient;
    private readonly bool _reportsWritten;
    private readonly Dictionary<long, PendingForward> _forwards = [];
    private readonly HashSet<long> _unanswered = [];
    private readonly HashSet<IActorRef> _watched = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private long _nextRequestId;

    public ClientSessionActor(
        BrokerContext broker, IActorRef client, IActorRef controller, string clientId, bool reportsWritten)
    {
        _groupClient = new GroupClient(clientId, InProcess);
        _reportsWritten = reportsWritten;
        _broker = broker;
        _client = client;
        _controller = controller;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        BrokerContext broker,
        IActorRef client,
        IActorRef controller,
        string clientId = "",
        bool reportsWritten = false) =>
        Akka.Actor.Props.Create(() => new ClientSessionActor(broker, client, controller, clientId, reportsWritten))
            .WithDispatcher(ReplicationDispatchers.Network);

    protected override void PreStart() => Context.Watch(_client);

    protected override void PostStop()
    {
        GiveBackProduceBudget();
        _broker.ConsumerFetchBudget.Give(_reading.Values.Sum(bytes => (long)bytes) + _unwritten.Values.Sum());
        foreach (var fetch in _fetches.Values)
        {
            _broker.ConsumerFetchBudget.Give(fetch.TakeCredit());
            ForgetWaiters(fetch);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClientCall call:
                OnCall(call);
                break;
            case ReplicaProtocol.Produced produced:
                OnProduced(produced);
                break;
            case ReplicaProtocol.Taken taken:
                OnTaken(taken);
                break;
            case ReplicaProtocol.RecordsDeleted deleted:
                OnRecordsDeleted(deleted);
                break;
            case ReplyWritten written:
                if (_unwritten.Remove(written.CorrelationId, out var credit))
                    _broker.ConsumerFetchBudget.Give(credit);
                break;
            case CreditGranted granted:
                OnCreditGranted(granted.Bytes);
                break;
            case ReadReady ready:
                OnReadReady(ready.CallId);
                break;
            case ConsumerReadsDone done:
                OnReadsDone(done);
                break;
            case OffsetFound found:
                OnOffsetFound(found);
                break;
            case OffsetsDeadline deadline:
                OnOffsetsDeadline(deadline.CallId);
                break;
            case FetchDeadline deadline:
                OnFetchDeadline(deadline.CallId);
                break;
            case ForwardDeadline deadline:
                OnForwardDeadline(deadline.RequestId);
                break;
            case GroupReply reply:
                Reply(reply.CorrelationId, reply.Response);
                break;
            case ProducerIdGranted granted:
                Reply(granted.CallId, new InitProducerIdResponse(granted.Error, granted.ProducerId, 0));
                break;
            case TopicsAnswer answer:
                OnForwarded(answer.RequestId, answer.Error, answer);
                break;
            case IncrementalAlterConfigsAnswer answer:
                OnForwarded(answer.RequestId, answer.Error, answer);
                break;
            case ElectLeadersAnswer answer:
                OnForwarded(answer.RequestId, answer.Error, answer);
                break;
            case Terminated terminated when _watched.Remove(terminated.ActorRef):
                OnProducesLost(terminated.ActorRef);
                OnDeletesLost(terminated.ActorRef);
                break;
            case Terminated or ReplicaProtocol.Close:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnCall(ClientCall call)
    {
        if (_unanswered.Count >= MostUnanswered)
        {
            End($"{MostUnanswered} calls are unanswered");
            return;
        }

        if (!_unanswered.Add(call.CorrelationId))
        {
            // Which of the two an answer would be for nobody could tell.
            End($"call {call.CorrelationId} came again before it was answered");
            return;
        }

        switch (call.Request)
        {
            case ProduceRequest produce:
                OnProduce(call.CorrelationId, produce);
                break;
            case FetchRequest fetch:
                OnFetch(call.CorrelationId, fetch);
                break;
            case MetadataRequest metadata:
                Reply(call.CorrelationId, MetadataAnswers.Describe(_broker.Image, metadata));
                break;
            case ListOffsetsRequest offsets:
                OnListOffsets(call.CorrelationId, offsets);
                break;
            case OffsetForLeaderEpochRequest epochs:
                Reply(call.CorrelationId, new OffsetForLeaderEpochResponse([.. epochs.Queries.Select(EpochEndOf)]));
                break;
            case DeleteRecordsRequest delete:
                OnDeleteRecords(call.CorrelationId, delete);
                break;
            case DescribeConfigsRequest configs:
                Reply(call.CorrelationId, ConfigAnswers.Describe(_broker, configs));
                break;
            case DescribeLogDirsRequest directories:
                Reply(call.CorrelationId, LogDirAnswers.Describe(_broker, directories));
                break;
            case FindCoordinatorRequest find:
                OnFindCoordinator(call.CorrelationId, find);
                break;
            case GroupRequest or ListGroupsRequest:
                _broker.Groups.Tell(new GroupCall(call.CorrelationId, _groupClient, call.Request), Self);
                break;
            case InitProducerIdRequest:
                Context.Parent.Tell(new ProducerIdWanted(call.CorrelationId));
                break;
            case CreateTopicsRequest create:
                Forward(call.CorrelationId, create, create.TimeoutMs, id => new CreateTopics(id, create.Topics, create.ValidateOnly));
                break;
            case DeleteTopicsRequest delete:
                Forward(call.CorrelationId, delete, delete.TimeoutMs, id => new DeleteTopics(id, delete.Names));
                break;
            case CreatePartitionsRequest grow:
                Forward(call.CorrelationId, grow, grow.TimeoutMs, id => new CreatePartitions(id, grow.Topics, grow.ValidateOnly));
                break;
            case IncrementalAlterConfigsRequest alter:
                Forward(
                    call.CorrelationId,
                    alter,
                    alter.TimeoutMs,
                    id => new IncrementalAlterConfigs(id, alter.Resources, alter.ValidateOnly));
                break;
            case ElectLeadersRequest elect:
                Forward(call.CorrelationId, elect, elect.TimeoutMs, id => new ElectLeaders(id, elect.Type, elect.Partitions));
                break;
            default:
                _unanswered.Remove(call.CorrelationId);
                Unhandled(call);
                break;
        }
    }

    /// <summary>The client does what no client does; the end of the session tells it.</summary>
    private void End(string reason)
    {
        _logger.Warning("The session of {0} ends: {1}", _client, reason);
        Context.Stop(Self);
    }

    /// <summary>Its end is the answer to everything that it has not answered.</summary>
    private void WatchReplica(IActorRef replica)
    {
        if (_watched.Add(replica))
            Context.Watch(replica);
    }

    private void Reply(long correlationId, ClientResponse response)
    {
        if (_unanswered.Remove(correlationId))
            _client.Tell(new ClientReply(correlationId, response), Self);
    }

    private void Forward(long callId, ClientRequest request, int timeoutMs, Func<long, object> toController)
    {
        var requestId = _nextRequestId++;
        _forwards.Add(requestId, new PendingForward(callId, request));
        Timers.StartSingleTimer(
            new ForwardDeadline(requestId), new ForwardDeadline(requestId), TimeSpan.FromMilliseconds(Math.Max(1, timeoutMs)));
        _controller.Tell(toController(requestId), Self);
    }

    private void OnForwarded(long requestId, ErrorCode error, object answer)
    {
        if (!_forwards.Remove(requestId, out var forward))
            return;
        Timers.Cancel(new ForwardDeadline(requestId));
        Reply(forward.CallId, Answer(forward.Request, error, answer));
    }

    private void OnForwardDeadline(long requestId)
    {
        // The command may still be carried out: the outcome is unknown, as REQUEST_TIMED_OUT says.
        if (_forwards.Remove(requestId, out var forward))
            Reply(forward.CallId, Answer(forward.Request, ErrorCode.RequestTimedOut, null));
    }

    private ClientResponse Answer(ClientRequest request, ErrorCode error, object? answer) => request switch
    {
        FindCoordinatorRequest find => CoordinatorOf(find),
        CreateTopicsRequest => new CreateTopicsResponse(error, (answer as TopicsAnswer)?.Results ?? []),
        DeleteTopicsRequest => new DeleteTopicsResponse(error, (answer as TopicsAnswer)?.Results ?? []),
        CreatePartitionsRequest => new CreatePartitionsResponse(error, (answer as TopicsAnswer)?.Results ?? []),
        IncrementalAlterConfigsRequest =>
            new IncrementalAlterConfigsResponse(error, (answer as IncrementalAlterConfigsAnswer)?.Results ?? []),
        ElectLeadersRequest => new ElectLeadersResponse(error, (answer as ElectLeadersAnswer)?.Results ?? []),
        _ => throw new InvalidOperationException($"{request} is not forwarded."),
    };

    /// <summary>Why a partition is not served here: it is unknown, or lives elsewhere.</summary>
    private ErrorCode NotHere(TopicIdPartition partition)
    {
        if (_broker.Replicas.TryGet(partition, out var replica) && replica.IsBroken)
            return ErrorCode.KafkaStorageError;
        return _broker.Image.TryGetPartition(partition) is not null ? ErrorCode.NotLeaderOrFollower : ErrorCode.UnknownTopicId;
    }

    private readonly record struct PendingForward(long CallId, ClientRequest Request);

    private sealed record ForwardDeadline(long RequestId) : INoSerializationVerificationNeeded;

    private sealed record OffsetsDeadline(long CallId) : INoSerializationVerificationNeeded;

    private sealed record FetchDeadline(long CallId) : INoSerializationVerificationNeeded;
}

/// <summary>A session asks its broker for a producer id.</summary>
internal sealed record ProducerIdWanted(long CallId) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="ProducerIdWanted"/>.</summary>
internal sealed record ProducerIdGranted(long CallId, ErrorCode Error, long ProducerId) : INoSerializationVerificationNeeded;
