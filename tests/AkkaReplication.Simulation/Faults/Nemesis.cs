using System.Collections.Immutable;
using AkkaReplication.Simulation.Disks;
using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Faults;

/// <summary>Does one thing after the other to a cluster, each kind as often as the seed's taste says.</summary>
internal sealed partial class Nemesis
{
    private readonly Cluster _cluster;
    private readonly World _world;
    private readonly Chance _chance;
    private readonly Atlas _atlas;
    private readonly (FaultKind Kind, double Weight)[] _taste;
    private readonly double _totalWeight;
    private readonly IReadOnlySet<int> _skipped;
    private int _count;

    /// <param name="skipped">Numbers of faults that are left out, for a shorter trace.</param>
    public Nemesis(Cluster cluster, IReadOnlySet<int> skipped)
    {
        _cluster = cluster;
        _world = cluster.World;
        _chance = _world.Nemesis;
        _atlas = new Atlas(cluster);
        _skipped = skipped;

        // Some seeds do a few things often, others everything: what a fault does depends on what came before it.
        var isFocused = _chance.Hits(0.4);
        _taste = [.. Kinds.Select(k => (k.Kind, k.Weight * (isFocused && _chance.Hits(0.6) ? 0.02 : 0.2 + _chance.NextDouble())))];
        _totalWeight = _taste.Sum(t => t.Weight);
    }

    /// <summary>What may be lost.</summary>
    public Atlas Atlas => _atlas;

    /// <summary>Faults so far.</summary>
    public int Count => _count;

    private static readonly (FaultKind Kind, double Weight)[] Kinds =
    [
        (FaultKind.BrokerKilled, 10),
        (FaultKind.PowerLoss, 8),
        (FaultKind.AllKilled, 0.7),
        (FaultKind.DoubleFailover, 3),
        (FaultKind.KilledAtStart, 3),
        (FaultKind.ControllersRestarted, 1),
        (FaultKind.BrokerPaused, 8),
        (FaultKind.CleanRestart, 5),
        (FaultKind.BrokerLeft, 1.5),
        (FaultKind.DiskReplaced, 1.5),
        (FaultKind.ReplicaFailed, 3),
        (FaultKind.WriteFailed, 2),
        (FaultKind.FlushFailed, 2),
        (FaultKind.SlowDisk, 4),
        (FaultKind.FullDisk, 2),
        (FaultKind.BitFlipAboveRecovery, 1.5),
        (FaultKind.BitFlipBelowRecovery, 0.7),
        (FaultKind.OneWayCut, 9),
        (FaultKind.Isolation, 8),
        (FaultKind.Split, 4),
        (FaultKind.SwizzleClog, 4),
        (FaultKind.SlowLink, 4),
        (FaultKind.ConnectionBroken, 5),
        (FaultKind.WallClockJump, 1.5),
        (FaultKind.ControllerKilled, 3),
        (FaultKind.ControllerPaused, 3),
        (FaultKind.TwoControllers, 3),
        (FaultKind.VoterRestarted, 2),
        (FaultKind.LeaderMoved, 5),
        (FaultKind.TopicCreated, 2),
        (FaultKind.TopicDeleted, 2),
        (FaultKind.ConfigAltered, 2),
        (FaultKind.PartitionsAdded, 0.7),
        (FaultKind.RecordsDeleted, 2),
        (FaultKind.ClientKilled, 3),
    ];

    public void Start()
    {
        Next();
        StartPlots();
    }

    /// <summary>Unless the faults are over by then: whoever ends them mends everything at once.</summary>
    private void Later(long delayUs, Action action) => _world.Time.After(delayUs, () =>
    {
        if (_world.HasFaults)
            action();
    });

    private void Next()
    {
        var meanUs = _world.Profile.FaultEveryMs * 1000;
        Later(_chance.Between(meanUs / 10, 2 * meanUs), () =>
        {
            var kind = Pick();
            var number = _count++;

            // Drawn in any case, so that leaving one out does not change which others there are.
            var detail = _chance.Fork();
            if (!_skipped.Contains(number))
            {
                _world.Tally.Tried(kind);
                _world.Trace.Line($"fault {number}: {kind}");
                Do(kind, detail);
            }

            Next();
        });
    }

    private FaultKind Pick()
    {
        var at = _chance.NextDouble() * _totalWeight;
        foreach (var (kind, weight) in _taste)
        {
            at -= weight;
            if (at < 0)
                return kind;
        }

        return _taste[^1].Kind;
    }

