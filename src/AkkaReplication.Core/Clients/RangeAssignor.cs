using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>
/// Kafka's "range": of each topic every subscriber gets a run of neighbouring partitions, the first ones get one more
/// where it does not come out even. Topics with as many partitions are cut alike.
/// </summary>
public sealed class RangeAssignor : IPartitionAssignor
{
    public string Name => "range";

    public bool IsCooperative => false;

    public IReadOnlyDictionary<string, ImmutableArray<TopicPartition>> Assign(
        IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyList<SubscribedMember> members)
    {
        var sorted = members.ToList();
        sorted.Sort(SubscribedMember.ByLastingId);
        var assigned = sorted.ToDictionary(
            static m => m.MemberId, static _ => ImmutableArray.CreateBuilder<TopicPartition>(), StringComparer.Ordinal);

        foreach (var topic in sorted.SelectMany(static m => m.Subscription.Topics).Distinct().Order(StringComparer.Ordinal))
        {
            if (!partitionCounts.TryGetValue(topic, out var count))
                continue;

            var subscribers = sorted.FindAll(m => m.Subscription.Topics.Contains(topic));
            for (var i = 0; i < subscribers.Count; i++)
            {
                var (share, rest) = Math.DivRem(count, subscribers.Count);
                var first = (i * share) + Math.Min(i, rest);
                var own = assigned[subscribers[i].MemberId];
                for (var partition = first; partition < first + share + (i < rest ? 1 : 0); partition++)
                    own.Add(new TopicPartition(topic, partition));
            }
        }

        return assigned.ToDictionary(
            static a => a.Key, static a => a.Value.ToImmutable(), StringComparer.Ordinal);
    }
}
