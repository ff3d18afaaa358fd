using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>Arithmetic on the small broker sets of a partition. Results keep the order of the left side.</summary>
internal static class BrokerSets
{
    public static ImmutableArray<BrokerId> Without(this ImmutableArray<BrokerId> set, BrokerId broker) => set.Remove(broker);

    public static ImmutableArray<BrokerId> Without(this ImmutableArray<BrokerId> set, ImmutableArray<BrokerId> others)
    {
        foreach (var other in others)
            set = set.Remove(other);
        return set;
    }

    public static ImmutableArray<BrokerId> Union(this ImmutableArray<BrokerId> set, ImmutableArray<BrokerId> others)
    {
        foreach (var other in others)
        {
            if (!set.Contains(other))
                set = set.Add(other);
        }

        return set;
    }

    /// <summary>The same members in the order in which they stand in <paramref name="replicas"/>.</summary>
    public static ImmutableArray<BrokerId> InOrderOf(this ImmutableArray<BrokerId> set, ImmutableArray<BrokerId> replicas)
    {
        var ordered = ImmutableArray.CreateBuilder<BrokerId>(set.Length);
        foreach (var replica in replicas)
        {
            if (set.Contains(replica))
                ordered.Add(replica);
        }

        return ordered.ToImmutable();
    }

    public static bool HasSameMembers(this ImmutableArray<BrokerId> set, ImmutableArray<BrokerId> other)
    {
        if (set.Length != other.Length)
            return false;
        foreach (var broker in set)
        {
            if (!other.Contains(broker))
                return false;
        }

        return true;
    }
}
