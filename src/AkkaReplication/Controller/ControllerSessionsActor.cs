using Akka.Actor;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// The shell of <see cref="BrokerSessions"/>: stamps heartbeats on arrival and answers those that change nothing, beside the
/// persistent controller, so that no slow flush looks like silent brokers (T1).
/// </summary>
internal sealed class ControllerSessionsActor : UntypedActor, IWithTimers
{
    private readonly BrokerSessions _sessions;
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private readonly Dictionary<IActorRef, BrokerHeartbeat> _connections = [];
    private readonly Dictionary<BrokerId, (RegisterBroker Request, IActorRef Broker)> _registrations = [];
    private IActorRef _controller = ActorRefs.Nobody;

    public ControllerSessionsActor(ControllerStart start)
    {
        _sessions = new BrokerSessions(new BrokerSessionsOptions(
            start.Settings.BrokerSessionTimeoutMs, start.Settings.BrokerHeartbeatIntervalMs));
        _interpreter = new EffectInterpreter(Perform);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ControllerStart start) => Akka.Actor.Props.Create(() => new ControllerSessionsActor(start));

    protected override void OnReceive(object message)
    {
        var now = Context.NowMs();
        switch (message)
        {
            case BrokerHeartbeat heartbeat:
                Remember(heartbeat);
                _sessions.OnHeartbeat(now, heartbeat, _effects);
                break;
            case RegisterBroker register when _controller.IsNobody():
                _registrations[register.Broker] = (register, Sender);
                break;
            case RegisterBroker register:
                _sessions.OnRegister(now, register, _effects);
                break;
            case Committed committed:
                _sessions.OnImage(now, committed.Image, _effects);
                _sessions.OnWriteCommitted(now, _effects);
                break;
            case WriteBegan:
                _sessions.OnWriteStarted(now);
                break;
            case ControllerReady ready:
                OnControllerReady(now, ready);
                break;
            case ControllerGone:
                _controller = ActorRefs.Nobody;
                _sessions.OnControllerInactive();
                break;
            case SessionTimer:
                _sessions.OnTimer(now, _effects);
                break;
            case Terminated terminated:
                // In one process a broker's actor that is gone is what a refused connection is between processes.
                if (_connections.Remove(terminated.ActorRef, out var last))
                    _sessions.OnConnectionClosed(now, last.Broker, last.BrokerEpoch, _effects);
                break;
            default:
                Unhandled(message);
                break;
        }

        _interpreter.Run(_effects);
    }

    private void OnControllerReady(long now, ControllerReady ready)
    {
        _controller = ready.Controller;
        _sessions.OnControllerActive(now, ready.Image, _effects);

        // Nobody waits for a time-out because a controller came a moment later.
        foreach (var broker in _connections.Keys)
            broker.Tell(new ControllerChanged(ready.Image.Epoch));
        foreach (var (request, broker) in _registrations.Values)
            Self.Tell(request, broker);
        _registrations.Clear();
    }

    private void Remember(BrokerHeartbeat heartbeat)
    {
        if (!_connections.TryGetValue(Sender, out var last))
            Context.Watch(Sender);
        if (last is null || last.BrokerEpoch < heartbeat.BrokerEpoch)
            _connections[Sender] = heartbeat;
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case AnswerHeartbeat answer:
                Sender.Tell(answer.Answer);
                break;
            case SubmitToController submit:
                _controller.Tell(new ControllerActor.Submitted(submit.Command), Sender);
                break;
            case StartSessionTimer timer:
                Timers.StartSingleTimer(
                    SessionTimer.Instance, SessionTimer.Instance, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            default:
                throw new InvalidOperationException($"Sessions do not know the effect {effect}.");
        }
    }

    /// <summary>A controller's epoch has begun: commands go there.</summary>
    public sealed record ControllerReady(IActorRef Controller, MetadataImage Image) : INoSerializationVerificationNeeded;

    /// <summary>The controller stopped.</summary>
    public sealed class ControllerGone : INoSerializationVerificationNeeded
    {
        public static readonly ControllerGone Instance = new();
    }

    /// <summary>A write is under way: nothing is fenced until it is committed.</summary>
    public sealed class WriteBegan : INoSerializationVerificationNeeded
    {
        public static readonly WriteBegan Instance = new();
    }

    /// <summary>A write is committed, and this is what it led to.</summary>
    public sealed record Committed(MetadataImage Image) : INoSerializationVerificationNeeded;

    private sealed class SessionTimer : INoSerializationVerificationNeeded
    {
        public static readonly SessionTimer Instance = new();
    }
}
