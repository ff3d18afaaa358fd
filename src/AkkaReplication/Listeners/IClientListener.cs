using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Metadata;

namespace AkkaReplication.Listeners;

/// <summary>
/// How clients outside of the process reach the brokers of a cluster. Each life of a broker has a listener's actor among its
/// children: it binds before the broker registers, and its end is the end of all connections.
/// </summary>
internal interface IClientListener
{
    /// <summary>
    /// The listener's actor for one life. It tells its parent <see cref="ListenerProtocol.Bound"/> or
    /// <see cref="ListenerProtocol.BindFailed"/> once.
    /// </summary>
    Props Props(BrokerContext broker);
}

/// <summary>What a broker and the actor of its listener tell each other.</summary>
internal static class ListenerProtocol
{
    /// <summary>To the broker: clients connect there. It has to be running before they are served.</summary>
    public sealed record Bound(ImmutableArray<BrokerEndpoint> Endpoints) : INoSerializationVerificationNeeded;

    /// <summary>To the broker: the life cannot go on.</summary>
    public sealed record BindFailed(Exception Cause) : INoSerializationVerificationNeeded;

    /// <summary>
    /// To the listener, when the broker stops in order: no new connections; what clients have asked is answered, then they
    /// are let go. Its answer is <see cref="Drained"/>.
    /// </summary>
    public sealed class Drain : INoSerializationVerificationNeeded
    {
        public static readonly Drain Instance = new();
    }

    /// <summary>To whoever sent <see cref="Drain"/>: no connection is left.</summary>
    public sealed class Drained : INoSerializationVerificationNeeded
    {
        public static readonly Drained Instance = new();
    }
}
