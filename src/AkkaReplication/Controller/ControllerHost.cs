using Akka.Actor;
using Akka.Event;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// The shell of <see cref="ControllerClaim"/>: claims a controller epoch at the voter, runs the controller in it, and claims
/// the next one when that stops (P1, P2). Brokers and sessions talk to this actor, which lasts as long as the cluster.
/// </summary>
internal sealed class ControllerHost : UntypedActor, IWithTimers
{
    private readonly ControllerStart _start;
    private readonly Claimant _self;
    private readonly ControllerClaim _claim;
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private IActorRef _sessions = ActorRefs.Nobody;
    private IActorRef? _controller;

    public ControllerHost(ControllerStart start)
    {
        _start = start;
        _self = new Claimant(start.Cluster, Guid.NewGuid());
        _claim = new ControllerClaim(new ControllerClaimOptions(start.ClusterId, _self), Random.Shared.NextDouble);
        _interpreter = new EffectInterpreter(Perform);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ControllerStart start) =>
        Akka.Actor.Props.Create(() => new ControllerHost(start)).WithDispatcher(ReplicationDispatchers.Metadata);

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void PreStart()
    {
        _sessions = Context.Watch(Context.ActorOf(ControllerSessionsActor.Props(_start), "sessions"));
        MetadataLogs.Of(Context.System).Add(MetadataJournal.PersistenceIdOf(_start.Cluster), _start.Voter);
        _claim.Start(_effects);
        _interpreter.Run(_effects);
    }

    protected override void PostStop() =>
        MetadataLogs.Of(Context.System).Remove(MetadataJournal.PersistenceIdOf(_start.Cluster));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case BrokerHeartbeat or RegisterBroker:
                _sessions.Forward(message);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_controller):
                _controller = null;
                _sessions.Tell(ControllerSessionsActor.ControllerGone.Instance);
                _claim.OnControllerStopped(_effects);
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_sessions):
                // Nobody would answer heartbeats any more, and what it knew of brokers is lost: all of this begins anew.
                throw new InvalidOperationException($"The broker sessions of cluster {_start.Cluster} ended.");
            case VoterAnswered { Answer: ClaimAnswer answer }:
                _claim.OnClaimAnswer(answer, _effects);
                break;
            case VoterAnswered { Answer: AppendMetadataAnswer answer }:
                _claim.OnAppendAnswer(answer, _effects);
                break;
            case ClaimTimer:
                _claim.OnTimer(_effects);
                break;
            default:
                if (_controller is { } controller)
                    controller.Forward(message);
                else if (Refusal(message) is { } refusal)
                    Sender.Tell(refusal, Self);
                break;
        }

        _interpreter.Run(_effects);
    }

    /// <summary>
    /// Without a controller users learn at once that nothing was done; brokers are not answered and ask again by
    /// themselves, as after a lost message.
    /// </summary>
    private static object? Refusal(object command) => command switch
    {
        CreateTopics c => new TopicsAnswer(c.RequestId, ErrorCode.NotController, []),
        DeleteTopics c => new TopicsAnswer(c.RequestId, ErrorCode.NotController, []),
        CreatePartitions c => new TopicsAnswer(c.RequestId, ErrorCode.NotController, []),
        IncrementalAlterConfigs c => new IncrementalAlterConfigsAnswer(c.RequestId, ErrorCode.NotController, []),
        ElectLeaders c => new ElectLeadersAnswer(c.RequestId, ErrorCode.NotController, []),
        ResignLeadership c => new ElectLeadersAnswer(c.RequestId, ErrorCode.NotController, []),
        _ => null,
    };

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case SendClaim send:
                AskVoter(() => _start.Voter.Claim(send.Claim));
                break;
            case SendAppendMetadata send:
                AskVoter(() => _start.Voter.Append(send.Append));
                break;
            case StartClaimTimer timer:
                Timers.StartSingleTimer(ClaimTimer.Instance, ClaimTimer.Instance, TimeSpan.FromMilliseconds(timer.DelayMs));
                break;
            case ControllerMayStart start:
                _controller = Context.Watch(Context.ActorOf(
                    ControllerActor.Props(_start, start.Epoch, _self, _sessions), $"controller-{start.Epoch}"));
                break;
            case ControllerMustStop stop:
                _logger.Warning("Controller epoch {0} ends: {1}", stop.Epoch, stop.Reason);
                if (_controller is { } controller)
                    Context.Stop(controller);
                break;
            default:
                throw new InvalidOperationException($"A controller host does not know the effect {effect}.");
        }
    }

    /// <summary>The voter writes and flushes; a failed one does not answer, and the claim's timer tries again.</summary>
    private void AskVoter(Func<object> ask)
    {
        try
        {
            Self.Tell(new VoterAnswered(ask()));
        }
        catch (ReplicationException e)
        {
            _logger.Error(e, "The voter of cluster {0} failed", _start.Cluster);
        }
    }

    private sealed record VoterAnswered(object Answer) : INoSerializationVerificationNeeded;

    private sealed class ClaimTimer : INoSerializationVerificationNeeded
    {
        public static readonly ClaimTimer Instance = new();
    }
}
