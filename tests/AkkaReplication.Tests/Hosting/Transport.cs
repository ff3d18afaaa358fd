namespace AkkaReplication.Tests.Hosting;

/// <summary>
/// How tests of clients reach their brokers: here by actors' messages. The same tests run over sockets, too, in
/// AkkaReplication.Kafka.Tests.
/// </summary>
internal static class Transport
{
    /// <summary>Clients know a topic's settings without asking for them.</summary>
    public static bool TellsTopicSettings => true;

    public static void Prepare(EmbeddedClusterOptions options) => ArgumentNullException.ThrowIfNull(options);

    public static Task<ReplicationClient> ConnectAsync(EmbeddedCluster cluster) => Task.FromResult(cluster.CreateClient());
}
