using AkkaReplication.Effects;

namespace AkkaReplication.Controller;

/// <summary>Send this to the broker that it names.</summary>
public sealed record AnswerHeartbeat(BrokerHeartbeatAnswer Answer) : Effect;

/// <summary>Hand this command to the controller; its reply goes to whoever sent what caused it.</summary>
public sealed record SubmitToController(object Command) : Effect;

/// <summary>Call BrokerSessions.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartSessionTimer(long DelayMs) : Effect;
