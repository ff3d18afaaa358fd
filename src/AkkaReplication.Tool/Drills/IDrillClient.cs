namespace AkkaReplication.Tool.Drills;

/// <summary>What a drill does as a client of the cluster, all of it on one topic.</summary>
internal interface IDrillClient : IAsyncDisposable
{
    /// <summary>Creates the topic.</summary>
    /// <exception cref="ReplicationException">It was refused.</exception>
    Task CreateTopicAsync(DrillTopic topic, CancellationToken ct);

    /// <summary>Produces with acks=all, idempotently, retrying for as long as the client is willing to.</summary>
    /// <returns>The offset at which the record was acknowledged.</returns>
    /// <exception cref="ReplicationException">It was not acknowledged.</exception>
    Task<long> ProduceAsync(int partition, byte[] key, byte[] value);

    /// <summary>
    /// Asks once for acks=all, without retrying, and tells the answer; the record may be in the log all the same.
    /// </summary>
    Task<ErrorCode> ProbeAsync(int partition, byte[] key, byte[] value, CancellationToken ct);

    /// <summary>
    /// What the cluster's metadata says about each partition: LEADER_NOT_AVAILABLE where it has no leader.
    /// </summary>
    Task<IReadOnlyList<ErrorCode>> PartitionErrorsAsync(CancellationToken ct);

    /// <summary>Reads a partition from its beginning to an offset (exclusive) through the consumer.</summary>
    Task ReadAsync(int partition, long upToOffset, Action<ReadRecord> onRecord, CancellationToken ct);
}

/// <summary>The topic of a drill.</summary>
/// <param name="Assignments">The replicas of each partition, the preferred leader first; empty to let the cluster place
/// them.</param>
internal sealed record DrillTopic(
    string Name,
    int Partitions,
    short ReplicationFactor,
    IReadOnlyList<IReadOnlyList<BrokerId>> Assignments,
    IReadOnlyDictionary<string, string> Configs);

/// <summary>A record as a consumer gets it.</summary>
internal readonly record struct ReadRecord(long Offset, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value);
