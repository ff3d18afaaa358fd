namespace AkkaReplication;

/// <summary>Counts the leaderships of a partition; minted by the controller at each change of leader, stamped on every batch. Fences an old leader and a diverged follower (KIP-101, KIP-279, KIP-320).</summary>
public readonly record struct LeaderEpoch(int Value) : IComparable<LeaderEpoch>
{
    /// <summary>No epoch is known (-1 in Kafka's protocol).</summary>
    public static readonly LeaderEpoch None = new(-1);

    /// <summary>The epoch after this one. A method: serializers that walk properties would never come to an end.</summary>
    public LeaderEpoch Next() => new(Value + 1);

    public int CompareTo(LeaderEpoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static bool operator <(LeaderEpoch left, LeaderEpoch right) => left.Value < right.Value;

    public static bool operator >(LeaderEpoch left, LeaderEpoch right) => left.Value > right.Value;

    public static bool operator <=(LeaderEpoch left, LeaderEpoch right) => left.Value <= right.Value;

    public static bool operator >=(LeaderEpoch left, LeaderEpoch right) => left.Value >= right.Value;
}

/// <summary>Counts the changes of a partition's registration; the compare-and-set token of an ISR proposal (KIP-497).</summary>
public readonly record struct PartitionEpoch(int Value) : IComparable<PartitionEpoch>
{
    /// <summary>No registration has been seen.</summary>
    public static readonly PartitionEpoch None = new(-1);

    /// <summary>The epoch after this one. A method: serializers that walk properties would never come to an end.</summary>
    public PartitionEpoch Next() => new(Value + 1);

    public int CompareTo(PartitionEpoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static bool operator <(PartitionEpoch left, PartitionEpoch right) => left.Value < right.Value;

    public static bool operator >(PartitionEpoch left, PartitionEpoch right) => left.Value > right.Value;

    public static bool operator <=(PartitionEpoch left, PartitionEpoch right) => left.Value <= right.Value;

    public static bool operator >=(PartitionEpoch left, PartitionEpoch right) => left.Value >= right.Value;
}

/// <summary>One life of a broker: the metadata offset of its registration, so strictly increasing per broker. Fences an earlier life (KIP-380, KIP-903).</summary>
public readonly record struct BrokerEpoch(long Value) : IComparable<BrokerEpoch>
{
    /// <summary>The life is not known, or the sender does not say.</summary>
    public static readonly BrokerEpoch Unknown = new(-1);

    /// <summary>The epoch after this one. A method: serializers that walk properties would never come to an end.</summary>
    public BrokerEpoch Next() => new(Value + 1);

    public int CompareTo(BrokerEpoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static bool operator <(BrokerEpoch left, BrokerEpoch right) => left.Value < right.Value;

    public static bool operator >(BrokerEpoch left, BrokerEpoch right) => left.Value > right.Value;

    public static bool operator <=(BrokerEpoch left, BrokerEpoch right) => left.Value <= right.Value;

    public static bool operator >=(BrokerEpoch left, BrokerEpoch right) => left.Value >= right.Value;
}

/// <summary>One claim to be the controller, granted by a majority of voters. Fences an old controller.</summary>
public readonly record struct ControllerEpoch(int Value) : IComparable<ControllerEpoch>
{
    /// <summary>No controller yet.</summary>
    public static readonly ControllerEpoch None = new(-1);

    /// <summary>The epoch after this one. A method: serializers that walk properties would never come to an end.</summary>
    public ControllerEpoch Next() => new(Value + 1);

    public int CompareTo(ControllerEpoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static bool operator <(ControllerEpoch left, ControllerEpoch right) => left.Value < right.Value;

    public static bool operator >(ControllerEpoch left, ControllerEpoch right) => left.Value > right.Value;

    public static bool operator <=(ControllerEpoch left, ControllerEpoch right) => left.Value <= right.Value;

    public static bool operator >=(ControllerEpoch left, ControllerEpoch right) => left.Value >= right.Value;
}
