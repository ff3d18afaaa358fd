using AkkaReplication.Kafka.Connections;
using AkkaReplication.Metadata;

namespace AkkaReplication.Kafka.Apis;

/// <summary>Whom a client that asked the wrong broker is sent to (KIP-951).</summary>
internal static class CurrentLeaders
{
    /// <summary>The partition with its leader, where the error says that the client does not know it; otherwise null.</summary>
    public static PartitionRegistration? After(ErrorCode error, TopicIdPartition partition, IConnectionScope scope) =>
        error is ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch
        && scope.Image.TryGetPartition(partition) is { Leader.Exists: true } known
            ? known
            : null;
}
