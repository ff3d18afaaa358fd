using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AkkaReplication.Replicas;

namespace AkkaReplication.Testing;

/// <summary>
/// A cluster at one moment: what the controller has committed, and where each replica of a living broker stands. Does not
/// change.
/// </summary>
public sealed class ClusterSnapshot
{
    private readonly ImmutableDictionary<(string Topic, int Partition), PartitionSnapshot> _partitions;

    internal ClusterSnapshot(ClusterDescription cluster, IReadOnlyList<BrokerId> brokers)
    {
        ControllerEpoch = cluster.ControllerEpoch.Value;
        var described = cluster.Brokers.ToDictionary(broker => broker.Id);
        Brokers = [.. brokers.Select(id => described.TryGetValue(id, out var broker)
            ? new BrokerSnapshot(id.Value, broker.Epoch.Value, broker.Alive, broker.Fenced)
            : new BrokerSnapshot(id.Value, -1, false, true))];
        var living = Brokers.Where(broker => broker.IsAlive).Select(broker => broker.Id).ToHashSet();
        Partitions = [.. cluster.Partitions.Select(partition => new PartitionSnapshot(partition, living))];
        _partitions = Partitions.ToImmutableDictionary(partition => (partition.Topic, partition.Partition));
    }

    /// <summary>All brokers, by their numbers.</summary>
    public ImmutableArray<BrokerSnapshot> Brokers { get; }

    /// <summary>All partitions of all topics.</summary>
    public ImmutableArray<PartitionSnapshot> Partitions { get; }

    /// <summary>The names of all topics.</summary>
    public IEnumerable<string> Topics => Partitions.Select(partition => partition.Topic).Distinct();

    /// <summary>The epoch of the controller that committed last; -1 before the first.</summary>
    public int ControllerEpoch { get; }

    /// <summary>Partitions of which a replica is not in sync, or its broker is dead.</summary>
    public int UnderReplicatedPartitions => Partitions.Count(partition => partition.IsUnderReplicated);

    /// <summary>Partitions with fewer replicas in sync than min.insync.replicas: acks=all is refused.</summary>
    public int UnderMinIsrPartitions => Partitions.Count(partition => partition.Isr.Length < partition.MinIsr);

    /// <summary>Partitions that no living broker leads.</summary>
    public int OfflinePartitions => Partitions.Count(partition => !partition.IsLed);

    /// <summary>Replicas on living brokers whose disk or actor has failed.</summary>
    public int OfflineReplicas =>
        Partitions.Sum(partition => partition.Replicas.Count(replica => replica.Role == ReplicaRole.Offline));

    /// <summary>Brokers whose process lives.</summary>
    public int LivingBrokers => Brokers.Count(broker => broker.IsAlive);

    /// <summary>Brokers that the controller has fenced, or that never registered: they lead nothing.</summary>
    public int FencedBrokers => Brokers.Count(broker => broker.IsFenced);

    /// <summary>A broker.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such broker.</exception>
    public BrokerSnapshot Broker(int id) => Brokers.FirstOrDefault(broker => broker.Id == id)
        ?? throw new ArgumentOutOfRangeException(nameof(id), id, $"The brokers are 1 to {Brokers.Length}.");

    /// <summary>A partition.</summary>
    /// <exception cref="KeyNotFoundException">There is no such partition.</exception>
    public PartitionSnapshot Partition(string topic, int partition = 0) =>
        _partitions.TryGetValue((topic, partition), out var found)
            ? found
            : throw new KeyNotFoundException(
                $"There is no partition {topic}-{partition}; the topics are: {string.Join(", ", Topics)}.");

    /// <summary>The broker that leads a partition, or null.</summary>
    public int? LeaderOf(string topic, int partition = 0) => Partition(topic, partition).Leader;

    /// <summary>The brokers whose replicas are in sync.</summary>
    public ImmutableArray<int> IsrOf(string topic, int partition = 0) => Partition(topic, partition).Isr;

    /// <summary>Counts the leaderships of a partition.</summary>
    public int LeaderEpochOf(string topic, int partition = 0) => Partition(topic, partition).LeaderEpoch;

    /// <summary>The offset below which records are committed, by the leader; -1 while nobody leads.</summary>
    public long HighWatermarkOf(string topic, int partition = 0) => Partition(topic, partition).HighWatermark;

    /// <summary>One line for each broker and each partition.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var broker in Brokers)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {broker}");
        foreach (var partition in Partitions)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {partition}");
        return text.ToString().TrimEnd();
    }
}

