using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Brokers;

/// <param name="RegistrationTimeoutMs">initial.broker.registration.timeout.ms.</param>
/// <param name="ControlledShutdownTimeoutMs">How long the broker waits for its leaderships to be moved.</param>
/// <param name="RetryBackoffMs">After a failure, doubling up to the session timeout.</param>
public sealed record BrokerLifecycleOptions(
    string ClusterId,
    BrokerId Self,
    string? Rack,
    ImmutableArray<Guid> LogDirs,
    long HeartbeatIntervalMs,
    long SessionTimeoutMs,
    long RegistrationTimeoutMs = 60_000,
    long ControlledShutdownTimeoutMs = 30_000,
    long RetryBackoffMs = 100)
{
    /// <summary>Where clients reach the broker.</summary>
    public ImmutableArray<BrokerEndpoint> Endpoints { get; init; } = [];
}

/// <summary>
/// One life of a broker towards the controller: registration, heartbeats, lease, controlled shutdown. At most one of its
/// requests is in flight. A life that was superseded ends here and never registers again: that takes a new one (F4).
/// </summary>
/// <remarks>
/// <code>
/// Registering → Starting → Recovery → ReadyToUnfence → Running → PendingControlledShutdown → ShuttingDown
///      └──────────┴───────────┴─────────────┴────────────┴──────→ Ended
/// </code>
/// </remarks>
/// <param name="incarnationId">Fresh for this life.</param>
/// <param name="previousLife">How the one before ended (F2).</param>
/// <param name="previousBrokerEpoch">From the clean-shutdown marker, else <see cref="BrokerEpoch.Unknown"/>.</param>
/// <param name="jitter">Numbers from 0 to 1.</param>
public sealed class BrokerLifecycle(
    BrokerLifecycleOptions options,
    Guid incarnationId,
    PreviousLife previousLife,
    BrokerEpoch previousBrokerEpoch,
    Func<double> jitter)
{
    private const long ShutdownHeartbeatMs = 50;
    private const long RegistrationRetryMs = 1_000;

    private ImmutableArray<TopicIdPartition> _offlineReplicas = [];
    private ImmutableArray<ReplicaLogEnd> _logEnds = [];
    private BrokerEpoch _supersededEpoch = BrokerEpoch.Unknown;
    private long _metadataOffset = -1;
    private bool _ready;
    private long _startedMs;
    private long _shutdownRequestedMs;

    // What is in flight, or when to send next.
    private bool _inFlight;
    private long _sentAtMs = long.MinValue;
    private long _nextSendMs = long.MaxValue;
    private bool _sendAtOnce;
    private int _failures;

    public BrokerState State { get; private set; } = BrokerState.Registering;

    public BrokerEpoch BrokerEpoch { get; private set; } = BrokerEpoch.Unknown;

    /// <summary>Monotonic end of the lease (E1); <see cref="long.MinValue"/> before the first.</summary>
    public long LeaseEndMs { get; private set; } = long.MinValue;

    /// <summary>Begins the life.</summary>
    public void Start(long nowMs, EffectList effects)
    {
        _startedMs = nowMs;
        _supersededEpoch = previousBrokerEpoch;
        Send(nowMs, effects);
    }

    public void OnRegisterAnswer(long nowMs, RegisterBrokerAnswer answer, EffectList effects)
    {
        if (State != BrokerState.Registering || answer.IncarnationId != incarnationId)
            return;

        switch (answer.Error)
        {
            case ErrorCode.None:
                BrokerEpoch = answer.BrokerEpoch;
                Become(BrokerState.Starting, effects);
                Succeeded(nowMs);
                _nextSendMs = nowMs;
                MoveOn(effects);
                Continue(nowMs, effects);
                break;
            case ErrorCode.StaleBrokerEpoch:
                // Now it is known whose place this life takes.
                if (answer.BrokerEpoch > _supersededEpoch)
                {
                    _supersededEpoch = answer.BrokerEpoch;
                    Send(nowMs, effects);
                }

                break;
            case ErrorCode.InconsistentClusterId or ErrorCode.InvalidRegistration or ErrorCode.UnsupportedVersion:
                End(answer.Error, answer.Message ?? "The controller refused the registration.", effects);
                break;
            default:
                // The session of an earlier life runs out (DUPLICATE_BROKER_REGISTRATION), a controller is found, and so on.
                Failed(nowMs, effects);
                break;
        }
    }

    public void OnHeartbeatAnswer(long nowMs, BrokerHeartbeatAnswer answer, EffectList effects)
    {
        if (answer.BrokerEpoch != BrokerEpoch || State is BrokerState.Registering or BrokerState.Ended)
            return;

        if (answer.Error == ErrorCode.StaleBrokerEpoch)
        {
            End(ErrorCode.StaleBrokerEpoch, "Another life of this broker has registered.", effects);
            return;
        }

        if (answer.Error == ErrorCode.None)
            TakeLease(answer, effects);
        if (!_inFlight || answer.SentAtMs != _sentAtMs || State == BrokerState.ShuttingDown)
            return; // A late answer, good for the lease alone.

        if (answer.Error != ErrorCode.None)
        {
            Failed(nowMs, effects);
            return;
        }

        Succeeded(nowMs);
        if (State == BrokerState.PendingControlledShutdown)
        {
            _nextSendMs = nowMs + ShutdownHeartbeatMs;
            if (answer.ShouldShutDown)
            {
                Grant(granted: true, effects);
                return;
            }
        }
        else if (State == BrokerState.ReadyToUnfence && !answer.IsFenced)
        {
            Become(BrokerState.Running, effects);
        }

        Continue(nowMs, effects);
    }

    /// <summary>The broker has applied metadata up to that offset.</summary>
    public void OnMetadataApplied(long nowMs, long offset, EffectList effects)
    {
        _metadataOffset = Math.Max(_metadataOffset, offset);
        if (State == BrokerState.PendingControlledShutdown)
            return;
        if (MoveOn(effects))
            SendSoon(nowMs, effects);
    }

    /// <summary>All logs are open and the first metadata has been carried out: the broker can serve.</summary>
    public void OnReady(long nowMs, EffectList effects)
    {
        _ready = true;
        if (MoveOn(effects))
            SendSoon(nowMs, effects);
    }

    /// <summary>What the controller must know of this broker's replicas; all of it, replacing what was said before.</summary>
    /// <param name="offlineReplicas">Those that cannot serve (F1).</param>
    /// <param name="logEnds">Log ends of those that are asked for it (F3).</param>
    public void OnReplicas(
        long nowMs,
        ImmutableArray<TopicIdPartition> offlineReplicas,
        ImmutableArray<ReplicaLogEnd> logEnds,
        EffectList effects)
    {
        if (_offlineReplicas.SequenceEqual(offlineReplicas) && _logEnds.SequenceEqual(logEnds))
            return;
        (_offlineReplicas, _logEnds) = (offlineReplicas, logEnds);
        if (State is > BrokerState.Registering and < BrokerState.ShuttingDown)
            SendSoon(nowMs, effects);
    }

    /// <summary>Wants to stop in order: leaderships first.</summary>
    public void OnShutdownRequested(long nowMs, EffectList effects)
    {
        if (State >= BrokerState.PendingControlledShutdown)
            return;
        if (State == BrokerState.Registering)
        {
            Grant(granted: true, effects);
            return;
        }

        _shutdownRequestedMs = nowMs;
        Become(BrokerState.PendingControlledShutdown, effects);
        SendSoon(nowMs, effects);
    }

    /// <summary>Another controller may be there: what is in flight is not waited for.</summary>
    public void OnControllerChanged(long nowMs, EffectList effects)
    {
        if (State >= BrokerState.ShuttingDown)
            return;
        _inFlight = false;
        _failures = 0;
        Send(nowMs, effects);
    }

    /// <summary>The timer fired.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        if (State >= BrokerState.ShuttingDown)
            return;
        if (State == BrokerState.Registering && nowMs - _startedMs >= options.RegistrationTimeoutMs)
        {
            End(ErrorCode.RequestTimedOut, $"No registration within {options.RegistrationTimeoutMs} ms.", effects);
            return;
        }

        if (State == BrokerState.PendingControlledShutdown
            && nowMs - _shutdownRequestedMs >= options.ControlledShutdownTimeoutMs)
        {
            Grant(granted: false, effects);
            return;
        }

        if (_inFlight && nowMs - _sentAtMs >= RequestTimeoutMs)
            Failed(nowMs, effects);
        else
            Continue(nowMs, effects);
    }

    // Half a session at most, so that one stuck request cannot eat all of it (KAFKA-14392). A registration is repeated
    // sooner: there is no session yet that would want sparing, and often no controller yet.
    private long RequestTimeoutMs => State == BrokerState.Registering
        ? Math.Min(RegistrationRetryMs, options.SessionTimeoutMs / 2)
        : options.SessionTimeoutMs / 2;

    private bool MoveOn(EffectList effects)
    {
        var before = State;
        if (State == BrokerState.Starting && _metadataOffset >= BrokerEpoch.Value)
            Become(BrokerState.Recovery, effects);
        if (State == BrokerState.Recovery && _ready)
            Become(BrokerState.ReadyToUnfence, effects);
        return State != before;
    }

    private void TakeLease(BrokerHeartbeatAnswer answer, EffectList effects)
    {
        // Counted from when the heartbeat was sent: the controller heard it no earlier (E1).
        var endMs = answer.SentAtMs + answer.LeaseMs;
        var isNewest = answer.SentAtMs == _sentAtMs;
        if (endMs > LeaseEndMs || (isNewest && answer.IsFenced && endMs != LeaseEndMs))
        {
            LeaseEndMs = endMs;
            effects.Add(new LeaseGranted(endMs));
        }
    }

    private void SendSoon(long nowMs, EffectList effects)
    {
        if (_inFlight)
            _sendAtOnce = true;
        else
            Send(nowMs, effects);
    }

    private void Succeeded(long nowMs)
    {
        _inFlight = false;
        _failures = 0;
        _nextSendMs = nowMs + options.HeartbeatIntervalMs;
    }

    private void Failed(long nowMs, EffectList effects)
    {
        _inFlight = false;
        _sendAtOnce = false;
        var backoffMs = Math.Min(options.RetryBackoffMs << Math.Min(_failures, 20), options.SessionTimeoutMs);
        _failures++;
        _nextSendMs = nowMs + backoffMs + (long)(backoffMs * 0.02 * jitter());
        Continue(nowMs, effects);
    }

    private void Continue(long nowMs, EffectList effects)
    {
        if (!_inFlight && (_sendAtOnce || nowMs >= _nextSendMs))
            Send(nowMs, effects);
        else
            StartTimer(nowMs, effects);
    }

    private void Send(long nowMs, EffectList effects)
    {
        _inFlight = true;
        _sendAtOnce = false;
        _sentAtMs = nowMs;
        if (State == BrokerState.Registering)
        {
            effects.Add(new SendRegister(new RegisterBroker(
                options.ClusterId,
                options.Self,
                incarnationId,
                options.Rack,
                options.LogDirs,
                previousLife,
                previousBrokerEpoch)
            {
                SupersededEpoch = _supersededEpoch,
                Endpoints = options.Endpoints,
            }));
        }
        else
        {
            effects.Add(new SendHeartbeat(new BrokerHeartbeat(
                options.Self,
                BrokerEpoch,
                nowMs,
                _metadataOffset,
                WantFence: State is BrokerState.Starting or BrokerState.Recovery,
                WantShutDown: State == BrokerState.PendingControlledShutdown,
                _offlineReplicas)
            {
                LogEnds = _logEnds,
            }));
        }

        StartTimer(nowMs, effects);
    }

    private void StartTimer(long nowMs, EffectList effects)
    {
        var dueMs = _inFlight ? _sentAtMs + RequestTimeoutMs : _nextSendMs;
        if (State == BrokerState.Registering)
            dueMs = Math.Min(dueMs, _startedMs + options.RegistrationTimeoutMs);
        if (State == BrokerState.PendingControlledShutdown)
            dueMs = Math.Min(dueMs, _shutdownRequestedMs + options.ControlledShutdownTimeoutMs);
        effects.Add(new StartLifecycleTimer(Math.Max(0, dueMs - nowMs)));
    }

    private void Become(BrokerState state, EffectList effects)
    {
        State = state;
        effects.Add(new LifecycleChanged(state, BrokerEpoch));
    }

    private void Grant(bool granted, EffectList effects)
    {
        Become(BrokerState.ShuttingDown, effects);
        effects.Add(new ShutdownGranted(granted));
    }

    private void End(ErrorCode error, string reason, EffectList effects)
    {
        Become(BrokerState.Ended, effects);
        effects.Add(new LifeEnded(error, reason));
    }
}
