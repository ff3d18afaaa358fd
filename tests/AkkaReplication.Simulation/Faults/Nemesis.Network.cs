using AkkaReplication.Simulation.Processes;
using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Faults;

/// <summary>What it does to the network.</summary>
internal sealed partial class Nemesis
{
    private void DoToNetwork(FaultKind kind, BrokerProcess broker, Chance chance)
    {
        var network = _world.Network;
        var forUs = chance.Hits(0.6) ? chance.Between(200_000, 3_000_000) : chance.Between(3_000_000, 10_000_000);
        var others = Nodes().Where(node => node != broker.Node).ToArray();
        switch (kind)
        {
            case FaultKind.OneWayCut:
                var other = chance.Pick(others);
                var (from, to) = chance.Hits(0.5) ? (broker.Node, other) : (other, broker.Node);
                Cut(kind, [(from, to)], forUs);
                break;
            case FaultKind.Isolation:
                // From everybody, from brokers alone, or from the controllers alone.
                var who = chance.Next(3) switch
                {
                    0 => others,
                    1 => [.. _cluster.Brokers.Select(b => b.Node).Where(node => node != broker.Node)],
                    _ => [.. _cluster.Controllers.Select(c => c.Node)],
                };
                Cut(kind, [.. who.SelectMany(node => new[] { (broker.Node, node), (node, broker.Node) })], forUs);
                break;
            case FaultKind.Split:
                var left = Nodes().Where(_ => chance.Hits(0.5)).ToHashSet();
                Cut(
                    kind,
                    [.. Nodes().Where(left.Contains).SelectMany(a => Nodes().Where(b => !left.Contains(b)).SelectMany(
                        b => new[] { (a, b), (b, a) }))],
                    forUs);
                break;
            case FaultKind.SwizzleClog:
                // Links stop one by one and come back in another order (FoundationDB).
                foreach (var link in Nodes().SelectMany(a => Nodes().Where(b => a != b).Select(b => (a, b))).Where(_ => chance.Hits(0.4)).ToArray())
                {
                    Later(chance.Between(0, forUs / 2), () => network.Clog(link.a, link.b));
                    Later(chance.Between(forUs / 2, forUs), () => network.Unclog(link.a, link.b));
                }

                break;
            case FaultKind.SlowLink:
                var slow = chance.Pick(others);
                network.Slow(broker.Node, slow, chance.Between(20_000, 800_000));
                Later(forUs, () => network.Slow(broker.Node, slow, 0));
                break;
        }
    }

    private void Cut(FaultKind kind, (int From, int To)[] links, long forUs)
    {
        foreach (var (from, to) in links)
            _world.Network.Cut(from, to, kind);
        Later(forUs, () =>
        {
            foreach (var (from, to) in links)
                _world.Network.Mend(from, to);
        });
    }

    private IEnumerable<int> Nodes() => _cluster.Brokers.Select(b => b.Node)
        .Concat(_cluster.Controllers.Select(c => c.Node))
        .Append(_cluster.Voter.Node)
        .Concat(_cluster.Clients.Select(c => c.Node));

    private void DoToController(FaultKind kind, Chance chance)
    {
        var singleton = _cluster.Singleton;
        var other = _cluster.Controllers.First(c => c != singleton);
        switch (kind)
        {
            case FaultKind.ControllerKilled:
                if (singleton.IsAlive)
                {
                    _world.Tally.Effective(kind);
                    singleton.Kill();
                }

                // Sooner or later somebody notices.
                Later(chance.Between(10_000, 2_500_000), () => _cluster.MakeSingleton(chance.Hits(0.7) ? other : singleton));
                break;
            case FaultKind.ControllerPaused:
                Pause(singleton, kind, chance.Between(100_000, 4_000_000));
                break;
            case FaultKind.TwoControllers:
                if (other.IsAlive)
                    return;
                _world.Tally.Effective(kind);
                _cluster.MakeSingleton(other);
                var forUs = chance.Between(500_000, 8_000_000);
                Later(forUs, () =>
                {
                    if (_cluster.Singleton == other && singleton.IsAlive)
                        singleton.Kill();
                });
                break;
            case FaultKind.ControllersRestarted:
                // Both begin anew at the same time, and may claim the same epoch.
                _world.Tally.Effective(kind);
                foreach (var controller in _cluster.Controllers.Where(c => c.IsAlive))
                    controller.Kill();
                foreach (var controller in _cluster.Controllers)
                    controller.Start();
                Later(chance.Between(50_000, 2_000_000), () =>
                {
                    if (_cluster.Singleton == singleton && other.IsAlive)
                        other.Kill();
                });
                break;
            case FaultKind.VoterRestarted:
                if (!_cluster.Voter.IsAlive)
                    return;
                _world.Tally.Effective(kind);
                _cluster.Voter.Kill();
                Later(chance.Between(1_000, 1_500_000), _cluster.Voter.Start);
                break;
        }
    }
}
