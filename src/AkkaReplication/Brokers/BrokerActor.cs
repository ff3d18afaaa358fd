using Akka.Actor;
using Akka.Event;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Listeners;
using AkkaReplication.Replicas;
using AkkaReplication.Sessions;
using AkkaReplication.Storage;

namespace AkkaReplication.Brokers;

/// <summary>
/// The shell of one life of a broker: opens its storage, runs its lifecycle and metadata machines against the controller,
/// and is the parent of its replicas, links and client sessions. Never outlives that one life (F4).
/// </summary>
internal sealed partial class BrokerActor : UntypedActor, IWithTimers
{
    private readonly BrokerLife _life;
    private readonly IActorRef _controller;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private Task<StorageSession>? _opening;
    private BrokerContext? _broker;
    private BrokerLifecycle? _lifecycle;
    private MetadataFollower? _follower;
    private IsrProposalQueue? _proposals;
    private ProducerIdBlocks? _producerIds;
    private RetentionRounds? _retention;
    private CleaningRounds? _cleaning;
    private bool _running;
    private volatile bool _closing;

    public BrokerActor(BrokerLife life, IActorRef controller)
    {
        _life = life;
        _controller = controller;
        _interpreter = new EffectInterpreter(Perform);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(BrokerLife life, IActorRef controller) =>
        Akka.Actor.Props.Create(() => new BrokerActor(life, controller));

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void PreStart()
    {
        // Recovery reads whole logs: it has a thread of its own.
        _opening = Task.Factory.StartNew(
            OpenStorage, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _opening.PipeTo(Self, success: s => new StorageOpened(s), failure: e => new StorageFailed(e));
    }

    protected override void PostStop()
    {
        _closing = true;
        var life = _life;
        if (_opening is null)
        {
            life.MarkReleased();
            return;
        }

        // Whatever ended this life, its files and ports are free before the next one begins (F6).
        var broker = _broker;
        _opening.ContinueWith(
            async opened =>
            {
                try
                {
                    if (opened.IsCompletedSuccessfully)
                        await opened.Result.KillAsync().ConfigureAwait(false);
                    if (broker is not null)
                        await broker.ListenerReleased.ConfigureAwait(false);
                }
                finally
                {
                    life.MarkReleased();
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    protected override void OnReceive(object message)
    {
        var now = Context.NowMs();
        switch (message)
        {
            case StorageOpened opened:
                OnStorageOpened(now, opened.Session);
                break;
            case StorageFailed failed:
                End(clean: false, mayRestart: false, failed.Cause.Message, AsReplicationException(failed.Cause));
                break;
            case ListenerProtocol.Bound bound when _lifecycle is null:
                Begin(now, bound.Endpoints);
                break;
            case ListenerProtocol.BindFailed failed:
                OnBindFailed(failed);
                break;
            case ListenerProtocol.Drained:
                CloseLogs();
                break;
            case StorageClosed closed:
                End(closed.Error is null, mayRestart: false, closed.Error ?? "stopped in order", null);
                break;
            case BrokerProtocol.ShutDown when _lifecycle is null:
                End(clean: false, mayRestart: false, "stopped before its storage was open", null);
                break;
            case BrokerProtocol.ShutDown:
                _lifecycle.OnShutdownRequested(now, _effects);
                break;
            case OpenClientSession open:
                OnOpenClientSession(open);
                break;
            case RegisterBrokerAnswer answer:
                _lifecycle?.OnRegisterAnswer(now, answer, _effects);
                break;
            case BrokerHeartbeatAnswer answer:
                _lifecycle?.OnHeartbeatAnswer(now, answer, _effects);
                break;
            case FetchMetadataAnswer answer:
                _follower?.OnAnswer(now, answer, _effects);
                break;
            case MetadataAdvanced advanced:
                _follower?.OnAdvanced(now, advanced, _effects);
                break;
            case ControllerChanged:
                OnControllerChanged(now);
                break;
            case AlterPartitionsAnswer answer:
                _proposals?.OnAnswer(now, answer, _effects);
                break;
            case AllocateProducerIdsAnswer answer:
                _producerIds?.OnAnswer(now, answer, _effects);
                break;
            case ProducerIdWanted wanted:
                OnProducerIdWanted(now, wanted);
                break;
            case ReplicaProtocol.IsrWanted wanted:
                OnIsrWanted(now, wanted.Effect);
                break;
            case ReplicaProtocol.Opened:
                OnStarted(now, Sender);
                break;
            case ReplicaProtocol.Failed failed:
                OnReplicaFailed(now, failed);
                break;
            case Checkpointed done:
                OnCheckpointed(done);
                break;
            case SegmentsDeleted done:
                OnSegmentsDeleted(done);
                break;
            case StraysDeleted done:
                OnStraysDeleted(done);
                break;
            case CleaningStepDone done:
                OnCleaningStepDone(now, done);
                break;
            case CleaningDue due:
                _cleaning!.OnTimer(due.LogDir, _effects);
                break;
            case Terminated terminated:
                OnChildStopped(now, terminated.ActorRef);
                break;
            case BrokerTimer timer:
                OnTimer(now, timer);
                break;
            default:
                Unhandled(message);
                break;
        }

        _interpreter.Run(_effects);
    }
}
