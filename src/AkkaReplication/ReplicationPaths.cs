namespace AkkaReplication;

/// <summary>Names and paths of the actors of a cluster (architecture: everything under /user/akkarepl-{cluster}).</summary>
internal static class ReplicationPaths
{
    public static string ClusterName(string cluster) => $"akkarepl-{cluster}";

    public static string BrokerName(BrokerId broker) => $"broker-{broker.Value}";

    public static string GatewayName(BrokerId broker) => $"gateway-{broker.Value}";

    public static string Gateway(string cluster, BrokerId broker) => $"/user/{ClusterName(cluster)}/{GatewayName(broker)}";

    public static string Controller(string cluster) => $"/user/{ClusterName(cluster)}/controller";

    public static string Broker(string cluster, BrokerId broker) => $"/user/{ClusterName(cluster)}/{BrokerName(broker)}";

    public const string ListenerName = "listener";

    public const string GroupsName = "groups";

    public static string PeerName(BrokerId peer) => $"peer-{peer.Value}";

    /// <summary>Where the broker's own link to <paramref name="peer"/> lives.</summary>
    public static string Peer(string cluster, BrokerId broker, BrokerId peer) => $"{Broker(cluster, broker)}/{PeerName(peer)}";

    public static string RecentReaderName(int logDir) => $"log-dir-{logDir}-recent-reader";

    public static string ReaderName(int logDir) => $"log-dir-{logDir}-reader";

    public static string ReplicaName(TopicIdPartition partition) => $"replica-{partition.TopicId}-{partition.Partition}";
}
