using System.Collections.Concurrent;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Listeners;

namespace AkkaReplication.Kafka.Listeners;

/// <summary>The listeners of a cluster's brokers for Kafka's protocol, one for each of their lives.</summary>
internal sealed class KafkaListener(KafkaListenerOptions options) : IClientListener
{
    private readonly ConcurrentDictionary<BrokerId, int> _ports = new();

    public KafkaListenerOptions Options => options;

    public Props Props(BrokerContext broker) => KafkaListenerActor.Props(this, broker);

    /// <summary>Where a broker binds: clients know the port of its earlier lives, even where the system chose it.</summary>
    public int PortOf(BrokerId broker) =>
        _ports.TryGetValue(broker, out var port) ? port : options.Port == 0 ? 0 : options.Port + broker.Value - 1;

    /// <summary>The broker has bound there.</summary>
    public void KeepPort(BrokerId broker, int port) => _ports[broker] = port;
}
