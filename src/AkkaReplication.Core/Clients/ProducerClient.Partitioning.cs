namespace AkkaReplication.Clients;

/// <summary>Which partition a record goes to.</summary>
public sealed partial class ProducerClient
{
    /// <summary>
    /// The record's partition in a topic that is known; to be called once for each record, as the choice counts its
    /// bytes.
    /// </summary>
    /// <returns>Null, or why the record has none: a partitioner that fails concerns this record alone.</returns>
    private AppendResult? Choose(ProducerTopic topic, in ProducerRecord record, int size, out int partition)
    {
        var known = topic.Known!;
        partition = record.Partition;
        if (partition >= 0)
            return null;

        if (_settings.Partitioner is { } custom)
            return Ask(custom, known, record, out partition);

        partition = record.KeyIsNull || _settings.PartitionerIgnoreKeys
            ? topic.Sticky.Next(known, size)
            : Murmur2.PartitionOf(record.Key, known.Partitions.Length);
        return null;
    }

    private static AppendResult? Ask(
        IPartitioner partitioner, KnownTopic topic, in ProducerRecord record, out int partition)
    {
        var count = topic.Partitions.Length;
        partition = ProducerRecord.AnyPartition;
        try
        {
            partition = partitioner.Partition(new PartitionRequest
            {
                Topic = topic.Name,
                Key = record.Key,
                KeyIsNull = record.KeyIsNull,
                Value = record.Value,
                ValueIsNull = record.ValueIsNull,
                PartitionCount = count,
                Known = topic,
            });
        }
        catch (Exception e)
        {
            return Invalid($"threw {e.GetType().Name}: {e.Message}", e);
        }

        return (uint)partition < (uint)count
            ? null
            : Invalid($"chose partition {partition} of '{topic.Name}'; 0 to {count - 1} is accepted.", null);

        AppendResult Invalid(string what, Exception? cause) => new(
            ErrorCode.InvalidRequest, $"The partitioner {partitioner.GetType().Name} {what}", Wake: false, cause);
    }
}
