using Akka.Actor;

namespace AkkaReplication.Clients;

/// <summary>
/// Where a client finds its brokers: those of its actor system, or those of a cluster elsewhere. Any thread.
/// </summary>
internal interface IBrokerSource
{
    /// <summary>
    /// Whom to tell <see cref="OpenClientSession"/> for that broker. It answers <see cref="Identify"/> first; where there is
    /// no such broker nobody does, in the way of actors.
    /// </summary>
    /// <param name="client">The client's actor, on whose thread this is called.</param>
    ICanTell Find(BrokerId broker, IActorContext client);

    /// <summary>Whether consumers may be members of groups there.</summary>
    bool HasGroups { get; }

    /// <summary>How long it may take to open a session, and other rules of the way to these brokers.</summary>
    T Adapt<T>(T settings)
        where T : ClientSettings;
}

/// <summary>Brokers in the client's own actor system.</summary>
internal sealed class LocalBrokers(string clusterName) : IBrokerSource
{
    public bool HasGroups => true;

    public ICanTell Find(BrokerId broker, IActorContext client) =>
        client.ActorSelection(ReplicationPaths.Broker(clusterName, broker));

    public T Adapt<T>(T settings)
        where T : ClientSettings => settings;
}
