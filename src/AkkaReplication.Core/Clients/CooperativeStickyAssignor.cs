using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>
/// Kafka's "cooperative-sticky": as even as the subscriptions allow, and with as few moves as that takes. What moves is
/// withheld for one round, until its holder has given it up.
/// </summary>
public sealed class CooperativeStickyAssignor : IPartitionAssignor
{
    public string Name => "cooperative-sticky";

    public bool IsCooperative => true;

    public IReadOnlyDictionary<string, ImmutableArray<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members)
    {
        var shares = members.Select(static m => new Share(m)).ToList();
        shares.Sort(static (left, right) => SubscribedMember.ByLastingId(left.Member, right.Member));

        var free = Keep(partitionCounts, shares);
        foreach (var partition in free)
            Smallest(shares, partition.Topic)?.Partitions.Add(partition);
        while (MoveOne(shares))
        {
        }

        return shares.ToDictionary(
            static s => s.Member.MemberId, s => Withhold(s, shares), StringComparer.Ordinal);
    }

    /// <summary>Everybody keeps what it holds; where two claim a partition, the one of the later generation.</summary>
    /// <returns>What nobody holds.</returns>
    private static List<TopicPartition> Keep(IReadOnlyDictionary<string, int> partitionCounts, List<Share> shares)
    {
        var holders = new Dictionary<TopicPartition, Share>();
        foreach (var share in shares)
        {
            foreach (var partition in share.Member.Subscription.OwnedPartitions)
            {
                var isThere = partitionCounts.TryGetValue(partition.Topic, out var count)
                    && partition.Partition < count
                    && share.Wants(partition.Topic);
                if (isThere && (!holders.TryGetValue(partition, out var other) || share.Generation > other.Generation))
                    holders[partition] = share;
            }
        }

        var free = new List<TopicPartition>();
        foreach (var topic in partitionCounts.Keys.Order(StringComparer.Ordinal))
        {
            for (var i = 0; i < partitionCounts[topic]; i++)
            {
                var partition = new TopicPartition(topic, i);
                if (holders.TryGetValue(partition, out var holder))
                    holder.Partitions.Add(partition);
                else
                    free.Add(partition);
            }
        }

        return free;
    }

    private static Share? Smallest(List<Share> shares, string topic)
    {
        Share? smallest = null;
        foreach (var share in shares)
        {
            if (share.Wants(topic) && (smallest is null || share.Partitions.Count < smallest.Partitions.Count))
                smallest = share;
        }

        return smallest;
    }

    /// <summary>Evens out the largest difference that can be; each move makes the sum of squares smaller.</summary>
    private static bool MoveOne(List<Share> shares)
    {
        foreach (var from in shares.OrderByDescending(static s => s.Partitions.Count))
        {
            for (var i = from.Partitions.Count - 1; i >= 0; i--)
            {
                var partition = from.Partitions[i];
                var to = Smallest(shares, partition.Topic)!;
                if (to.Partitions.Count + 1 >= from.Partitions.Count)
                    continue;

                from.Partitions.RemoveAt(i);
                to.Partitions.Add(partition);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// A claim of an earlier generation counts here, too: whoever makes it may still read the partition.
    /// </summary>
    private static ImmutableArray<TopicPartition> Withhold(Share share, List<Share> shares)
    {
        share.Partitions.Sort();
        return
        [
            .. share.Partitions.Where(p => !shares.Exists(
                other => other != share && other.Member.Subscription.OwnedPartitions.Contains(p))),
        ];
    }

    private sealed class Share(SubscribedMember member)
    {
        public SubscribedMember Member { get; } = member;

        public int Generation => Member.Subscription.Generation;

        public List<TopicPartition> Partitions { get; } = [];

        public bool Wants(string topic) => Member.Subscription.Topics.Contains(topic);
    }
}
