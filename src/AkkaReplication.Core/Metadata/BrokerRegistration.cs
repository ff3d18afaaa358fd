using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>One life of a broker as the controller has registered it; never more than one per broker.</summary>
/// <param name="Epoch">The metadata offset of the registration; a broker is caught up once it has applied that much.</param>
/// <param name="LogDirs">Identities of its data directories, ascending.</param>
/// <param name="Fenced">Not heard of, or not ready: it leads nothing and is in no ISR.</param>
/// <param name="ControlledShutdownOffset">
/// Metadata offset by which all its leaderships had been moved, or -1 while it is not shutting down. Part of the log, so
/// that a new controller knows it as well (hazard H11).
/// </param>
/// <param name="OfflineReplicas">Its replicas that cannot serve (F1).</param>
public sealed record BrokerRegistration(
    BrokerId Id,
    Guid IncarnationId,
    BrokerEpoch Epoch,
    string? Rack,
    ImmutableArray<Guid> LogDirs,
    bool Fenced,
    long ControlledShutdownOffset,
    ImmutableSortedSet<TopicIdPartition> OfflineReplicas)
{
    /// <summary>Where clients reach it, at most one for each listener.</summary>
    public ImmutableArray<BrokerEndpoint> Endpoints { get; init; } = [];

    /// <summary>Cleared by nothing but the next registration.</summary>
    public bool InControlledShutdown => ControlledShutdownOffset >= 0;

    /// <summary>Neither fenced nor shutting down.</summary>
    public bool IsActive => !Fenced && !InControlledShutdown;

    /// <summary>What leaders need to know of it.</summary>
    public BrokerStatus Status => new(Epoch, Fenced, InControlledShutdown) { OfflineReplicas = OfflineReplicas };
}
