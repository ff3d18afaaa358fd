using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>
/// The groups of one partition of __consumer_offsets during one leadership of this broker: reads them from the log, hands
/// them requests, and writes what they decide, all through a session as a client has it. Its end is the leadership's.
/// </summary>
internal sealed partial class GroupShardActor : UntypedActor, IWithTimers
{
    /// <summary>A scheduler need not know of weeks: a timer that fires early costs a turn.</summary>
    private const long LongestTimerMs = 24 * 60 * 60 * 1000;

    private readonly BrokerContext _broker;
    private readonly IActorRef _brokerActor;
    private readonly TopicIdPartition _partition;
    private readonly LeaderEpoch _epoch;
    private readonly GroupShard _shard;
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private readonly Dictionary<RequestToken, (IActorRef Client, long CorrelationId)> _waiting = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private IActorRef? _session;
    private long _nextToken;
    private long _nextCall;

    public GroupShardActor(
        BrokerContext broker,
        IActorRef brokerActor,
        TopicIdPartition partition,
        LeaderEpoch epoch,
        GroupCoordinatorOptions options)
    {
        _broker = broker;
        _brokerActor = brokerActor;
        _partition = partition;
        _epoch = epoch;
        _interpreter = new EffectInterpreter(Perform);
        _shard = new GroupShard(options, p => broker.Image.TryGetPartition(p) is not null, Guid.NewGuid);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static GroupTime Time => new(Context.NowMs(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    public static Props Props(
        BrokerContext broker,
        IActorRef brokerActor,
        TopicIdPartition partition,
        LeaderEpoch epoch,
        GroupCoordinatorOptions options) =>
        Akka.Actor.Props.Create(() => new GroupShardActor(broker, brokerActor, partition, epoch, options))
            .WithDispatcher(ReplicationDispatchers.Network);

    protected override void PreStart()
    {
        _shard.OnLeader(_epoch, _effects);
        _interpreter.Run(_effects);
        OpenSession();
    }

    protected override void PostStop()
    {
        _shard.OnResigned(_effects);
        _interpreter.Run(_effects);
        _session?.Tell(PoisonPill.Instance);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupCall { Request: ListGroupsRequest list } call:
                Sender.Tell(new GroupReply(call.CorrelationId, List(list)), Self);
                break;
            case GroupCall call:
                OnCall(call);
                break;
            case ClientReply { Response: ProduceResponse produced } reply:
                OnProduced(reply.CorrelationId, produced);
                break;
            case ClientReply { Response: FetchResponse fetched }:
                OnFetched(fetched.Results[0]);
                break;
            case NotWritten failed:
                _shard.OnPersisted(Time, _epoch, failed.Write.GroupId, failed.Write.PersistId, failed.Error, _effects);
                break;
            case GroupTimer timer:
                _shard.OnTimer(Time, timer.GroupId, _effects);
                break;
            case TopicDeleted deleted:
                _shard.OnTopicDeleted(Time, deleted.Topic, _effects);
                break;
            case ClientSessionOpened opened:
                _session = Context.Watch(opened.Session);
                LoadNext();
                break;
            case ClientSessionRefused:
                Timers.StartSingleTimer(SessionRetry.Instance, SessionRetry.Instance, RetryBackoff);
                break;
            case SessionRetry:
                OpenSession();
                break;
            case LoadRetry:
                LoadNext();
                break;
            case Terminated:
                throw new InvalidOperationException("The session of a group coordinator has ended before it.");
            default:
                Unhandled(message);
                break;
        }

        _interpreter.Run(_effects);
    }

    private void OpenSession() => _brokerActor.Tell(new OpenClientSession("group-coordinator"), Self);

    private void OnCall(GroupCall call)
    {
        if (_shard.IsActive && !Leads())
        {
            Sender.Tell(
                new GroupReply(call.CorrelationId, GroupRefusals.Refuse(call.Request, ErrorCode.NotCoordinator)), Self);
            return;
        }

        var token = new RequestToken(_nextToken++);
        _waiting.Add(token, (Sender, call.CorrelationId));
        _shard.OnRequest(Time, token, call.Client, call.Request, _effects);
    }

    /// <summary>
    /// As for a reader of the log: where another broker may lead already, what is known here may be old.
    /// </summary>
    private bool Leads() =>
        _broker.Replicas.TryGet(_partition, out var replica) && replica.View is { } view
        && ConsumerRead.Judge(_broker.WithLease(view), _epoch, Context.NowMs()) == ErrorCode.None;

    private ListGroupsResponse List(ListGroupsRequest list) => _shard.List(list.States) is { } groups
        ? new ListGroupsResponse(ErrorCode.None, groups)
        : new ListGroupsResponse(ErrorCode.CoordinatorLoadInProgress, []);

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case AnswerGroupRequest answer:
                if (_waiting.Remove(answer.Token, out var waiter))
                    waiter.Client.Tell(new GroupReply(waiter.CorrelationId, answer.Response), Self);
                break;
            case PersistGroupRecords persist:
                Append(persist);
                break;
            case StartGroupTimer timer:
                Timers.StartSingleTimer(
                    new GroupTimer(timer.GroupId),
                    new GroupTimer(timer.GroupId),
                    TimeSpan.FromMilliseconds(Math.Min(timer.DelayMs, LongestTimerMs)));
                break;
            case GroupRemoved removed:
                Timers.Cancel(new GroupTimer(removed.GroupId));
                break;
            case GroupObserved observed:
                _logger.Info(
                    "Group {0} ({1}, generation {2}): {3}",
                    observed.GroupId,
                    observed.State,
                    observed.Generation,
                    observed.Event);
                break;
            default:
                throw new InvalidOperationException($"Nobody carries out {effect}.");
        }
    }

    /// <summary>The cluster's metadata has lost a topic of that name.</summary>
    internal sealed record TopicDeleted(string Topic) : INoSerializationVerificationNeeded;

    private sealed record GroupTimer(string GroupId) : INoSerializationVerificationNeeded;

    private sealed record NotWritten(PersistGroupRecords Write, ErrorCode Error) : INoSerializationVerificationNeeded;

    private sealed record SessionRetry : INoSerializationVerificationNeeded
    {
        public static readonly SessionRetry Instance = new();
    }

    private sealed record LoadRetry : INoSerializationVerificationNeeded
    {
        public static readonly LoadRetry Instance = new();
    }
}
