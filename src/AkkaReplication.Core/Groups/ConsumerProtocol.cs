using System.Buffers;
using System.Collections.Immutable;

namespace AkkaReplication.Groups;

/// <summary>
/// What consumers tell each other through their group: the member metadata and assignments of protocol type "consumer".
/// </summary>
public static class ConsumerProtocol
{
    /// <summary>The protocol type of consumers' groups.</summary>
    public const string Type = "consumer";

    private const short SubscriptionVersion = 3;
    private const short AssignmentVersion = 3;

    /// <summary>A subscription as Kafka's version 3 of it.</summary>
    public static byte[] Encode(ConsumerSubscription subscription)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        var writer = new ClassicWriter(buffer);
        writer.Int16(SubscriptionVersion);
        writer.Int32(subscription.Topics.Length);
        foreach (var topic in subscription.Topics)
            writer.Text(topic);
        writer.NullableBytes(subscription.UserData);
        Write(writer, subscription.OwnedPartitions);
        writer.Int32(subscription.Generation);
        writer.NullableText(subscription.RackId);
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="GroupRecordFormatException">The bytes are no subscription.</exception>
    public static ConsumerSubscription DecodeSubscription(ReadOnlyMemory<byte> bytes)
    {
        var reader = new ClassicReader(bytes);
        // A newer version only adds at the end.
        var version = RequireVersion(reader.Int16());
        var topics = ReadTopics(ref reader);
        var userData = reader.NullableBytes();
        var owned = version >= 1 ? ReadPartitions(ref reader) : [];
        var generation = version >= 2 ? reader.Int32() : -1;
        var rack = version >= 3 ? reader.NullableText() : null;
        return new ConsumerSubscription(topics, userData, owned, generation, rack);
    }

    /// <summary>The topics alone, of whatever version the subscription is; null when the bytes are none.</summary>
    public static ImmutableArray<string>? TryReadTopics(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new ClassicReader(bytes);
            RequireVersion(reader.Int16());
            return ReadTopics(ref reader);
        }
        catch (GroupRecordFormatException)
        {
            return null;
        }
    }

    /// <summary>An assignment as Kafka's version 3 of it.</summary>
    public static byte[] EncodeAssignment(ImmutableArray<TopicPartition> partitions)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        var writer = new ClassicWriter(buffer);
        writer.Int16(AssignmentVersion);
        Write(writer, partitions);
        writer.NullableBytes(null);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The assigned partitions; none where the leader assigned nothing, which is no bytes at all.</summary>
    /// <exception cref="GroupRecordFormatException">The bytes are no assignment.</exception>
    public static ImmutableArray<TopicPartition> DecodeAssignment(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return [];

        var reader = new ClassicReader(bytes);
        RequireVersion(reader.Int16());
        return ReadPartitions(ref reader);
    }

    private static short RequireVersion(short version) => version >= 0
        ? version
        : throw new GroupRecordFormatException($"Consumer metadata has version {version}; 0 is the lowest.");

    private static ImmutableArray<string> ReadTopics(ref ClassicReader reader)
    {
        var count = reader.Count(leastSizeBytes: 2);
        var topics = ImmutableArray.CreateBuilder<string>(count);
        for (var i = 0; i < count; i++)
            topics.Add(reader.Text());
        return topics.MoveToImmutable();
    }

    private static void Write(ClassicWriter writer, ImmutableArray<TopicPartition> partitions)
    {
        var byTopic = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (var partition in partitions)
        {
            if (!byTopic.TryGetValue(partition.Topic, out var numbers))
                byTopic.Add(partition.Topic, numbers = []);
            numbers.Add(partition.Partition);
        }

        writer.Int32(byTopic.Count);
        foreach (var (topic, numbers) in byTopic)
        {
            writer.Text(topic);
            writer.Int32(numbers.Count);
            foreach (var number in numbers)
                writer.Int32(number);
        }
    }

    private static ImmutableArray<TopicPartition> ReadPartitions(ref ClassicReader reader)
    {
        var partitions = ImmutableArray.CreateBuilder<TopicPartition>();
        var topics = reader.Count(leastSizeBytes: 6);
        for (var i = 0; i < topics; i++)
        {
            var topic = reader.Text();
            var count = reader.Count(leastSizeBytes: 4);
            for (var j = 0; j < count; j++)
                partitions.Add(new TopicPartition(topic, reader.Int32()));
        }

        return partitions.ToImmutable();
    }
}
