using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>A partition's leader as a client knows it.</summary>
public readonly record struct KnownLeader(TopicIdPartition Partition, BrokerId Broker, LeaderEpoch Epoch);

/// <summary>A topic as a client knows it, immutable.</summary>
/// <param name="MetadataOffset">How far the broker that told us had followed the metadata.</param>
/// <param name="Partitions">By their numbers; a number that was not told has an empty place.</param>
public sealed record KnownTopic(
    string Name,
    TopicId Id,
    ErrorCode Error,
    long MetadataOffset,
    ImmutableArray<PartitionInfo?> Partitions,
    int? MaxMessageBytes)
{
    /// <summary>Whether records can be assigned to partitions.</summary>
    public bool IsUsable => Error == ErrorCode.None && Partitions.Length > 0;

    /// <summary>The partition's leader; false while none is known.</summary>
    public bool TryGetLeader(int partition, out KnownLeader leader)
    {
        leader = default;
        if (Error != ErrorCode.None || (uint)partition >= (uint)Partitions.Length)
            return false;
        if (Partitions[partition] is not { Leader.Exists: true } info)
            return false;

        leader = new KnownLeader(new TopicIdPartition(Id, partition), info.Leader, info.LeaderEpoch);
        return true;
    }
}

/// <summary>What came of an answer with metadata.</summary>
public enum MetadataNews : byte
{
    /// <summary>It was taken over.</summary>
    Fresh,

    /// <summary>Some of it is older than what is known; that part was dropped.</summary>
    Stale,

    /// <summary>It speaks of another cluster and was dropped.</summary>
    OtherCluster,
}

/// <summary>
/// What a client knows about brokers and topics. The metadata offset orders all answers of a cluster, so that a lagging
/// broker never takes the client back to an earlier leader (KIP-320).
/// </summary>
public sealed class ClientMetadata
{
    private readonly Dictionary<string, KnownTopic> _topics = new(StringComparer.Ordinal);
    private long _brokersOffset = -1;

    /// <summary>The cluster that was met first; null before.</summary>
    public string? ClusterId { get; private set; }

    public ImmutableArray<BrokerInfo> Brokers { get; private set; } = [];

    /// <summary>Changes with <see cref="Brokers"/>.</summary>
    public int BrokersVersion { get; private set; }

    public KnownTopic? Find(string topic) => _topics.GetValueOrDefault(topic);

    public bool TryGetLeader(TopicPartition partition, out KnownLeader leader)
    {
        leader = default;
        return _topics.TryGetValue(partition.Topic, out var topic)
            && topic.TryGetLeader(partition.Partition, out leader);
    }

    public MetadataNews Update(MetadataResponse response)
    {
        if (ClusterId is not null && !string.Equals(ClusterId, response.ClusterId, StringComparison.Ordinal))
            return MetadataNews.OtherCluster;

        ClusterId = response.ClusterId;
        if (response.MetadataOffset >= _brokersOffset)
        {
            _brokersOffset = response.MetadataOffset;
            Brokers = response.Brokers;
            BrokersVersion++;
        }

        var news = MetadataNews.Fresh;
        foreach (var topic in response.Topics)
        {
            if (_topics.TryGetValue(topic.Name, out var known) && known.MetadataOffset > response.MetadataOffset)
                news = MetadataNews.Stale;
            else
                _topics[topic.Name] = Know(topic, response.MetadataOffset);
        }

        return news;
    }

    private static KnownTopic Know(TopicInfo topic, long offset)
    {
        if (topic.Error != ErrorCode.None || topic.Partitions.IsDefaultOrEmpty)
            return new KnownTopic(topic.Name, topic.Id, topic.Error, offset, [], null);

        var partitions = new PartitionInfo?[topic.Partitions.Max(p => p.Partition) + 1];
        foreach (var partition in topic.Partitions)
            partitions[partition.Partition] = partition;

        var limit = topic.Configs is { } configs
            && configs.TryGetValue("max.message.bytes", out var text)
            && int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var bytes)
                ? bytes
                : Logs.BatchLimits.Default.MaxMessageBytes;
        return new KnownTopic(topic.Name, topic.Id, topic.Error, offset, ImmutableArray.Create(partitions), limit);
    }
}
