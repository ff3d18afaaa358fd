namespace AkkaReplication;

/// <summary>A record of a <see cref="ConsumeBatch{TKey, TValue}"/>.</summary>
public readonly record struct ConsumeRecord<TKey, TValue>(
    Offset Offset, LeaderEpoch LeaderEpoch, Timestamp Timestamp, TKey Key, TValue Value, Headers? Headers);

/// <summary>
/// Consecutive records of one partition, at least one. They stand in memory that the consumer uses again: valid until
/// its next read. What deserializers made stays.
/// </summary>
public readonly struct ConsumeBatch<TKey, TValue>
{
    internal ConsumeBatch(TopicPartition partition, ReadOnlyMemory<ConsumeRecord<TKey, TValue>> records)
    {
        TopicPartition = partition;
        Records = records;
    }

    public TopicPartition TopicPartition { get; }

    /// <summary>The topic's name.</summary>
    public string Topic => TopicPartition.Topic;

    /// <summary>The partition's number.</summary>
    public int Partition => TopicPartition.Partition;

    public ReadOnlyMemory<ConsumeRecord<TKey, TValue>> Records { get; }

    public int Count => Records.Length;

    public ref readonly ConsumeRecord<TKey, TValue> this[int index] => ref Records.Span[index];

    public Enumerator GetEnumerator() => new(Records);

    /// <summary>Walks the records; lives on the stack.</summary>
    public struct Enumerator
    {
        private readonly ReadOnlyMemory<ConsumeRecord<TKey, TValue>> _records;
        private int _index;

        internal Enumerator(ReadOnlyMemory<ConsumeRecord<TKey, TValue>> records)
        {
            _records = records;
            _index = -1;
        }

        public readonly ref readonly ConsumeRecord<TKey, TValue> Current => ref _records.Span[_index];

        public bool MoveNext() => ++_index < _records.Length;
    }
}
