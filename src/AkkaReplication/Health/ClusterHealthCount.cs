using System.Collections.Immutable;
using AkkaReplication.Brokers;
using AkkaReplication.Metadata;
using AkkaReplication.Replicas;

namespace AkkaReplication;

/// <summary>
/// Counts what is wrong, in one pass over the partitions: two or three look-ups for each, and nothing is allocated but the
/// first names.
/// </summary>
internal sealed class ClusterHealthCount
{
    private readonly MetadataImage _image;
    private readonly long _nowMs;
    private readonly Dictionary<BrokerId, BrokerContext> _living;
    private readonly Dictionary<BrokerId, BrokerContext> _unfenced;
    private readonly Names _withoutLeader;
    private readonly Names _underMinIsr;
    private readonly Names _underReplicated;
    private int _offlineReplicas;

    public ClusterHealthCount(
        MetadataImage image, IEnumerable<KeyValuePair<BrokerId, BrokerContext>> living, long nowMs, int maxNames)
    {
        _image = image;
        _living = new Dictionary<BrokerId, BrokerContext>(living);
        _unfenced = _living.Where(broker => image.TryGetBroker(broker.Key) is { Fenced: false }).ToDictionary();
        _nowMs = nowMs;
        _withoutLeader = new Names(maxNames);
        _underMinIsr = new Names(maxNames);
        _underReplicated = new Names(maxNames);
    }

    public ClusterHealth Count(bool controllerIsActive, IReadOnlyList<BrokerId> brokers)
    {
        foreach (var (_, topic) in _image.TopicsById)
        {
            foreach (var partition in topic.Partitions)
                Count(partition);
        }

        return new ClusterHealth(
            controllerIsActive,
            brokers.Count,
            [.. brokers.Where(id => !_living.ContainsKey(id))],
            [.. brokers.Where(id => _living.ContainsKey(id) && !_unfenced.ContainsKey(id))],
            [.. brokers.Where(id => _unfenced.TryGetValue(id, out var broker) && broker.LeaseEndMs < _nowMs)],
            _image.PartitionCount,
            _withoutLeader.Counted,
            _underMinIsr.Counted,
            _underReplicated.Counted,
            _offlineReplicas);
    }

    private void Count(PartitionRegistration partition)
    {
        var isLed = false;
        foreach (var replica in partition.Replicas)
        {
            var role = RoleOf(replica, partition.Id);
            if (role is null or ReplicaRole.Offline)
                _offlineReplicas++;
            isLed |= role is ReplicaRole.Leader && replica == partition.Leader;
        }

        if (!isLed)
            _withoutLeader.Add(partition);
        if (partition.Isr.Length < partition.MinIsr)
            _underMinIsr.Add(partition);
        if (partition.Isr.Length < partition.Replicas.Length)
            _underReplicated.Add(partition);
    }

    /// <summary>The replica's own view, or null where its broker is dead or fenced or does not know it (yet).</summary>
    private ReplicaRole? RoleOf(BrokerId broker, TopicIdPartition partition) =>
        _unfenced.TryGetValue(broker, out var unfenced) && unfenced.Replicas.TryGet(partition, out var replica)
            ? replica.View?.Role
            : null;

    /// <summary>A count that remembers the first names.</summary>
    private sealed class Names(int max)
    {
        private readonly ImmutableArray<TopicPartition>.Builder _names = ImmutableArray.CreateBuilder<TopicPartition>();
        private int _count;

        public PartitionCount Counted => new(_count, _names.ToImmutable());

        public void Add(PartitionRegistration partition)
        {
            if (_count++ < max)
                _names.Add(partition.Name);
        }
    }
}
