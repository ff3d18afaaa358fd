using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.FetchSessions;

/// <summary>A partition as fetches name it: by its topic's name, or from version 13 on by its topic's id.</summary>
/// <param name="Topic">Empty where ids are used.</param>
/// <param name="TopicId">Zero where names are used.</param>
internal readonly record struct FetchKey(string Topic, Guid TopicId, int Partition);

/// <summary>What a consumer wants of a partition.</summary>
internal readonly record struct FetchTarget(
    FetchKey Key, LeaderEpoch LeaderEpoch, long Offset, LeaderEpoch LastFetchedEpoch, int MaxBytes)
{
    /// <summary>Everything that a request lists, in its order.</summary>
    public static FetchTarget[] Of(FetchRequest request, bool usesTopicIds)
    {
        var targets = new FetchTarget[request.Topics.Sum(topic => topic.Partitions.Length)];
        var next = 0;
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                targets[next++] = new FetchTarget(
                    KeyOf(usesTopicIds, topic.Topic, topic.TopicId, partition.Partition),
                    new LeaderEpoch(partition.CurrentLeaderEpoch),
                    partition.FetchOffset,
                    new LeaderEpoch(partition.LastFetchedEpoch),
                    partition.PartitionMaxBytes);
            }
        }

        return targets;
    }

    public static FetchKey KeyOf(bool usesTopicIds, string topic, Guid topicId, int partition) =>
        usesTopicIds ? new FetchKey("", topicId, partition) : new FetchKey(topic, Guid.Empty, partition);
}
