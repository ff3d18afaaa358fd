using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Faults;

/// <summary>Plots that only a seed of their own has room for; they have a course of their own.</summary>
internal sealed partial class Nemesis
{
    // Which cut keeps replicas apart, counted from 1; 0 for none.
    private int _apart;
    private int _cuts;

    /// <summary>
    /// F3: below the minimum ISR one leader after the other goes on alone, the first for long, the second hardly; then the power
    /// fails everywhere. Of the last known replicas the one with the longest log has not the latest one.
    /// </summary>
    private void DriveApart(Chance chance)
    {
        // Where acks=1 is enough a leader takes records though nobody else has them.
        var places = _cluster.Checks.Truth.Partitions
            .Where(p => p.Leader.Exists && p.MinIsr > 1 && p.Isr.Length > 1 && !_cluster.IsJudged(p.Name))
            .ToArray();
        if (_apart > 0 || places.Length == 0)
            return;
        var partition = chance.Pick(places);
        var replicas = partition.Replicas.Select(_cluster.BrokerOf).ToArray();
        var first = _cluster.BrokerOf(partition.Leader);
        var links = replicas.SelectMany(a => replicas.Where(b => b != a).Select(b => (a.Node, b.Node))).ToArray();
        PartitionRegistration? State() => _cluster.Checks.Truth.TryGetPartition(partition.Id);

        var cut = _apart = ++_cuts;
        foreach (var (from, to) in links)
            _world.Network.Cut(from, to, FaultKind.HistoriesDrivenApart);
        WatchFor(600, () => State() is { Isr.Length: 1 } now && now.Leader == first.Id ? now : null, alone =>
            Later(chance.Between(200_000, 1_500_000), () => WriteBackThen(first, () =>
            {
                Kill(first, FaultKind.HistoriesDrivenApart, MayLosePower(first), chance.Between(8_000_000, 15_000_000));
                WatchFor(
                    600,
                    () => State() is { } now && now.LeaderEpoch > alone.LeaderEpoch ? LedAlone(now) : null,
                    second => WriteBackThen(second, LosePowerEverywhere));
            })));

        // Whatever has become of it, this is over some time.
        Later(14_000_000, Reunite);

        // What a log had that the operating system has written by itself is there after a power loss, too.
        void WriteBackThen(BrokerProcess leader, Action then)
        {
            if (chance.Hits(0.8))
                leader.WriteBack(partition.Id);
            Later(chance.Between(20_000, 80_000), then);
        }

        void LosePowerEverywhere()
        {
            Reunite();
            foreach (var replica in replicas)
                LosePower(replica, FaultKind.HistoriesDrivenApart, DownUs(chance));
            Later(DownUs(chance), () =>
            {
                if (!first.IsAlive)
                    first.Start();
            });
        }

        void Reunite()
        {
            if (_apart != cut)
                return;
            _apart = 0;
            foreach (var (from, to) in links)
                _world.Network.Mend(from, to);
        }
    }

    /// <summary>The leader, if it has appended something in its epoch that nobody in sync has but itself.</summary>
    private BrokerProcess? LedAlone(PartitionRegistration partition)
    {
        if (partition is not { Leader.Exists: true, Isr.Length: 1 })
            return null;
        var leader = _cluster.BrokerOf(partition.Leader);
        return leader.SlotOf(partition.Id)?.Log is { } log
            && log.Epochs.Entries is [.., var last]
            && last.Epoch == partition.LeaderEpoch
            && last.StartOffset < log.LogEndOffset
                ? leader
                : null;
    }

    /// <summary>
    /// KIP-360: of what a producer has sent to a leader nothing arrives, nor does it reach it otherwise, until it gives its oldest
    /// batch up. Over a new connection the leader refuses the next one, and what the old connection had carried arrives before
    /// the producer has heard of that, or after.
    /// </summary>
    private void HoldRequestsBack(Chance chance)
    {
        var producers = _cluster.Producers.Where(p => p is { IsAlive: true, IsIdempotent: true }).ToArray();
        if (producers.Length == 0)
            return;
        var producer = chance.Pick(producers);
        var leader = PickBroker(chance);
        var stuck = producer.ConnectionsTo(leader).ToArray();
        if (stuck.Length == 0)
            return;

        var network = _world.Network;
        foreach (var connection in stuck)
            connection.HoldBack();
        network.Cut(producer.Node, leader.Node, FaultKind.RequestsHeldBack);
        var slowUs = chance.Between(20_000, 500_000);
        WatchFor(300, () => stuck.FirstOrDefault(c => c.HeldBack > 0), _ =>
            Later((1_000 * producer.DeliveryTimeoutMs) + chance.Between(-1_000_000, 600_000), () =>
            {
                _world.Trace.Line($"producer {producer.Node} reaches broker {leader.Id} again, answers take {slowUs} us more");
                network.Mend(producer.Node, leader.Node);
                network.Slow(leader.Node, producer.Node, slowUs);
                WatchFor(
                    300,
                    () => producer.ConnectionsTo(leader).FirstOrDefault(c => c.Arrived > 0 && !stuck.Contains(c)),
                    _ => Later(chance.Between(0, slowUs + 20_000), LetThrough));
            }));

        // Whatever has become of it, this is over some time.
        Later(20_000_000, () =>
        {
            network.Mend(producer.Node, leader.Node);
            LetThrough();
        });

        void LetThrough()
        {
            network.Slow(leader.Node, producer.Node, 0);
            foreach (var connection in stuck)
                connection.LetThrough();
        }
    }
}
