using AkkaReplication.Controller;
using AkkaReplication.Effects;

namespace AkkaReplication.Brokers;

/// <summary>Where a broker's life stands.</summary>
public enum BrokerState : byte
{
    /// <summary>Not started, or started and not registered yet.</summary>
    Registering,

    /// <summary>Registered; has not applied the metadata up to its own registration.</summary>
    Starting,

    /// <summary>Has the metadata; its logs are being opened.</summary>
    Recovery,

    /// <summary>Ready, and waits to be unfenced.</summary>
    ReadyToUnfence,

    /// <summary>Serves. A broker that is fenced later stays here: its lease and its epochs stop it, and heartbeats bring it back.</summary>
    Running,

    /// <summary>Its leaderships are being moved away.</summary>
    PendingControlledShutdown,

    /// <summary>May stop; sends nothing any more.</summary>
    ShuttingDown,

    /// <summary>This life is over.</summary>
    Ended,
}

/// <summary>Send the registration to the controller.</summary>
public sealed record SendRegister(RegisterBroker Request) : Effect;

/// <summary>Send the heartbeat to the controller.</summary>
public sealed record SendHeartbeat(BrokerHeartbeat Request) : Effect;

/// <summary>Call BrokerLifecycle.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartLifecycleTimer(long DelayMs) : Effect;

/// <summary>The life moved on. With <see cref="BrokerState.Starting"/> the broker epoch becomes known.</summary>
public sealed record LifecycleChanged(BrokerState State, BrokerEpoch BrokerEpoch) : Effect;

/// <summary>
/// Up to that monotonic time the controller will not give this broker's leaderships to others unheard (E1). A time that has
/// passed means that it has done so: the broker is fenced.
/// </summary>
public sealed record LeaseGranted(long LeaseEndMs) : Effect;

/// <summary>
/// This life is over: close the logs. After STALE_BROKER_EPOCH and REQUEST_TIMED_OUT a new incarnation may register (F4);
/// any other error means that the cluster does not want this broker as it is.
/// </summary>
public sealed record LifeEnded(ErrorCode Error, string Reason) : Effect;

/// <summary>The broker may stop.</summary>
/// <param name="Granted">False when it waited long enough for the controller, and stops anyway.</param>
public sealed record ShutdownGranted(bool Granted) : Effect;
