using AkkaReplication.Clients;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>
/// A client's connection to one life of a broker, as TCP is: what is sent arrives once and in order, or the connection breaks,
/// and then each side learns it some time later or by its own time-outs.
/// </summary>
internal sealed class ClientConnection(World world, ClientProcess client, BrokerProcess broker, long number)
{
    private readonly List<Action> _heldBack = [];
    private long _lastToBrokerUs;
    private long _lastToClientUs;
    private bool _isHeldBack;
    private int _brokerLife;

    public ClientProcess Client => client;

    public BrokerProcess Broker => broker;

    /// <summary>As the client's machine numbers it.</summary>
    public long Number => number;

    /// <summary>Nothing arrives any more, in either direction.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Requests that have reached the broker.</summary>
    public int Arrived { get; private set; }

    /// <summary>Requests that are stuck on the way.</summary>
    public int HeldBack => _heldBack.Count;

    public void ToBroker(Action deliver)
    {
        if (_isHeldBack && !IsBroken)
        {
            _heldBack.Add(deliver);
            return;
        }

        Carry(client.Node, broker.Node, ref _lastToBrokerUs, () => broker.Receive(() =>
        {
            if (IsBroken)
                return;
            Arrived++;
            deliver();
        }));
    }

    public void ToClient(ClientReply reply) => Carry(broker.Node, client.Node, ref _lastToClientUs, () => client.Receive(() =>
    {
        if (!IsBroken)
            client.OnReply(this, reply);
    }));

    /// <summary>What the client sends from now on gets stuck on the way.</summary>
    public void HoldBack() => (_isHeldBack, _brokerLife) = (true, broker.Life);

    /// <summary>
    /// What got stuck arrives, in its order, if the broker still lives: TCP has repeated it, though the client may have closed the
    /// connection long ago.
    /// </summary>
    public void LetThrough()
    {
        _isHeldBack = false;
        if (_heldBack.Count > 0)
            world.Trace.Line($"{_heldBack.Count} requests of client {client.Node} to broker {broker.Id} arrive late");
        foreach (var deliver in _heldBack)
        {
            world.Tally.Effective(FaultKind.RequestsHeldBack);
            _lastToBrokerUs = Math.Max(_lastToBrokerUs, world.Time.NowUs + world.Network.DelayUs(client.Node, broker.Node));
            world.Time.After(_lastToBrokerUs - world.Time.NowUs, () => broker.Receive(() =>
            {
                if (broker.Life == _brokerLife)
                    deliver();
            }));
        }

        _heldBack.Clear();
    }

    /// <summary>The client has given it up. What is under way is lost, unless it is held back.</summary>
    public void Close()
    {
        var heldBack = _heldBack.ToArray();
        Break(tellClient: false, tellBroker: true);
        _heldBack.AddRange(heldBack);
    }

    /// <summary>The connection ends; whoever is told, is told after a while.</summary>
    public void Break(bool tellClient, bool tellBroker)
    {
        if (IsBroken)
            return;

        IsBroken = true;
        _heldBack.Clear();
        if (tellBroker)
            world.Time.After(world.Network.DelayUs(client.Node, broker.Node), () => broker.Receive(() => broker.OnConnectionClosed(this)));
        if (tellClient)
            world.Time.After(world.Network.DelayUs(broker.Node, client.Node), () => client.Receive(() => client.OnConnectionClosed(this)));
    }

    private void Carry(int from, int to, ref long lastUs, Action deliver)
    {
        if (IsBroken)
            return;

        if (world.Network.IsBlocked(from, to))
        {
            // What is lost is sent again by TCP for a while; then the connection is given up. Here: at once, unheard.
            Break(tellClient: false, tellBroker: false);
            return;
        }

        lastUs = Math.Max(lastUs, world.Time.NowUs + world.Network.DelayUs(from, to));
        world.Time.After(lastUs - world.Time.NowUs, deliver);
    }
}