    private void Do(FaultKind kind, Chance chance)
    {
        // Half of the time it is aimed at who leads something.
        var broker = PickBroker(chance);
        switch (kind)
        {
            case FaultKind.BrokerKilled:
                Kill(broker, kind, powerLoss: false, DownUs(chance));
                break;
            case FaultKind.PowerLoss:
                LosePower(broker, kind, DownUs(chance));
                break;
            case FaultKind.AllKilled:
                KillAll(chance);
                break;
            case FaultKind.BrokerLeft:
                Kill(broker, kind, powerLoss: false, chance.Between(8_000_000, 25_000_000));
                break;
            case FaultKind.DoubleFailover:
                FailOverTwice(chance);
                break;
            case FaultKind.KilledAtStart:
                KillAtStart(broker, chance);
                break;
            case FaultKind.BrokerPaused:
                Pause(broker, kind, chance.Hits(0.7) ? chance.Between(100_000, 3_000_000) : chance.Between(3_000_000, 9_000_000));
                break;
            case FaultKind.CleanRestart:
                if (broker.IsAlive && !broker.IsStopping && _atlas.MayDie(broker))
                {
                    _world.Tally.Effective(kind);
                    broker.Stop();
                }

                break;
            case FaultKind.DiskReplaced:
                ReplaceDisk(broker, kind, chance);
                break;
            case FaultKind.ReplicaFailed:
                if (broker.IsAlive && broker.Slots.Any())
                {
                    _world.Tally.Effective(kind);
                    broker.Fail(chance.Pick(broker.Slots.ToArray()), "simulated fault");
                }

                break;
            case FaultKind.WriteFailed:
                broker.Disk.FailNextWrite();
                break;
            case FaultKind.FlushFailed:
                if (_atlas.TryDamage(broker, isHidden: true))
                {
                    _cluster.FlushesThatFail[broker.Id] = broker.Disk.EffectiveFaults.GetValueOrDefault(DiskFault.FailedFlush);
                    broker.Disk.FailNextFlush();
                }

                break;
            case FaultKind.SlowDisk:
                broker.Disk.SlowDown(chance.Between(5_000, 2_000_000));
                Later(chance.Between(500_000, 6_000_000), () => broker.Disk.SlowDown(0));
                break;
            case FaultKind.FullDisk:
                broker.Disk.FillUp();
                Later(chance.Between(500_000, 5_000_000), broker.Disk.MakeRoom);
                break;
            case FaultKind.BitFlipAboveRecovery or FaultKind.BitFlipBelowRecovery:
                FlipBit(broker, kind, chance);
                break;
            case FaultKind.OneWayCut or FaultKind.Isolation or FaultKind.Split or FaultKind.SwizzleClog or FaultKind.SlowLink:
                DoToNetwork(kind, broker, chance);
                break;
            case FaultKind.ConnectionBroken:
                BreakConnection(broker, kind, chance);
                break;
            case FaultKind.WallClockJump:
                _world.Tally.Effective(kind);
                broker.WallClockErrorMs += chance.Between(-3_600_000L, 3_600_000);
                break;
            case FaultKind.ControllerKilled or FaultKind.ControllerPaused or FaultKind.TwoControllers or FaultKind.VoterRestarted
                or FaultKind.ControllersRestarted:
                DoToController(kind, chance);
                break;
            case FaultKind.ClientKilled:
                KillClient(kind, chance);
                break;
            default:
                Administer(kind, chance);
                break;
        }
    }

    private BrokerProcess PickBroker(Chance chance)
    {
        var leaders = _cluster.Checks.Truth.Partitions.Where(p => p.Leader.Exists).Select(p => p.Leader).ToArray();
        return leaders.Length > 0 && chance.Hits(0.5)
            ? _cluster.BrokerOf(chance.Pick(leaders))
            : chance.Pick(_cluster.Brokers);
    }

    private static long DownUs(Chance chance) => chance.Hits(0.5)
        ? chance.Between(1_000, 400_000)
        : chance.Between(400_000, 6_000_000);

    private void Kill(BrokerProcess broker, FaultKind kind, bool powerLoss, long downUs)
    {
        if (!broker.IsAlive || !_atlas.MayDie(broker))
            return;
        _world.Tally.Effective(kind);
        broker.Kill(powerLoss);
        Later(downUs, () =>
        {
            if (!broker.IsAlive)
                broker.Start();
        });
    }

    private void LosePower(BrokerProcess broker, FaultKind kind, long downUs)
    {
        if (broker.IsAlive && MayLosePower(broker))
            Kill(broker, kind, powerLoss: true, downUs);
    }

    /// <summary>
    /// Where every append is flushed before it is acknowledged, all of them may lose power at once. Not while flushes are under
    /// way, nor where a write has failed halfway: of what nobody has acknowledged yet a disk may keep the later part without the
    /// earlier, which is corruption to the one who finds it (F5), and he registers as one who has lost something (F2).
    /// </summary>
    private bool MayLosePower(BrokerProcess broker) =>
        (_world.Profile.Fsync && broker.Slots.Any() && broker.Slots.All(IsWholeOnDisk)) || _atlas.TryDamage(broker);

    private static bool IsWholeOnDisk(ReplicaSlot slot) =>
        slot is { HasFailed: false, Log: { } log } && log.FlushedEndOffset == log.LogEndOffset;

