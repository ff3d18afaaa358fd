using System.Collections.Immutable;
using Akka.Actor;

namespace AkkaReplication.Clients;

/// <summary>Where the clients of one <see cref="ReplicationClient"/> live.</summary>
internal sealed class ClientContext(
    ActorSystem system, string clusterName, ImmutableArray<BrokerId> bootstrap, IBrokerSource brokers)
{
    // Names must be free in the whole actor system, also when there are several ReplicationClients.
    private static long _lastActor;

    public ActorSystem System { get; } = system;

    public string ClusterName { get; } = clusterName;

    public ImmutableArray<BrokerId> Bootstrap { get; } = bootstrap;

    public IBrokerSource Brokers { get; } = brokers;

    public string NextActorName(string kind, string clientId) =>
        $"{ReplicationPaths.ClusterName(ClusterName)}-{kind}-{clientId}-{Interlocked.Increment(ref _lastActor)}";
}
