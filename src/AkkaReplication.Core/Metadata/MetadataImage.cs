using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>
/// The cluster's metadata up to one offset of the metadata log: always the fold of its records, immutable, never anything
/// that is not in the log (P3).
/// </summary>
public sealed partial class MetadataImage
{
    /// <summary>The newest format of metadata that this code writes and reads (M4).</summary>
    public const short LatestMetadataVersion = 1;

    private readonly ImmutableSortedDictionary<BrokerId, BrokerStatus> _statuses;

    private MetadataImage(string clusterId)
    {
        ClusterId = clusterId;
        Offset = -1;
        Epoch = ControllerEpoch.None;
        Brokers = ImmutableSortedDictionary<BrokerId, BrokerRegistration>.Empty;
        TopicsById = ImmutableSortedDictionary<TopicId, TopicImage>.Empty;
        TopicsByName = ImmutableSortedDictionary.Create<string, TopicId>(StringComparer.Ordinal);
        MetadataVersion = LatestMetadataVersion;
        _statuses = ImmutableSortedDictionary<BrokerId, BrokerStatus>.Empty;
    }

    private MetadataImage(Folding state)
    {
        ClusterId = state.ClusterId;
        Offset = state.Offset;
        Epoch = state.Epoch;
        Brokers = state.Brokers;
        TopicsById = state.TopicsById;
        TopicsByName = state.TopicsByName;
        NextProducerId = state.NextProducerId;
        MetadataVersion = state.MetadataVersion;
        PartitionCount = state.PartitionCount;
        _statuses = state.Statuses;
    }

    /// <summary>The cluster that this is about; not a record, given when the voters are formatted (Q8).</summary>
    public string ClusterId { get; }

    /// <summary>The last offset that is part of it, or -1.</summary>
    public long Offset { get; }

    /// <summary>Controller epoch of the record at <see cref="Offset"/>.</summary>
    public ControllerEpoch Epoch { get; }

    public ImmutableSortedDictionary<BrokerId, BrokerRegistration> Brokers { get; }

    public ImmutableSortedDictionary<TopicId, TopicImage> TopicsById { get; }

    /// <summary>Ordinal order.</summary>
    public ImmutableSortedDictionary<string, TopicId> TopicsByName { get; }

    /// <summary>The first producer id that nobody was given.</summary>
    public long NextProducerId { get; }

    public short MetadataVersion { get; }

    /// <summary>Partitions of all topics.</summary>
    public int PartitionCount { get; }

    /// <summary>What leaders need to know of the brokers. Its dictionary is the same object until a broker changes.</summary>
    public BrokersView BrokersView => new(Offset, _statuses);

    /// <summary>A cluster about which nothing has been decided.</summary>
    public static MetadataImage Empty(string clusterId) => new(clusterId);

    /// <summary>The image that a snapshot was made from.</summary>
    /// <exception cref="InvalidOperationException">Its records contradict one another.</exception>
    public static MetadataImage FromSnapshot(MetadataSnapshot snapshot)
    {
        var state = new Folding(Empty(snapshot.ClusterId));
        foreach (var record in snapshot.Records)
            state.Fold(record, snapshot.Offset);
        state.Offset = snapshot.Offset;
        state.Epoch = snapshot.Epoch;
        return new MetadataImage(state);
    }

    /// <summary>The image after a batch that was decided, and so is applied, as one (Q6).</summary>
    /// <exception cref="InvalidOperationException">It does not follow this image, or contradicts it.</exception>
    public MetadataImage Apply(MetadataBatch batch)
    {
        var state = new Folding(this);
        for (var i = 0; i < batch.Records.Length; i++)
            state.Apply(batch.Records[i], batch.BaseOffset + i, batch.Epoch);
        return new MetadataImage(state);
    }

    /// <summary>The image after one more record.</summary>
    /// <exception cref="InvalidOperationException">It does not follow this image, or contradicts it.</exception>
    public MetadataImage Apply(MetadataRecord record, long offset, ControllerEpoch epoch)
    {
        var state = new Folding(this);
        state.Apply(record, offset, epoch);
        return new MetadataImage(state);
    }

    /// <summary>The partition, or null.</summary>
    public PartitionRegistration? TryGetPartition(TopicIdPartition partition) =>
        TopicsById.TryGetValue(partition.TopicId, out var topic)
        && topic.HasPartition(partition.Partition)
            ? topic.Partitions[partition.Partition]
            : null;

    /// <summary>The partition of that name, or null.</summary>
    public PartitionRegistration? TryGetPartition(TopicPartition partition) =>
        TopicsByName.TryGetValue(partition.Topic, out var id)
            ? TryGetPartition(new TopicIdPartition(id, partition.Partition))
            : null;

    /// <summary>The topic of that name, or null.</summary>
    public TopicImage? TryGetTopic(string name) =>
        TopicsByName.TryGetValue(name, out var id) ? TopicsById[id] : null;

    /// <summary>The broker, or null where it was never registered.</summary>
    public BrokerRegistration? TryGetBroker(BrokerId broker) => Brokers.GetValueOrDefault(broker);

    /// <summary>This image as the records that lead to it, for a snapshot.</summary>
    public MetadataSnapshot ToSnapshot() => new(ClusterId, Offset, Epoch, ToRecords());

    /// <summary>The fewest records that lead to this image, in an order in which they can be applied.</summary>
    public ImmutableArray<MetadataRecord> ToRecords()
    {
        var records = ImmutableArray.CreateBuilder<MetadataRecord>();
        records.Add(new MetadataVersionRecord(MetadataVersion));
        if (NextProducerId > 0)
            records.Add(new ProducerIdsRecord(BrokerId.None, BrokerEpoch.Unknown, NextProducerId));
        foreach (var topic in TopicsById.Values)
            AddTopic(topic, records);
        foreach (var broker in Brokers.Values)
            AddBroker(broker, records);
        return records.ToImmutable();
    }

    private static void AddTopic(TopicImage topic, ImmutableArray<MetadataRecord>.Builder records)
    {
        records.Add(new TopicRecord(topic.Name, topic.Id));
        foreach (var (name, value) in topic.Configs)
            records.Add(new TopicConfigRecord(topic.Id, name, value));
        foreach (var p in topic.Partitions)
        {
            records.Add(new PartitionRecord(p.TopicId, p.Partition, p.Replicas, p.Isr, p.Leader, p.MinIsr)
            {
                Elr = p.Elr,
                LastKnownElr = p.LastKnownElr,
                LeaderEpoch = p.LeaderEpoch,
                PartitionEpoch = p.PartitionEpoch,
                RecoveryState = p.RecoveryState,
            });
        }
    }

    private static void AddBroker(BrokerRegistration broker, ImmutableArray<MetadataRecord>.Builder records)
    {
        records.Add(new RegisterBrokerRecord(
            broker.Id, broker.IncarnationId, broker.Epoch, broker.Rack, broker.LogDirs)
        {
            Endpoints = broker.Endpoints,
        });
        if (!broker.Fenced || broker.InControlledShutdown || broker.OfflineReplicas.Count > 0)
        {
            records.Add(new BrokerChangeRecord(
                broker.Id,
                broker.Epoch,
                broker.Fenced,
                broker.InControlledShutdown,
                [.. broker.OfflineReplicas],
                broker.InControlledShutdown ? broker.ControlledShutdownOffset : null));
        }
    }
}
