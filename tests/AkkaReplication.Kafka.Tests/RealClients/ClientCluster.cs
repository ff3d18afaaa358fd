using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>Clusters of the TestKit for real clients.</summary>
internal static class ClientCluster
{
    /// <summary>Three brokers, whose files are in memory.</summary>
    public static Task<TestCluster> StartAsync() => TestCluster.StartAsync(
        brokers: 3,
        options =>
        {
            // A killed broker is noticed at once. One that lives is not taken for dead on a machine that is busy.
            options.Settings = new ReplicationSettings();
            options.Patience = KafkaCluster.Patience;
            options.Configure = cluster => cluster.UseKafka(kafka =>
            {
                kafka.OffsetsTopicNumPartitions = 3;
                kafka.GroupMinSessionTimeout = TimeSpan.FromSeconds(1);
            });
        });
}
