using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>
/// A node that may be the controller: claims an epoch, decides in it, one command at a time, and answers when what it decided
/// is committed. Several may be alive at once; the voter's promise alone tells whose word counts.
/// </summary>
internal sealed class ControllerProcess : SimulatedProcess
{
    private const long ReadTimeoutMs = 1_500;

    // A connection to the voter brings again what was lost on it.
    private const long ResendMs = 100;

    private readonly Cluster _cluster;
    private readonly Queue<(object Command, int From, Action<object?> Answer)> _commands = new();
    private readonly SortedDictionary<int, bool> _brokers = [];
    private readonly SortedDictionary<BrokerId, (RegisterBroker Request, int From)> _registrations = [];
    private readonly ProcessTimer _claimTimer;
    private readonly ProcessTimer _sessionTimer;
    private readonly ProcessTimer _readTimer;
    private readonly ProcessTimer _resendTimer;
    private readonly ProcessTimer _confirmationTimer;
    private readonly ProcessTimer _uncleanTimer;
    private readonly ProcessTimer _preferredTimer;
    private ControllerClaim _claim = null!;
    private BrokerSessions _sessions = null!;
    private ControllerConfirmation _confirmation = null!;
    private long _firstEntrySentMs;
    private ControllerDecider _decider = null!;
    private Claimant _self = null!;
    private MetadataHistory? _history;
    private ControllerEpoch _epoch;
    private Write? _write;
    private bool _isReading;
    private int _sender;

    public ControllerProcess(Cluster cluster, int node)
        : base(cluster.World, node)
    {
        _cluster = cluster;
        _claimTimer = new ProcessTimer(this);
        _sessionTimer = new ProcessTimer(this);
        _readTimer = new ProcessTimer(this);
        _resendTimer = new ProcessTimer(this);
        _confirmationTimer = new ProcessTimer(this);
        _uncleanTimer = new ProcessTimer(this);
        _preferredTimer = new ProcessTimer(this);
    }

    /// <summary>It has an epoch and decides.</summary>
    public bool IsLeading => IsAlive && _history is not null;

    public ControllerEpoch Epoch => _epoch;

    public bool IsWriting => _write is not null;

    public MetadataImage? Image => _history?.Image;

    public void Start()
    {
        BeginLife();
        _history = null;
        _write = null;
        _isReading = false;
        _commands.Clear();
        _brokers.Clear();
        _registrations.Clear();
        _self = new Claimant($"controller-{Node}", World.Identities.NextGuid());
        _claim = new ControllerClaim(new ControllerClaimOptions(Cluster.Id, _self), World.Scheduling.NextDouble);
        _sessions = new BrokerSessions(new BrokerSessionsOptions(
            World.Profile.SessionMs, World.Profile.HeartbeatMs, EarlyFenceIntervalMs: 3_000));
        _confirmation = new ControllerConfirmation(World.Profile.SessionMs / 4);
        _decider = new ControllerDecider(_cluster.ControllerOptions, () => new TopicId(World.Identities.NextGuid()));
        World.Trace.Line($"controller {Node} starts life {Life}");
        Claim(effects => _claim.Start(effects));
    }

    public void Kill()
    {
        if (_write is not null)
            World.Tally.Seen(Sometimes.ControllerWriteOfUnknownOutcome);
        World.Trace.Line($"controller {Node} is killed");
        EndLife();
        _history = null;
        _write = null;
    }

    /// <summary>A message from a broker, or from a client through one.</summary>
    public void OnMessage(int from, object message, Action<object?> answer)
    {
        _sender = from;
        switch (message)
        {
            case BrokerHeartbeat heartbeat:
                _brokers[from] = true;
                Sessions(effects => _sessions.OnHeartbeat(NowMs, heartbeat, effects));
                break;
            case RegisterBroker register when _history is null:
                _brokers[from] = true;
                _registrations[register.Broker] = (register, from);
                break;
            case RegisterBroker register:
                _brokers[from] = true;
                Sessions(effects => _sessions.OnRegister(NowMs, register, effects));
                break;
            default:
                // Without a controller brokers are not answered and ask again by themselves, as after a lost message.
                if (_history is not null)
                    Submit(message, from, answer);
                break;
        }
    }

    /// <summary>That life of a broker is gone, and its node said so.</summary>
    public void OnBrokerGone(BrokerId broker, BrokerEpoch epoch) =>
        Sessions(effects => _sessions.OnConnectionClosed(NowMs, broker, epoch, effects));

