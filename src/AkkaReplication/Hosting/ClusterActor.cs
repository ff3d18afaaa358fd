using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Links;
using AkkaReplication.Listeners;
using AkkaReplication.Storage.Files;

namespace AkkaReplication;

/// <summary>
/// The parent of everything that belongs to a cluster in this process: starts and ends brokers' lives, one at a time per
/// broker, and begins a new life where one ended by itself. Supervises brokers by Stop (F1); the new life starts from the disk.
/// </summary>
internal sealed class ClusterActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(200);

    private readonly ClusterStart _start;
    private readonly SortedDictionary<BrokerId, Slot> _slots = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();

    public ClusterActor(ClusterStart start) => _start = start;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ClusterStart start) => Akka.Actor.Props.Create(() => new ClusterActor(start));

    /// <summary>
    /// A broker's next life is a new actor. The controller's host and the gateways to it are known by their references: they
    /// begin anew in their places, the controller in a new epoch all the same (P2).
    /// </summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        e => e is ActorInitializationException || _slots.Values.Any(slot => Sender.Equals(slot.Actor))
            ? Directive.Stop
            : Directive.Restart);

    protected override void PreStart()
    {
        var controller = Context.ActorOf(ControllerHost.Props(_start.Controller), "controller");
        foreach (var id in _start.BrokerIds)
        {
            var gateway = Context.ActorOf(
                GatewayActor.Props(id, controller, _start.Carrier), ReplicationPaths.GatewayName(id));
            _slots.Add(id, new Slot(id, gateway));
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartBroker start:
                OnStart(_slots[start.Broker]);
                break;
            case KillBroker kill:
                OnKill(_slots[kill.Broker]);
                break;
            case StopBroker stop:
                OnStop(_slots[stop.Broker]);
                break;
            case Ping:
                Sender.Tell(Done.Instance);
                break;
            case BrokerProtocol.Running running:
                OnRunning(_slots[running.Broker]);
                break;
            case BrokerProtocol.Ending ending:
                _slots[ending.Broker].Ending = ending;
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            case LifeReleased released:
                OnReleased(_slots[released.Broker]);
                break;
            case Restart restart:
                if (_slots[restart.Broker] is { Wanted: true, Life: null } slot)
                    Begin(slot);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnStart(Slot slot)
    {
        if (slot.IsRunning)
        {
            Sender.Tell(Done.Instance);
            return;
        }

        slot.WhoWaitForStart.Add(Sender);
        slot.Wanted = true;
        if (slot.Life is null)
            Begin(slot);
    }

    private void OnKill(Slot slot)
    {
        if (!ExpectEnd(slot) || slot.Actor is not { } actor)
            return;
        slot.Ending ??= new BrokerProtocol.Ending(slot.Id, Clean: false, MayRestart: false, "killed", null);
        Context.Stop(actor);
    }

    private void OnStop(Slot slot)
    {
        if (ExpectEnd(slot))
            slot.Actor!.Tell(BrokerProtocol.ShutDown.Instance);
    }

    private bool ExpectEnd(Slot slot)
    {
        slot.Wanted = false;
        FailStarts(slot, new ReplicationException(ErrorCode.BrokerNotAvailable, $"Broker {slot.Id} was stopped."));
        if (slot.Life is null)
        {
            Sender.Tell(Done.Instance);
            return false;
        }

        slot.WhoWaitForEnd.Add(Sender);
        return slot.Actor is not null;
    }

    private void Begin(Slot slot)
    {
        var life = new BrokerLife(
            _start.Name,
            _start.ClusterId,
            slot.Id,
            _start.Racks.GetValueOrDefault(slot.Id),
            _start.LogDirs[slot.Id],
            _start.Settings,
            _start.Carrier,
            _start.Files,
            _start.State,
            _start.Listener);
        slot.Life = life;
        slot.Ending = null;
        slot.IsRunning = false;
        slot.Actor = Context.Watch(
            Context.ActorOf(BrokerActor.Props(life, slot.Gateway), ReplicationPaths.BrokerName(slot.Id)));
    }

    private static void OnRunning(Slot slot)
    {
        slot.IsRunning = true;
        foreach (var waiting in slot.WhoWaitForStart)
            waiting.Tell(Done.Instance);
        slot.WhoWaitForStart.Clear();
    }

    private void OnTerminated(IActorRef actor)
    {
        if (_slots.Values.FirstOrDefault(s => actor.Equals(s.Actor)) is not { Life: { } life } slot)
            return;
        slot.Actor = null;
        slot.IsRunning = false;
        _start.State.Remove(slot.Id);
        life.Released.PipeTo(Self, success: () => new LifeReleased(slot.Id));
    }

    private void OnReleased(Slot slot)
    {
        var ending = slot.Ending
            ?? new BrokerProtocol.Ending(slot.Id, Clean: false, MayRestart: true, "its actor failed", null);
        slot.Life = null;
        slot.Ending = null;
        Context.System.EventStream.Publish(new BrokerStopped(_start.Name, slot.Id, ending.Clean, ending.Reason));
        foreach (var waiting in slot.WhoWaitForEnd)
            waiting.Tell(Done.Instance);
        slot.WhoWaitForEnd.Clear();
        if (!slot.Wanted)
            return;
        if (ending.MayRestart)
        {
            _logger.Warning("Broker {0} ended ({1}); a new life begins", slot.Id, ending.Reason);
            Timers.StartSingleTimer(slot.Id, new Restart(slot.Id), RestartDelay);
            return;
        }

        _logger.Error(ending.Cause, "Broker {0} ended and stays down until it is started: {1}", slot.Id, ending.Reason);
        slot.Wanted = false;
        FailStarts(slot, ending.Cause ?? new ReplicationException(ErrorCode.BrokerNotAvailable, ending.Reason));
    }

    private static void FailStarts(Slot slot, Exception cause)
    {
        foreach (var waiting in slot.WhoWaitForStart)
            waiting.Tell(new Status.Failure(cause));
        slot.WhoWaitForStart.Clear();
    }

    /// <summary>One broker's place: at most one life at a time.</summary>
    private sealed class Slot(BrokerId id, IActorRef gateway)
    {
        public BrokerId Id => id;

        /// <summary>The broker's way to the controller.</summary>
        public IActorRef Gateway => gateway;

        public BrokerLife? Life { get; set; }

        public IActorRef? Actor { get; set; }

        public BrokerProtocol.Ending? Ending { get; set; }

        public bool Wanted { get; set; }

        public bool IsRunning { get; set; }

        public List<IActorRef> WhoWaitForStart { get; } = [];

        public List<IActorRef> WhoWaitForEnd { get; } = [];
    }

    public sealed record StartBroker(BrokerId Broker) : INoSerializationVerificationNeeded;

    public sealed record KillBroker(BrokerId Broker) : INoSerializationVerificationNeeded;

    public sealed record StopBroker(BrokerId Broker) : INoSerializationVerificationNeeded;

    /// <summary>What was asked for has been done.</summary>
    public sealed class Done : INoSerializationVerificationNeeded
    {
        public static readonly Done Instance = new();
    }

    /// <summary>Answered at once.</summary>
    public sealed class Ping : INoSerializationVerificationNeeded
    {
        public static readonly Ping Instance = new();
    }

    private sealed record LifeReleased(BrokerId Broker) : INoSerializationVerificationNeeded;

    private sealed record Restart(BrokerId Broker) : INoSerializationVerificationNeeded;
}

/// <summary>What a cluster's actor needs to begin.</summary>
internal sealed record ClusterStart(
    string Name,
    string ClusterId,
    ControllerStart Controller,
    IReadOnlyList<BrokerId> BrokerIds,
    IReadOnlyDictionary<BrokerId, string> Racks,
    IReadOnlyDictionary<BrokerId, ImmutableArray<string>> LogDirs,
    ReplicationSettings Settings,
    IPeerCarrier Carrier,
    IFileSystem Files,
    ClusterState State,
    IClientListener? Listener = null);
