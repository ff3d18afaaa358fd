namespace AkkaReplication;

/// <summary>A broker's number, unique in its cluster and kept over restarts; 0 or greater.</summary>
public readonly record struct BrokerId(int Value) : IComparable<BrokerId>
{
    /// <summary>No broker: a partition without a leader has this one (-1 in Kafka's protocol).</summary>
    public static readonly BrokerId None = new(-1);

    /// <summary>True for every id but <see cref="None"/>.</summary>
    public bool Exists => Value >= 0;

    public int CompareTo(BrokerId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value < 0 ? "none" : Value.ToString();

    public static bool operator <(BrokerId left, BrokerId right) => left.Value < right.Value;

    public static bool operator >(BrokerId left, BrokerId right) => left.Value > right.Value;

    public static bool operator <=(BrokerId left, BrokerId right) => left.Value <= right.Value;

    public static bool operator >=(BrokerId left, BrokerId right) => left.Value >= right.Value;
}

/// <summary>A topic's lasting identity: a re-created topic of the same name has another one (KIP-516).</summary>
public readonly record struct TopicId(Guid Value) : IComparable<TopicId>
{
    /// <summary>No topic.</summary>
    public static readonly TopicId None = new(Guid.Empty);

    public int CompareTo(TopicId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString("n");

    public static bool operator <(TopicId left, TopicId right) => left.CompareTo(right) < 0;

    public static bool operator >(TopicId left, TopicId right) => left.CompareTo(right) > 0;

    public static bool operator <=(TopicId left, TopicId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TopicId left, TopicId right) => left.CompareTo(right) >= 0;
}

/// <summary>A partition as people and clients name it.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition's number, from 0.</param>
public readonly record struct TopicPartition(string Topic, int Partition) : IComparable<TopicPartition>
{
    public int CompareTo(TopicPartition other)
    {
        var byTopic = string.CompareOrdinal(Topic, other.Topic);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }

    public override string ToString() => $"{Topic}-{Partition}";

    public static bool operator <(TopicPartition left, TopicPartition right) => left.CompareTo(right) < 0;

    public static bool operator >(TopicPartition left, TopicPartition right) => left.CompareTo(right) > 0;

    public static bool operator <=(TopicPartition left, TopicPartition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TopicPartition left, TopicPartition right) => left.CompareTo(right) >= 0;
}

/// <summary>A partition as brokers name it among themselves: by the topic's identity, never by its name.</summary>
public readonly record struct TopicIdPartition(TopicId TopicId, int Partition) : IComparable<TopicIdPartition>
{
    public int CompareTo(TopicIdPartition other)
    {
        var byTopic = TopicId.CompareTo(other.TopicId);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }

    public override string ToString() => $"{TopicId}-{Partition}";

    public static bool operator <(TopicIdPartition left, TopicIdPartition right) => left.CompareTo(right) < 0;

    public static bool operator >(TopicIdPartition left, TopicIdPartition right) => left.CompareTo(right) > 0;

    public static bool operator <=(TopicIdPartition left, TopicIdPartition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(TopicIdPartition left, TopicIdPartition right) => left.CompareTo(right) >= 0;
}