    public void OnClaimAnswer(ClaimAnswer answer) => Claim(effects => _claim.OnClaimAnswer(answer, effects));

    public void OnAppendAnswer(AppendMetadataAnswer answer)
    {
        if (_write is { } write && answer.Epoch == _epoch)
        {
            if (answer.Accepted && answer.LastOffset == write.Batch.LastOffset)
            {
                OnCommitted(write);
                return;
            }

            if (!answer.Accepted)
                World.Tally.Seen(Sometimes.ControllerFencedInMidWrite);
        }

        Claim(effects => _claim.OnAppendAnswer(answer, effects));
    }

    /// <summary>Everything that is committed: the controller may begin, if nobody has taken the epoch meanwhile (P1).</summary>
    public void OnLogRead(ImmutableArray<MetadataBatch> log)
    {
        if (!_isReading)
            return;

        _isReading = false;
        var history = new MetadataHistory(MetadataImage.Empty(Cluster.Id), World.Profile.KeepMetadataRecords);
        foreach (var batch in log)
            history.Append(batch);
        if (history.Image.Epoch != _epoch)
        {
            Stopped();
            return;
        }

        _history = history;
        World.Trace.Line($"controller {Node} leads in epoch {_epoch} at offset {history.Image.Offset}");
        if (_cluster.Controllers.Count(controller => controller.IsLeading) > 1)
            World.Tally.Seen(Sometimes.TwoControllersLeading);
        Sessions(effects => _sessions.OnControllerActive(NowMs, history.Image, effects));
        Confirmation(effects => _confirmation.OnControllerActive(NowMs, _firstEntrySentMs, effects));
        if (_history is null)
            return;
        foreach (var broker in _brokers.Keys)
            _cluster.ToBroker(Node, broker, new ControllerChanged(_epoch));
        foreach (var (request, from) in _registrations.Values.ToArray())
        {
            _sender = from;
            Sessions(effects => _sessions.OnRegister(NowMs, request, effects));
        }

        _registrations.Clear();
        StartUncleanTick(_cluster.ControllerOptions.UncleanLeaderElectionIntervalMs);
        StartPreferredTick(_cluster.ControllerOptions.LeaderImbalanceCheckIntervalMs);
    }

    private void StartUncleanTick(long delayMs) => _uncleanTimer.Start(delayMs, () =>
    {
        if (_history is not null)
        {
            Submit(UncleanElectionTick.Instance, 0, reply => StartUncleanTick(
                reply is ElectionTickAnswer { More: true } ? 10 : _cluster.ControllerOptions.UncleanLeaderElectionIntervalMs));
        }
    });

    private void StartPreferredTick(long delayMs) => _preferredTimer.Start(delayMs, () =>
    {
        if (_history is not null)
        {
            Submit(PreferredElectionTick.Instance, 0, reply => StartPreferredTick(
                reply is ElectionTickAnswer { More: true } ? 10 : _cluster.ControllerOptions.LeaderImbalanceCheckIntervalMs));
        }
    });

    private void Submit(object command, int from, Action<object?> answer)
    {
        _commands.Enqueue((command, from, answer));
        DecideNext();
    }

    private void DecideNext()
    {
        while (_history is not null && _write is null && _commands.TryDequeue(out var next))
        {
            if (next.Command is FetchMetadata fetch)
            {
                _brokers[next.From] = true;
                next.Answer(_history.Answer(fetch, _epoch, maxRecords: 50));
                continue;
            }

            var decision = _decider.Decide(_history.Image, NowMs, next.Command);
            if (decision.Records.IsEmpty)
            {
                next.Answer(decision.Reply);
                continue;
            }

            _cluster.Checks.OnDecided(_epoch, _history.Image.Offset + 1, next.Command);
            Begin(new Write(decision.ToBatch(_history.Image), () => next.Answer(decision.Reply)));
        }
    }

    private void Begin(Write write)
    {
        _write = write;
        _sessions.OnWriteStarted(NowMs);
        var append = new AppendMetadata(_epoch, _self, write.Batch.BaseOffset - 1, _history!.Image.Epoch, write.Batch);
        Confirmation(_ => _confirmation.OnWriteStarted(NowMs));
        Send(write, append);
    }

    private void Send(Write write, AppendMetadata append)
    {
        ToVoter(voter => voter.OnAppend(this, append));
        _resendTimer.Start(ResendMs, () =>
        {
            if (_write == write)
                Send(write, append);
        });
    }

