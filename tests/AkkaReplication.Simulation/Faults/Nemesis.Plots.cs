using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Disks;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Faults;

/// <summary>
/// Several faults in the one order in which a rule is needed, which hardly ever comes about by chance. Some seeds have them, beside
/// all the rest.
/// </summary>
internal sealed partial class Nemesis
{
    private void StartPlots()
    {
        if (!_world.Profile.Plots.IsEmpty)
            NextPlot(_world.Plots);
    }

    private void NextPlot(Chance chance) => Later(chance.Between(1_000_000, 7_000_000), () =>
    {
        var kind = chance.Pick(_world.Profile.Plots);
        var number = _count++;
        var detail = chance.Fork();
        if (!_skipped.Contains(number))
        {
            _world.Tally.Tried(kind);
            _world.Trace.Line($"fault {number}: {kind}");
            Plot(kind, detail);
        }

        NextPlot(chance);
    });

    private void Plot(FaultKind kind, Chance chance)
    {
        switch (kind)
        {
            case FaultKind.LeadersAlone:
                LeadAlone(PickPlace(chance)?.Id, chance, leaders: chance.Between(2, 3));
                break;
            case FaultKind.ProposalsEchoed:
                EchoProposals(chance);
                break;
            case FaultKind.LeaderUnheard:
                SilenceLeader(chance);
                break;
            case FaultKind.ConsumersLeftBehind:
                LeaveConsumersBehind(chance);
                break;
            case FaultKind.FlushFailedThenPowerLoss:
                FailFlushThenPower(PickBroker(chance), chance);
                break;
            case FaultKind.PowerLossAfterCheckpoint:
                CheckpointThenLosePower(PickBroker(chance), chance);
                break;
            case FaultKind.TailDamaged:
                DamageTail(PickBroker(chance), chance);
                break;
            case FaultKind.HistoriesDrivenApart:
                DriveApart(chance);
                break;
            case FaultKind.RequestsHeldBack:
                HoldRequestsBack(chance);
                break;
            default:
                throw new InvalidOperationException($"{kind} is no plot.");
        }
    }

    /// <summary>A partition with a leader; the one for which no acknowledgement counts takes records even where nobody is in sync.</summary>
    private PartitionRegistration? PickPlace(Chance chance, Func<PartitionRegistration, bool>? isWanted = null)
    {
        var led = _cluster.Checks.Truth.Partitions
            .Where(p => p.Leader.Exists && p.Replicas.Length > 1 && (isWanted is null || isWanted(p)))
            .ToArray();
        if (led.Length == 0)
            return null;
        var loose = led.Where(p => !_cluster.IsJudged(p.Name)).ToArray();
        return loose.Length > 0 && chance.Hits(0.5) ? chance.Pick(loose) : chance.Pick(led);
    }

    /// <summary>
    /// One leader after the other is heard by no other broker, appends what nobody gets, and dies; they come back in any order.
    /// What their logs have in common must be found epoch by epoch (KIP-279), and where nobody else has anything, by whose is the
    /// greatest (F3).
    /// </summary>
    private void LeadAlone(TopicIdPartition? place, Chance chance, int leaders)
    {
        if (place is not { } id || _cluster.Checks.Truth.TryGetPartition(id) is not { Leader.Exists: true } partition || leaders == 0)
            return;
        var leader = _cluster.BrokerOf(partition.Leader);
        var others = _cluster.Brokers.Where(b => b != leader).SelectMany(b => new[] { (leader.Node, b.Node), (b.Node, leader.Node) });

        // Not so long that it could not append any more, because nobody is in its ISR.
        var aloneUs = chance.Between(50_000, Math.Max(60_000, 700 * _world.Profile.LagMs));
        Cut(FaultKind.LeadersAlone, [.. others], aloneUs + 20_000);
        var downUs = chance.Between(300_000, 5_000_000);
        var losesPower = _cluster.MayLoseAll && chance.Hits(0.8);
        Later(aloneUs, () =>
        {
            Kill(leader, FaultKind.LeadersAlone, losesPower && MayLosePower(leader), downUs);
            WatchFor(
                300,
                () => _cluster.Checks.Truth.TryGetPartition(id) is { Leader.Exists: true } now && now.LeaderEpoch > partition.LeaderEpoch
                    ? _cluster.BrokerOf(now.Leader)
                    : null,
                _ => LeadAlone(id, chance, leaders - 1));
        });
    }

