namespace AkkaReplication;

/// <summary>A record's place in its partition: 0 or greater, or one of Kafka's special values.</summary>
public readonly record struct Offset(long Value) : IComparable<Offset>
{
    /// <summary>The oldest record that is kept.</summary>
    public static readonly Offset Beginning = new(Clients.ConsumerClient.Beginning);

    /// <summary>After the last record that can be read now.</summary>
    public static readonly Offset End = new(Clients.ConsumerClient.End);

    /// <summary>
    /// No offset: a consumer starts where its group has committed, if it has one that has, and otherwise where
    /// auto.offset.reset says; a report does not know the offset.
    /// </summary>
    public static readonly Offset Unset = new(Clients.ConsumerClient.Unset);

    /// <summary>Whether this is one of the special values.</summary>
    public bool IsSpecial => Value < 0;

    public int CompareTo(Offset other) => Value.CompareTo(other.Value);

    public override string ToString() => Value switch
    {
        Clients.ConsumerClient.Beginning => "beginning",
        Clients.ConsumerClient.End => "end",
        Clients.ConsumerClient.Unset => "unset",
        _ => Value.ToString(),
    };

    /// <summary>The number as an offset.</summary>
    public static Offset FromInt64(long value) => new(value);

    /// <summary>The offset's number.</summary>
    public long ToInt64() => Value;

    public static implicit operator Offset(long value) => new(value);

    public static implicit operator long(Offset offset) => offset.Value;

    public static bool operator <(Offset left, Offset right) => left.Value < right.Value;

    public static bool operator >(Offset left, Offset right) => left.Value > right.Value;

    public static bool operator <=(Offset left, Offset right) => left.Value <= right.Value;

    public static bool operator >=(Offset left, Offset right) => left.Value >= right.Value;
}

/// <summary>A place in a partition.</summary>
public readonly record struct TopicPartitionOffset(TopicPartition TopicPartition, Offset Offset)
{
    public TopicPartitionOffset(string topic, int partition, Offset offset)
        : this(new TopicPartition(topic, partition), offset)
    {
    }

    /// <summary>The topic's name.</summary>
    public string Topic => TopicPartition.Topic;

    /// <summary>The partition's number, from 0.</summary>
    public int Partition => TopicPartition.Partition;

    public override string ToString() => $"{TopicPartition}@{Offset}";
}

/// <summary>A moment in a partition.</summary>
/// <param name="Timestamp">Looked for with a precision of 1 ms.</param>
public readonly record struct TopicPartitionTimestamp(TopicPartition TopicPartition, DateTimeOffset Timestamp);
