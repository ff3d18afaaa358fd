using AkkaReplication.Kafka;

namespace AkkaReplication.Tests.Hosting;

/// <summary>How tests of clients reach their brokers: here over sockets, by Kafka's protocol.</summary>
internal static class Transport
{
    /// <summary>Kafka's metadata says nothing of topics' settings.</summary>
    public static bool TellsTopicSettings => false;

    public static void Prepare(EmbeddedClusterOptions options) =>
        options.UseKafka(kafka => kafka.AutoCreateTopicsEnable = false);

    public static async Task<ReplicationClient> ConnectAsync(EmbeddedCluster cluster) =>
        await KafkaClient.ConnectAsync(new KafkaClientOptions
        {
            BootstrapServers = cluster.BootstrapServers(),
            ActorSystem = cluster.System,
        });
}
