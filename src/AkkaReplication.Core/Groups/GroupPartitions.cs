namespace AkkaReplication.Groups;

/// <summary>Which partition of __consumer_offsets holds a group; its leader is the group's coordinator.</summary>
public static class GroupPartitions
{
    /// <summary>The topic in which groups and offsets are stored.</summary>
    public const string Topic = "__consumer_offsets";

    /// <summary>The group's partition: Java's string hash without its sign, modulo the number of partitions.</summary>
    public static int PartitionOf(string groupId, int partitionCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitionCount);
        var hash = JavaHash(groupId);
        return (hash == int.MinValue ? 0 : Math.Abs(hash)) % partitionCount;
    }

    /// <summary>Java's String.hashCode: over UTF-16 units, wrapping.</summary>
    public static int JavaHash(string text)
    {
        var hash = 0;
        foreach (var unit in text)
            hash = unchecked((31 * hash) + unit);
        return hash;
    }
}
