using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;

namespace AkkaReplication.Kafka.Apis;

/// <summary>Where a client finds the brokers: at the listener of the name that it came by.</summary>
internal static class BrokerEndpoints
{
    /// <summary>The brokers that serve, each with its endpoint.</summary>
    public static IEnumerable<(BrokerRegistration Broker, BrokerEndpoint Endpoint)> Of(IConnectionScope scope)
    {
        foreach (var broker in scope.Image.Brokers.Values)
        {
            // This one serves, though the news of that may not have come to its own metadata yet.
            if ((!broker.Fenced || broker.Id == scope.Broker) && broker.Endpoints.FirstOrDefault(e => e.Listener == scope.Listener) is { } endpoint)
                yield return (broker, endpoint);
        }
    }

    /// <summary>
    /// Whom a client takes for the controller. Every broker passes on what is for the controller, so it is the one that is
    /// asked.
    /// </summary>
    public static int Controller(IConnectionScope scope) => scope.Broker.Value;
}