    private void OnCommitted(Write write)
    {
        _write = null;
        _history!.Append(write.Batch);
        var image = _history.Image;
        Confirmation(effects => _confirmation.OnWriteCommitted(NowMs, effects));
        if (_history is null)
            return;
        Sessions(effects =>
        {
            _sessions.OnImage(NowMs, image, effects);
            _sessions.OnWriteCommitted(NowMs, effects);
        });
        var news = new MetadataAdvanced(_epoch, image.Offset);
        foreach (var broker in _brokers.Keys)
            _cluster.ToBroker(Node, broker, news);
        write.Committed();
        DecideNext();
    }

    /// <summary>The controller is over, the node claims again.</summary>
    private void Stopped()
    {
        World.Trace.Line($"controller {Node} stops in epoch {_epoch}");
        if (_write is not null)
            World.Tally.Seen(Sometimes.ControllerWriteOfUnknownOutcome);
        _history = null;
        _write = null;
        _isReading = false;
        _commands.Clear();
        _readTimer.Stop();
        _confirmationTimer.Stop();
        _uncleanTimer.Stop();
        _preferredTimer.Stop();
        _sessions.OnControllerInactive();
        _confirmation.OnControllerInactive();
        Claim(effects => _claim.OnControllerStopped(effects));
    }

    private void Claim(Action<EffectList> turn)
    {
        var effects = new EffectList();
        turn(effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SendClaim send:
                    ToVoter(voter => voter.OnClaim(this, send.Claim));
                    break;
                case SendAppendMetadata send:
                    _firstEntrySentMs = NowMs;
                    ToVoter(voter => voter.OnAppend(this, send.Append));
                    break;
                case StartClaimTimer timer:
                    _claimTimer.Start(timer.DelayMs, () => Claim(fx => _claim.OnTimer(fx)));
                    break;
                case ControllerMayStart start:
                    _epoch = start.Epoch;
                    _isReading = true;
                    ToVoter(voter => voter.OnRead(this));
                    _readTimer.Start(ReadTimeoutMs, () =>
                    {
                        if (_isReading)
                            Stopped();
                    });
                    break;
                case ControllerMustStop:
                    Stopped();
                    break;
                default:
                    throw new InvalidOperationException($"A controller host does not know the effect {effect}.");
            }
        }
    }

    private void Confirmation(Action<EffectList> turn)
    {
        var effects = new EffectList();
        turn(effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case SubmitConfirmation:
                    Submit(ConfirmEpoch.Instance, 0, _ => { });
                    break;
                case ControllerConfirmed confirmed:
                    _sessions.OnControllerConfirmed(confirmed.RoundStartedMs);
                    break;
                case ControllerUnconfirmed unconfirmed:
                    World.Tally.Seen(Sometimes.ControllerUnconfirmed);
                    World.Trace.Line($"controller {Node} resigns: {unconfirmed.Reason}");
                    Stopped();
                    break;
                case StartConfirmationTimer timer:
                    _confirmationTimer.Start(timer.DelayMs, () => Confirmation(fx => _confirmation.OnTimer(NowMs, fx)));
                    break;
                default:
                    throw new InvalidOperationException($"The controller's confirmation does not know the effect {effect}.");
            }
        }
    }

    private void Sessions(Action<EffectList> turn)
    {
        var sender = _sender;
        var effects = new EffectList();
        turn(effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AnswerHeartbeat answer:
                    _cluster.ToBroker(Node, sender, answer.Answer);
                    break;
                case SubmitToController submit:
                    if (_history is not null)
                    {
                        Submit(submit.Command, sender, reply =>
                        {
                            if (reply is not null)
                                _cluster.ToBroker(Node, sender, reply);
                        });
                    }

                    break;
                case StartSessionTimer timer:
                    _sessionTimer.Start(timer.DelayMs, () =>
                    {
                        _sender = 0;
                        Sessions(fx => _sessions.OnTimer(NowMs, fx));
                    });
                    break;
                default:
                    throw new InvalidOperationException($"Sessions do not know the effect {effect}.");
            }
        }
    }

    private void ToVoter(Action<VoterProcess> deliver)
    {
        var voter = _cluster.Voter;
        World.Network.Send(Node, voter.Node, () => voter.Receive(() => deliver(voter)));
    }

    private sealed record Write(MetadataBatch Batch, Action Committed);
}
