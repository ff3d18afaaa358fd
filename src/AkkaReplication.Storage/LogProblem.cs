namespace AkkaReplication.Storage;

/// <summary>A log that could not be loaded. Its files are as they were; its replica is offline.</summary>
/// <param name="TopicId">Null where not even that could be read.</param>
/// <param name="Reason">A sentence for the operator.</param>
public sealed record LogProblem(TopicPartition Partition, TopicId? TopicId, string Directory, string Reason)
{
    /// <summary>The partition by its topic's identity; null where that is not known.</summary>
    public TopicIdPartition? Id => TopicId is { } topicId ? new TopicIdPartition(topicId, Partition.Partition) : null;
}
