namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>
/// The partitions of one request, by topic: their names for the broker, and their ids for whoever asked.
/// </summary>
internal sealed class PartitionNames<T>
{
    private readonly Dictionary<string, Topic> _byName = new(StringComparer.Ordinal);

    /// <param name="partitionOf">The partition that an item speaks of.</param>
    public PartitionNames(IEnumerable<T> items, Func<T, TopicIdPartition> partitionOf, TopicDirectory topics)
    {
        Topic? last = null;
        foreach (var item in items)
        {
            var id = partitionOf(item).TopicId;
            if (last?.Id != id)
                last = Find(id, topics);
            (last?.Items ?? Unknown).Add(item);
        }
    }

    /// <summary>Each once, in the order of the request: what comes first is served first.</summary>
    public List<Topic> Topics { get; } = [];

    /// <summary>Items of topics that are no more.</summary>
    public List<T> Unknown { get; } = [];

    /// <summary>The brokers know all these topics' ids, too.</summary>
    public bool HaveIds { get; private set; } = true;

    /// <summary>The partition that a broker speaks of; null for one of a topic that it was not asked about.</summary>
    public TopicIdPartition? Find(string topic, int partition) =>
        _byName.TryGetValue(topic, out var known) ? new TopicIdPartition(known.Id, partition) : null;

    private Topic? Find(TopicId id, TopicDirectory topics)
    {
        if (!topics.TryFind(id, out var name, out var isReal))
            return null;
        if (_byName.TryGetValue(name, out var topic))
            return topic;

        HaveIds &= isReal;
        topic = new Topic(name, id, []);
        _byName.Add(name, topic);
        Topics.Add(topic);
        return topic;
    }

    public sealed record Topic(string Name, TopicId Id, List<T> Items);
}
