using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// Spreads a new topic's replicas over brokers and racks. Deterministic: the same brokers and start index give the same
/// placement. Never puts a fenced broker first, nor uses one that is shutting down.
/// </summary>
public static class ReplicaPlacer
{
    /// <summary>Brokers that can be given replicas: all but those shutting down.</summary>
    public static int UsableBrokers(MetadataImage image) => image.Brokers.Values.Count(b => !b.InControlledShutdown);

    /// <summary>Replicas for each partition, the preferred leader first; or what is wrong (INVALID_REPLICATION_FACTOR).</summary>
    /// <param name="startIndex">Where in the ring of brokers the first partition's leader stands; 0 or greater.</param>
    public static (ImmutableArray<ImmutableArray<BrokerId>> Assignments, string? Problem) Place(
        MetadataImage image, int partitions, int replicationFactor, int startIndex)
    {
        var ring = Ring(image.Brokers.Values.Where(b => !b.InControlledShutdown));
        var leaders = ring.Where(b => !b.Fenced).ToArray();
        if (replicationFactor > ring.Length)
        {
            return ([], $"Replication factor {replicationFactor} is wanted, but only {ring.Length} brokers can be used; " +
                $"1 to {ring.Length} are accepted.");
        }

        if (leaders.Length == 0)
            return ([], "All brokers are fenced at the moment.");

        var assignments = ImmutableArray.CreateBuilder<ImmutableArray<BrokerId>>(partitions);
        for (var p = 0; p < partitions; p++)
        {
            var turn = startIndex + p;
            var leader = leaders[turn % leaders.Length];
            // The distance to the first follower changes with every round, so that no two brokers share all partitions.
            assignments.Add(PlaceOne(ring, leader, replicationFactor, turn / leaders.Length));
        }

        return (assignments.MoveToImmutable(), null);
    }

    /// <summary>Brokers such that neighbours are on different racks, as far as there are enough racks.</summary>
    private static BrokerRegistration[] Ring(IEnumerable<BrokerRegistration> brokers)
    {
        var racks = brokers
            .GroupBy(b => b.Rack ?? "", StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Queue<BrokerRegistration>(g.OrderBy(b => b.Id)))
            .ToArray();
        var ring = new List<BrokerRegistration>();
        while (Array.Exists(racks, r => r.Count > 0))
        {
            foreach (var rack in racks)
            {
                if (rack.TryDequeue(out var broker))
                    ring.Add(broker);
            }
        }

        return [.. ring];
    }

    private static ImmutableArray<BrokerId> PlaceOne(
        BrokerRegistration[] ring, BrokerRegistration leader, int replicationFactor, int shift)
    {
        var chosen = new List<BrokerRegistration>(replicationFactor) { leader };
        var others = Others(ring, leader, shift);
        while (chosen.Count < replicationFactor)
        {
            // A rack used least, then a broker that is alive, then the ring's order.
            var next = others
                .Where(b => !chosen.Contains(b))
                .OrderBy(b => chosen.Count(c => c.Rack == b.Rack))
                .ThenBy(b => b.Fenced)
                .First();
            chosen.Add(next);
        }

        return [.. chosen.Select(b => b.Id)];
    }

    private static BrokerRegistration[] Others(BrokerRegistration[] ring, BrokerRegistration leader, int shift)
    {
        var others = new BrokerRegistration[ring.Length - 1];
        var leaderAt = Array.IndexOf(ring, leader);
        for (var i = 0; i < others.Length; i++)
            others[i] = ring[(leaderAt + 1 + ((shift + i) % others.Length)) % ring.Length];
        return others;
    }
}
