using AkkaReplication.Kafka.Listeners;

namespace AkkaReplication.Kafka;

/// <summary>Opens a cluster to Kafka clients.</summary>
public static class KafkaListeners
{
    /// <summary>
    /// Every broker of the cluster listens for Kafka clients while it runs;
    /// <see cref="EmbeddedCluster.BootstrapServers(string)"/> is what they connect to.
    /// </summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is accepted.</exception>
    public static EmbeddedClusterOptions UseKafka(
        this EmbeddedClusterOptions options, Action<KafkaListenerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var kafka = new KafkaListenerOptions();
        configure?.Invoke(kafka);
        var own = kafka.Checked();
        own.CheckPorts(options.Brokers);
        options.Listener = new KafkaListener(own);
        return options;
    }
}
