using System.Collections.Immutable;
using AkkaReplication.Replicas;

namespace AkkaReplication;

/// <summary>
/// Something that happened in a cluster, for people, metrics and tests: never a basis for decisions. Published to the
/// actor system's event stream and to <c>EmbeddedCluster.Observe</c>.
/// </summary>
/// <param name="Cluster">The cluster's name.</param>
public abstract record ClusterObservation(string Cluster);

/// <summary>The controller elected a leader (committed).</summary>
/// <param name="Clean">False when the new leader came from outside ISR and ELR, so that acknowledged records may be lost.</param>
public sealed record LeaderElected(
    string Cluster, TopicPartition Partition, BrokerId Previous, BrokerId Leader, LeaderEpoch LeaderEpoch, bool Clean)
    : ClusterObservation(Cluster);

/// <summary>A partition has lost its leader and none can be elected.</summary>
public sealed record PartitionWentOffline(
    string Cluster,
    TopicPartition Partition,
    BrokerId Previous,
    LeaderEpoch LeaderEpoch,
    ImmutableArray<BrokerId> Isr,
    ImmutableArray<BrokerId> Elr)
    : ClusterObservation(Cluster);

/// <summary>A topic was deleted with all its records (committed).</summary>
/// <param name="Partitions">How many partitions it had.</param>
public sealed record TopicDeleted(string Cluster, string Topic, TopicId TopicId, int Partitions) : ClusterObservation(Cluster);

/// <summary>The in-sync set, or the eligible leader replicas, of a partition changed (committed).</summary>
public sealed record IsrChanged(
    string Cluster,
    TopicPartition Partition,
    ImmutableArray<BrokerId> Before,
    ImmutableArray<BrokerId> After,
    ImmutableArray<BrokerId> Elr)
    : ClusterObservation(Cluster);

/// <summary>A broker registered a new life.</summary>
public sealed record BrokerRegistered(string Cluster, BrokerId Broker, BrokerEpoch Epoch) : ClusterObservation(Cluster);

/// <summary>A broker may lead and be in sync again.</summary>
public sealed record BrokerUnfenced(string Cluster, BrokerId Broker, BrokerEpoch Epoch) : ClusterObservation(Cluster);

/// <summary>A broker was fenced: it leads nothing and is in no ISR any more.</summary>
public sealed record BrokerFenced(string Cluster, BrokerId Broker, BrokerEpoch Epoch) : ClusterObservation(Cluster);

/// <summary>A broker's life ended, in order or not.</summary>
public sealed record BrokerStopped(string Cluster, BrokerId Broker, bool Clean, string Reason) : ClusterObservation(Cluster);

/// <summary>A follower cut its log to agree with its leader.</summary>
/// <param name="FromOffset">The log's end before.</param>
/// <param name="ToOffset">The log's end after.</param>
/// <param name="HighWatermarkBefore">When greater than <paramref name="ToOffset"/>, committed records were cut.</param>
public sealed record ReplicaTruncated(
    string Cluster,
    BrokerId Broker,
    TopicPartition Partition,
    LeaderEpoch LeaderEpoch,
    long FromOffset,
    long ToOffset,
    long HighWatermarkBefore)
    : ClusterObservation(Cluster);

/// <summary>Retention deleted the oldest records of a replica.</summary>
/// <param name="FromOffset">The log's start before.</param>
/// <param name="ToOffset">The log's start after.</param>
public sealed record ReplicaLogStartMoved(
    string Cluster, BrokerId Broker, TopicPartition Partition, long FromOffset, long ToOffset)
    : ClusterObservation(Cluster);

/// <summary>A replica went offline: its disk or its actor failed.</summary>
public sealed record ReplicaWentOffline(string Cluster, BrokerId Broker, TopicPartition Partition, string Reason)
    : ClusterObservation(Cluster);

/// <summary>
/// A replica's high watermark moved. Published only while somebody watches (<c>EmbeddedCluster.WatchHighWatermarks</c>),
/// since it happens with every append.
/// </summary>
/// <param name="Role">What the replica was then: a follower's high watermark runs after its leader's.</param>
/// <param name="FromOffset">The high watermark before.</param>
/// <param name="ToOffset">The high watermark after: records below it are committed.</param>
public sealed record HighWatermarkMoved(
    string Cluster,
    BrokerId Broker,
    TopicPartition Partition,
    ReplicaRole Role,
    LeaderEpoch LeaderEpoch,
    long FromOffset,
    long ToOffset)
    : ClusterObservation(Cluster);
