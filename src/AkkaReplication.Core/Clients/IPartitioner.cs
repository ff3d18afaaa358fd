using AkkaReplication.Clients;

namespace AkkaReplication;

/// <summary>
/// Chooses the partitions of records that name none (Kafka's partitioner.class). One producer never calls it from two
/// threads at a time, but from whichever thread produces; it must not block, and must not use the producer.
/// </summary>
public interface IPartitioner
{
    /// <returns>
    /// 0 to <see cref="PartitionRequest.PartitionCount"/> - 1. Any other number, and any exception, fails that record
    /// with INVALID_REQUEST, and no other.
    /// </returns>
    int Partition(in PartitionRequest request);
}

/// <summary>A record that needs a partition. Its bytes are valid during the call only.</summary>
public readonly ref struct PartitionRequest
{
    public required string Topic { get; init; }

    public ReadOnlySpan<byte> Key { get; init; }

    public bool KeyIsNull { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    public bool ValueIsNull { get; init; }

    /// <summary>The topic's partitions, 1 or more.</summary>
    public required int PartitionCount { get; init; }

    internal KnownTopic? Known { get; init; }

    /// <summary>
    /// Whether the partition has a leader, as far as the producer knows: without one its records wait.
    /// </summary>
    public bool HasLeader(int partition) =>
        (uint)partition < (uint)PartitionCount && (Known is null || Known.TryGetLeader(partition, out _));
}

/// <summary>A partitioner as a function; see <see cref="IPartitioner.Partition"/>.</summary>
public delegate int PartitionerFunction(in PartitionRequest request);

/// <summary>
/// Partitioners beside the default one, which hashes keys as Kafka's clients do (murmur2) and keeps to one partition
/// for records without a key until a batch's worth went there (KIP-480, KIP-794).
/// </summary>
public static class Partitioners
{
    /// <summary>
    /// One partition after the other, whatever the keys (Kafka's RoundRobinPartitioner); those without a leader are
    /// passed over while another one has one. For one producer: it counts.
    /// </summary>
    public static IPartitioner RoundRobin() => new RoundRobinPartitioner();

    /// <summary>A function as a partitioner.</summary>
    public static IPartitioner From(PartitionerFunction choose)
    {
        ArgumentNullException.ThrowIfNull(choose);
        return new FunctionPartitioner(choose);
    }

    private sealed class FunctionPartitioner(PartitionerFunction choose) : IPartitioner
    {
        public int Partition(in PartitionRequest request) => choose(request);
    }

    private sealed class RoundRobinPartitioner : IPartitioner
    {
        private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);

        public int Partition(in PartitionRequest request)
        {
            var first = _next.GetValueOrDefault(request.Topic) % request.PartitionCount;
            var chosen = first;
            for (var i = 0; i < request.PartitionCount; i++)
            {
                var candidate = (first + i) % request.PartitionCount;
                if (!request.HasLeader(candidate))
                    continue;

                chosen = candidate;
                break;
            }

            _next[request.Topic] = chosen + 1;
            return chosen;
        }
    }
}
