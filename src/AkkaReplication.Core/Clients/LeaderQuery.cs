namespace AkkaReplication.Clients;

/// <summary>A kind of question that only partitions' leaders can answer.</summary>
public abstract record LeaderQuery
{
    /// <summary>A repetition may find that an earlier attempt was carried out.</summary>
    internal abstract bool IsChange { get; }

    /// <param name="timeoutMs">How long the leader may take.</param>
    internal abstract ClientRequest ToRequest(
        IEnumerable<(KnownLeader Leader, long Value)> partitions, int timeoutMs);

    /// <summary>Null where the response does not speak of the partition.</summary>
    internal abstract LeaderAnswer? AnswerIn(ClientResponse response, TopicPartition name, TopicIdPartition partition);
}

/// <summary>Delete everything below the offset that is each partition's value; -1 for the high watermark.</summary>
public sealed record DeleteRecordsQuery : LeaderQuery
{
    internal override bool IsChange => true;

    internal override ClientRequest ToRequest(
        IEnumerable<(KnownLeader Leader, long Value)> partitions, int timeoutMs) => new DeleteRecordsRequest(
            timeoutMs,
            [.. partitions.Select(p => new PartitionDeletion(p.Leader.Partition, p.Leader.Epoch, p.Value))]);

    internal override LeaderAnswer? AnswerIn(
        ClientResponse response, TopicPartition name, TopicIdPartition partition) =>
        (response as DeleteRecordsResponse)?.Results.FirstOrDefault(r => r.Partition == partition) is { } result
            ? new LeaderAnswer(name, result.Error, result.Message, result.LowWatermark, -1, LeaderEpoch.None, false)
            : null;
}

/// <summary>The offset for the timestamp that is each partition's value; -1 for the end, -2 for the beginning.</summary>
public sealed record ListOffsetsQuery(IsolationLevel Isolation) : LeaderQuery
{
    internal override bool IsChange => false;

    internal override ClientRequest ToRequest(
        IEnumerable<(KnownLeader Leader, long Value)> partitions, int timeoutMs) => new ListOffsetsRequest(
            Isolation,
            [.. partitions.Select(p => new OffsetQuery(p.Leader.Partition, p.Leader.Epoch, p.Value))]);

    internal override LeaderAnswer? AnswerIn(
        ClientResponse response, TopicPartition name, TopicIdPartition partition) =>
        (response as ListOffsetsResponse)?.Results.FirstOrDefault(r => r.Partition == partition) is { } result
            ? new LeaderAnswer(name, result.Error, null, result.Offset, result.TimestampMs, result.LeaderEpoch, false)
            : null;
}
