using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>A partition's leader as a client knows it.</summary>
public readonly record struct KnownLeader(TopicIdPartition Partition, BrokerId Broker, LeaderEpoch Epoch);

/// <summary>A topic as a client knows it, immutable.</summary>
/// <param name="MetadataOffset">How far the broker that told us had followed the metadata; -1 where it did not say.</param>
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
/// broker never takes the client back to an earlier leader (KIP-320). Kafka's protocol has no such offset; there the leader
/// epochs order what is told of each partition.
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

    /// <summary>The broker that takes what is for the controller; none where any broker does.</summary>
    public BrokerId Controller { get; private set; } = BrokerId.None;

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
            Controller = response.Controller;
            BrokersVersion++;
        }

        var news = MetadataNews.Fresh;
        foreach (var topic in response.Topics)
        {
            var told = Know(topic, response.MetadataOffset);
            if (!_topics.TryGetValue(topic.Name, out var known))
                _topics[topic.Name] = told;
            else if (known.MetadataOffset > response.MetadataOffset)
                news = MetadataNews.Stale;
            else if (KeepLaterLeaders(known, told) is { } mended)
                (_topics[topic.Name], news) = (mended, MetadataNews.Stale);
            else
                _topics[topic.Name] = told;
        }

        return news;
    }

    /// <summary>What was told without an offset, but for the partitions of which a later leader epoch is known.</summary>
    /// <returns>Null where all of it is news.</returns>
    private static KnownTopic? KeepLaterLeaders(KnownTopic known, KnownTopic told)
    {
        // A topic that was made anew begins its epochs anew.
        if (told.MetadataOffset >= 0 || known.Id != told.Id)
            return null;

        ImmutableArray<PartitionInfo?>.Builder? mended = null;
        for (var i = 0; i < Math.Min(known.Partitions.Length, told.Partitions.Length); i++)
        {
            if (known.Partitions[i] is not { } before || told.Partitions[i] is not { LeaderEpoch.Value: >= 0 } now)
                continue;
            if (now.LeaderEpoch >= before.LeaderEpoch)
                continue;

            mended ??= told.Partitions.ToBuilder();
            mended[i] = before;
        }

        return mended is null ? null : told with { Partitions = mended.MoveToImmutable() };
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