/// <summary>A broker at one moment.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Epoch">Counts its lives, over all brokers; -1 before the first.</param>
/// <param name="IsAlive">Its process lives, paused or not.</param>
/// <param name="IsFenced">The controller lets it lead nothing.</param>
public sealed record BrokerSnapshot(int Id, long Epoch, bool IsAlive, bool IsFenced)
{
    /// <summary>In words.</summary>
    public override string ToString() =>
        $"broker {Id}: {(IsAlive ? "alive" : "dead")}{(IsFenced ? ", fenced" : "")}, epoch {Epoch}";
}

/// <summary>A partition at one moment.</summary>
public sealed class PartitionSnapshot
{
    internal PartitionSnapshot(PartitionDescription partition, HashSet<int> living)
    {
        Topic = partition.Partition.Topic;
        Partition = partition.Partition.Partition;
        Leader = partition.Leader.Exists ? partition.Leader.Value : null;
        LeaderEpoch = partition.LeaderEpoch.Value;
        PartitionEpoch = partition.PartitionEpoch.Value;
        MinIsr = partition.MinIsr;
        Assigned = Numbers(partition.Replicas);
        Isr = Numbers(partition.Isr);
        Elr = Numbers(partition.Elr);
        HighWatermark = partition.HighWatermark;
        Replicas = [.. partition.LivingReplicas.Select(replica => new ReplicaSnapshot(
            replica.Broker.Value,
            replica.Role,
            replica.LeaderEpoch.Value,
            replica.LogStartOffset,
            replica.HighWatermark,
            replica.LogEndOffset))];
        IsLed = Leader is { } leader && living.Contains(leader);
        IsUnderReplicated = Assigned.Any(broker => !Isr.Contains(broker) || !living.Contains(broker));
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The partition's number.</summary>
    public int Partition { get; }

    /// <summary>The broker that leads, or null.</summary>
    public int? Leader { get; }

    /// <summary>The controller's leader is a broker that lives.</summary>
    public bool IsLed { get; }

    /// <summary>Counts the leaderships.</summary>
    public int LeaderEpoch { get; }

    /// <summary>Counts the controller's changes of this partition.</summary>
    public int PartitionEpoch { get; }

    /// <summary>How many replicas must be in sync for acks=all.</summary>
    public int MinIsr { get; }

    /// <summary>The brokers that have a replica; the first is the preferred leader.</summary>
    public ImmutableArray<int> Assigned { get; }

    /// <summary>The brokers whose replicas are in sync.</summary>
    public ImmutableArray<int> Isr { get; }

    /// <summary>Brokers that are not in sync, but have everything that is committed (KIP-966).</summary>
    public ImmutableArray<int> Elr { get; }

    /// <summary>The offset below which records are committed, by the leader; -1 while nobody leads.</summary>
    public long HighWatermark { get; }

    /// <summary>A replica is not in sync, or its broker is dead.</summary>
    public bool IsUnderReplicated { get; }

    /// <summary>The replicas on living brokers, by their own account.</summary>
    public ImmutableArray<ReplicaSnapshot> Replicas { get; }

    /// <summary>The replica on a broker, or null where that is dead or has none.</summary>
    public ReplicaSnapshot? ReplicaOn(int broker) => Replicas.FirstOrDefault(replica => replica.Broker == broker);

    /// <summary>In words.</summary>
    public override string ToString() =>
        $"{Topic}-{Partition}: leader {Leader?.ToString(CultureInfo.InvariantCulture) ?? "none"} at epoch {LeaderEpoch}, "
        + $"in sync {{{string.Join(',', Isr)}}} of {{{string.Join(',', Assigned)}}}"
        + (Elr.IsEmpty ? "" : $", elr {{{string.Join(',', Elr)}}}")
        + string.Concat(Replicas.Select(replica => $"; {replica}"));

    private static ImmutableArray<int> Numbers(ImmutableArray<BrokerId> brokers) => [.. brokers.Select(broker => broker.Value)];
}

/// <summary>A replica at one moment, by its own account.</summary>
/// <param name="Broker">Its broker.</param>
/// <param name="Role">What it is.</param>
/// <param name="LeaderEpoch">The leadership that it knows of.</param>
/// <param name="LogStartOffset">The offset of the oldest record.</param>
/// <param name="HighWatermark">Records below it are committed.</param>
/// <param name="LogEndOffset">The offset of the next record.</param>
public sealed record ReplicaSnapshot(
    int Broker, ReplicaRole Role, int LeaderEpoch, long LogStartOffset, long HighWatermark, long LogEndOffset)
{
    /// <summary>In words.</summary>
    public override string ToString() =>
        $"{Broker} {Role} at epoch {LeaderEpoch}, hw {HighWatermark}, end {LogEndOffset}";
}