    /// <summary>
    /// L1: a leader that has not heard of it yet proposes a follower that was fenced, and is refused. Then the follower is back,
    /// and copies of the proposal arrive.
    /// </summary>
    private void EchoProposals(Chance chance)
    {
        if (PickPlace(chance) is not { } partition || partition.Isr.Length < 2)
            return;
        var leader = _cluster.BrokerOf(partition.Leader);
        var follower = _cluster.BrokerOf(chance.Pick(partition.Replicas.Where(r => r != partition.Leader).ToArray()));
        var controllers = _cluster.Controllers.Select(c => c.Node).ToArray();
        var network = _world.Network;
        bool IsLedStill(PartitionRegistration now) => now.Leader == partition.Leader && now.LeaderEpoch == partition.LeaderEpoch;
        PartitionRegistration? State() => _cluster.Checks.Truth.TryGetPartition(partition.Id);

        Both(leader.Node, follower.Node, cut: true);
        var ways = controllers.SelectMany(c => new[] { (follower.Node, c), (c, follower.Node) }).ToArray();
        WatchFor(
            600, () => State() is { } now && (!IsLedStill(now) || !now.Isr.Contains(follower.Id)) ? now : null, left =>
            {
                foreach (var (from, to) in ways)
                    network.Cut(from, to, FaultKind.ProposalsEchoed);

                // News reach the leader late enough.
                var lateUs = _world.Profile.SessionMs * chance.Between(150, 350);
                foreach (var controller in controllers)
                    network.Slow(controller, leader.Node, lateUs);
                WatchFor(
                    800, () => _cluster.Checks.Truth.TryGetBroker(follower.Id) is { IsActive: false } fenced ? fenced : null, _ =>
                    {
                        if (State() is { } now && IsLedStill(now))
                        {
                            foreach (var controller in controllers)
                                network.Echo(leader.Node, controller, chance.Between(4, 12), chance.Between(40_000, 400_000));
                        }

                        Both(leader.Node, follower.Node, cut: false);
                        Later(lateUs + chance.Between(0, 300_000), () =>
                        {
                            foreach (var (from, to) in ways)
                                network.Mend(from, to);

                            // Whoever is behind is not proposed anew.
                            var isCutOff = chance.Hits(0.5);
                            if (isCutOff)
                                Both(leader.Node, follower.Node, cut: true);
                            Later(chance.Between(200_000, 1_500_000), EndEcho);
                        });
                    });
            });

        // Whatever has become of it, this is over some time.
        Later(14_000_000, EndEcho);

        void EndEcho()
        {
            Both(leader.Node, follower.Node, cut: false);
            foreach (var (from, to) in ways)
                network.Mend(from, to);
            foreach (var controller in controllers)
            {
                network.Echo(leader.Node, controller, 0, 0);
                network.Slow(controller, leader.Node, 0);
            }
        }

        void Both(int a, int b, bool cut)
        {
            foreach (var (from, to) in new[] { (a, b), (b, a) })
            {
                if (cut)
                    network.Cut(from, to, FaultKind.ProposalsEchoed);
                else
                    network.Mend(from, to);
            }
        }
    }

    /// <summary>E3: a leader whose followers are in the ELR alone hears nobody any more, but its clients.</summary>
    private void SilenceLeader(Chance chance)
    {
        if (PickPlace(chance, p => p.MinIsr > 1) is not { } partition)
            return;
        var leader = _cluster.BrokerOf(partition.Leader);
        var forUs = (1_000 * ((2 * _world.Profile.LagMs) + (3 * _world.Profile.SessionMs))) + chance.Between(0, 2_000_000);
        Cut(
            FaultKind.LeaderUnheard,
            [.. _cluster.Brokers.Where(b => b != leader).SelectMany(b => new[] { (leader.Node, b.Node), (b.Node, leader.Node) })],
            forUs);
        WatchFor(
            500, () => _cluster.Checks.Truth.TryGetPartition(partition.Id) is { Isr.Length: 1, Elr.IsEmpty: false } now ? now : null, _ => Cut(
                FaultKind.LeaderUnheard,
                [.. _cluster.Controllers.SelectMany(c => new[] { (leader.Node, c.Node), (c.Node, leader.Node) })],
                forUs));
    }