    private void KillAll(Chance chance)
    {
        foreach (var broker in _cluster.Brokers)
        {
            var powerLoss = _world.Profile.Fsync && chance.Hits(0.6) && broker.IsAlive && MayLosePower(broker);
            Kill(broker, FaultKind.AllKilled, powerLoss, DownUs(chance));
        }
    }

    /// <summary>A leader dies, and the next one as soon as it leads: it has appended hardly anything under its epoch.</summary>
    private void FailOverTwice(Chance chance)
    {
        var led = _cluster.Checks.Truth.Partitions.Where(p => p.Leader.Exists).ToArray();
        if (led.Length == 0)
            return;
        var partition = chance.Pick(led);
        Kill(_cluster.BrokerOf(partition.Leader), FaultKind.DoubleFailover, powerLoss: false, DownUs(chance));
        var again = chance.Between(0, 60_000);
        WatchFor(200, () => _cluster.Checks.Truth.TryGetPartition(partition.Id) is { Leader.Exists: true } now && now.LeaderEpoch > partition.LeaderEpoch
            ? _cluster.BrokerOf(now.Leader)
            : null, next => Later(again, () => Kill(next, FaultKind.DoubleFailover, powerLoss: false, DownUs(chance))));
    }

    /// <summary>Looks every 10 ms, so many times at most.</summary>
    private void WatchFor<T>(int times, Func<T?> look, Action<T> found)
        where T : class
    {
        if (look() is { } it)
            found(it);
        else if (times > 0)
            Later(10_000, () => WatchFor(times - 1, look, found));
    }

    /// <summary>It loses power, and is killed again before anybody has heard of that.</summary>
    private void KillAtStart(BrokerProcess broker, Chance chance)
    {
        var powerLoss = MayLosePower(broker);
        if (!broker.IsAlive || (!powerLoss && !_atlas.MayDie(broker)))
            return;
        Kill(broker, FaultKind.KilledAtStart, powerLoss, chance.Between(1_000, 50_000));
        var again = chance.Between(500, 30_000);
        WatchFor(100, () => broker.IsAlive ? broker : null, started => Later(
            again, () => Kill(started, FaultKind.KilledAtStart, powerLoss: false, chance.Between(1_000, 200_000))));
    }

    private void Pause(SimulatedProcess process, FaultKind kind, long forUs)
    {
        if (!process.IsAlive || process.IsPaused)
            return;
        _world.Tally.Effective(kind);
        process.Pause();
        var life = process.Life;
        Later(forUs, () =>
        {
            if (process.IsAlive && process.Life == life)
                process.Resume();
        });
    }

    private void ReplaceDisk(BrokerProcess broker, FaultKind kind, Chance chance)
    {
        if (!broker.IsAlive || !_atlas.TryDamage(broker))
            return;
        _world.Tally.Effective(kind);
        broker.Kill(powerLoss: true);
        _cluster.ReplaceDisk(broker);
        Later(DownUs(chance), () =>
        {
            if (!broker.IsAlive)
                broker.Start();
        });
    }

    /// <summary>While it is down: the next life's recovery meets it, or the next read.</summary>
    private void FlipBit(BrokerProcess broker, FaultKind kind, Chance chance)
    {
        if (!broker.IsAlive || !broker.Slots.Any() || !_atlas.TryDamage(broker, isHidden: true))
            return;
        var partition = chance.Pick(broker.Slots.ToArray()).Partition;
        broker.Kill(powerLoss: false);
        if (broker.Disk.FlipBit(partition, kind == FaultKind.BitFlipBelowRecovery))
        {
            _world.Tally.Effective(kind);
            _cluster.Flipped.Add((broker.Id, partition));
            _cluster.DamagedTails.Remove((broker.Id, partition));
        }

        Later(DownUs(chance), () =>
        {
            if (!broker.IsAlive)
                broker.Start();
        });
    }

    private void BreakConnection(BrokerProcess broker, FaultKind kind, Chance chance)
    {
        if (chance.Hits(0.5))
        {
            var peer = chance.Pick(_cluster.Brokers);
            if (peer == broker || !broker.IsAlive)
                return;
            _world.Tally.Effective(kind);
            broker.Reconnect(peer.Id);
            return;
        }

        if (chance.Pick(_cluster.Clients.ToArray()).BreakOne())
            _world.Tally.Effective(kind);
    }

    private void KillClient(FaultKind kind, Chance chance)
    {
        if (_cluster.Consumers.Count > 0 && chance.Hits(0.4))
        {
            var consumer = chance.Pick(_cluster.Consumers);
            if (!consumer.IsAlive)
                return;
            _world.Tally.Effective(kind);
            consumer.Kill();
            Later(chance.Between(1_000, 2_000_000), consumer.Start);
            return;
        }

        var producer = chance.Pick(_cluster.Producers);
        if (!producer.IsAlive)
            return;
        _world.Tally.Effective(kind);
        producer.Kill();
        Later(chance.Between(1_000, 2_000_000), producer.Start);
    }
}
