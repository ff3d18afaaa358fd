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
            options.Settings = new ReplicationSettings { OffsetsTopicNumPartitions = 3, GroupMinSessionTimeoutMs = 1_000 };
            options.Patience = KafkaCluster.Patience;
            options.Configure = cluster => cluster.UseKafka();
        });
}