    /// <summary>
    /// KIP-320: consumers have read what the last replica in sync had; it is gone, another is elected uncleanly and writes more than
    /// was lost before they come back.
    /// </summary>
    private void LeaveConsumersBehind(Chance chance)
    {
        if (PickPlace(chance, p => _cluster.IsUnclean(p.TopicId)) is not { } partition)
            return;
        var leader = _cluster.BrokerOf(partition.Leader);
        Cut(
            FaultKind.ConsumersLeftBehind,
            [.. _cluster.Brokers.Where(b => b != leader).SelectMany(b => new[] { (leader.Node, b.Node), (b.Node, leader.Node) })],
            1_000 * ((3 * _world.Profile.LagMs) + 2_000));
        WatchFor(500, () => _cluster.Checks.Truth.TryGetPartition(partition.Id) is { Isr.Length: 1 } now && now.Leader == leader.Id ? now : null, _ =>
            Later(chance.Between(200_000, 1_500_000), () =>
            {
                if (leader.SlotOf(partition.Id)?.Log is not { } log)
                    return;
                var end = log.LogEndOffset;
                var away = _cluster.Consumers.SelectMany(c => _cluster.Brokers.SelectMany(
                    b => new[] { (c.Node, b.Node), (b.Node, c.Node) })).ToArray();
                foreach (var (from, to) in away)
                    _world.Network.Cut(from, to, FaultKind.ConsumersLeftBehind);
                Kill(leader, FaultKind.ConsumersLeftBehind, powerLoss: false, chance.Between(9_000_000, 15_000_000));
                void Return()
                {
                    foreach (var (from, to) in away)
                        _world.Network.Mend(from, to);
                }

                WatchFor(
                    1_200,
                    () => _cluster.Checks.Truth.TryGetPartition(partition.Id) is { Leader.Exists: true } now && now.Leader != leader.Id
                        ? _cluster.BrokerOf(now.Leader).SlotOf(partition.Id) is { Log: { } longer } next && longer.LogEndOffset > end ? next : null
                        : null,
                    _ => Return());
                Later(13_000_000, Return);
            }));
    }

    /// <summary>F1, F2: what a failed flush has lost shows when the power goes, whoever has called it flushed.</summary>
    private void FailFlushThenPower(BrokerProcess broker, Chance chance)
    {
        if (!broker.IsAlive || !_atlas.TryDamage(broker, isHidden: true))
            return;
        var met = broker.Disk.EffectiveFaults.GetValueOrDefault(DiskFault.FailedFlush);
        var life = broker.Life;
        _cluster.FlushesThatFail[broker.Id] = met;
        broker.Disk.FailNextFlush();
        WatchFor(
            400,
            () => broker.Life == life && broker.Disk.EffectiveFaults.GetValueOrDefault(DiskFault.FailedFlush) > met ? broker : null,
            failed => Later(chance.Between(0, 1_500_000), () => LosePower(failed, FaultKind.FlushFailedThenPowerLoss, DownUs(chance))));
    }

    /// <summary>11.6: what a checkpoint vouches for is on the disk.</summary>
    private void CheckpointThenLosePower(BrokerProcess broker, Chance chance)
    {
        if (!broker.IsRunning)
            return;
        broker.Checkpoint();
        Later(chance.Between(0, 20_000), () => LosePower(broker, FaultKind.PowerLossAfterCheckpoint, DownUs(chance)));
    }

    /// <summary>F2: the last thing that was written is the likeliest to be damaged, and the hardest to tell from a torn tail.</summary>
    private void DamageTail(BrokerProcess broker, Chance chance)
    {
        // Where everybody may lose something there would be no end of disks to replace.
        if (_cluster.MayLoseAll || !broker.IsAlive || !broker.Slots.Any() || !_atlas.TryDamage(broker, isHidden: true))
            return;
        var slot = chance.Pick(broker.Slots.ToArray());
        var partition = slot.Partition;
        if (slot.Log is not { } log || _cluster.Flipped.Contains((broker.Id, partition)))
            return;
        var end = log.LogEndOffset;
        broker.Kill(powerLoss: false);
        if (broker.Disk.FlipBit(partition, belowRecoveryPoint: false, onlyLast: true))
        {
            _world.Tally.Effective(FaultKind.TailDamaged);
            _cluster.Flipped.Add((broker.Id, partition));
            _cluster.DamagedTails[(broker.Id, partition)] = end;
        }

        Later(DownUs(chance), () =>
        {
            if (!broker.IsAlive)
                broker.Start();
        });
    }
}
