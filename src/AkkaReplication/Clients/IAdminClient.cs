using AkkaReplication.Clients;
using AkkaReplication.Controller;

namespace AkkaReplication;

/// <summary>
/// Topics and elections. Members may be called from any thread; each ends after default.api.timeout.ms at the latest.
/// </summary>
public interface IAdminClient : IAsyncDisposable
{
    /// <summary>Creates topics; each stands or falls alone. Ends when the controller has committed them.</summary>
    /// <param name="validateOnly">Only checks whether they could be created.</param>
    /// <exception cref="TopicsException">A topic was not created; the others may have been.</exception>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<TopicResult>> CreateTopicsAsync(
        IEnumerable<TopicSpecification> topics, bool validateOnly = false, CancellationToken ct = default);

    /// <summary>Deletes topics with all their records; each stands or falls alone.</summary>
    /// <exception cref="TopicsException">A topic was not deleted; the others may have been.</exception>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<TopicResult>> DeleteTopicsAsync(IEnumerable<string> names, CancellationToken ct = default);

    /// <summary>Topics as one broker knows them now.</summary>
    /// <param name="names">Null for all.</param>
    /// <returns>One entry per name; one whose Error is not NONE cannot be described.</returns>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<IReadOnlyList<TopicInfo>> DescribeTopicsAsync(
        IEnumerable<string>? names = null, CancellationToken ct = default);

    /// <summary>The cluster as one broker knows it now.</summary>
    /// <exception cref="ReplicationException">No broker answered.</exception>
    Task<ClusterInfo> DescribeClusterAsync(CancellationToken ct = default);

    /// <summary>Elects leaders by hand.</summary>
    /// <param name="partitions">Null for all.</param>
    /// <returns>One entry per partition that was named; ELECTION_NOT_NEEDED is no failure.</returns>
    /// <exception cref="ReplicationException">The whole request failed.</exception>
    Task<IReadOnlyList<ElectionResult>> ElectLeadersAsync(
        ElectionType type, IEnumerable<TopicPartition>? partitions = null, CancellationToken ct = default);
}

/// <summary>A topic to be created.</summary>
public sealed class TopicSpecification
{
    /// <summary>1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>1 or more; -1 for num.partitions.</summary>
    public int NumPartitions { get; init; } = -1;

    /// <summary>1 to the number of brokers; -1 for default.replication.factor.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>Topic settings under Kafka's names.</summary>
    public IReadOnlyDictionary<string, string>? Configs { get; init; }

    /// <summary>
    /// The replicas of each partition, the preferred leader first; left out, the controller places them.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<BrokerId>>? ReplicasAssignments { get; init; }
}

/// <summary>A cluster as one broker knows it.</summary>
public sealed record ClusterInfo(
    string ClusterId, long MetadataOffset, BrokerId Controller, IReadOnlyList<BrokerInfo> Brokers);

/// <summary>Some topics of a request were refused.</summary>
public sealed class TopicsException : ReplicationException
{
    public TopicsException(IReadOnlyList<TopicResult> results)
        : base(FirstFailure(results).Error, Describe(results)) => Results = results;

    /// <summary>What became of each topic.</summary>
    public IReadOnlyList<TopicResult> Results { get; }

    private static TopicResult FirstFailure(IReadOnlyList<TopicResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return results.First(r => r.Error != ErrorCode.None);
    }

    private static string Describe(IReadOnlyList<TopicResult> results) => string.Join(
        "; ",
        results
            .Where(r => r.Error != ErrorCode.None)
            .Select(r => $"{r.Name}: {r.Error.KafkaName()} {r.Message}".TrimEnd()));
}
