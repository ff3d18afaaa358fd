using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>The shell of a client: opens its machine's connections, carries its calls, keeps its timer.</summary>
internal abstract class ClientProcess : SimulatedProcess
{
    private readonly Dictionary<long, ClientConnection> _connections = [];
    private readonly EffectList _effects = new();
    private readonly ProcessTimer _timer;
    private bool _isPerforming;

    protected ClientProcess(Cluster cluster, int node)
        : base(cluster.World, node)
    {
        Cluster = cluster;
        _timer = new ProcessTimer(this);
    }

    protected Cluster Cluster { get; }

    protected abstract ClientMachine Machine { get; }

    public void OnReply(ClientConnection connection, ClientReply reply)
    {
        if (_connections.GetValueOrDefault(connection.Number) == connection)
            Turn(fx => Machine.OnReply(NowMs, connection.Number, reply, fx));
    }

    public void OnConnectionClosed(ClientConnection connection)
    {
        if (_connections.GetValueOrDefault(connection.Number) != connection)
            return;
        _connections.Remove(connection.Number);
        Turn(fx => Machine.OnClosed(NowMs, connection.Number, fx));
    }

    /// <summary>Its connections to that broker, open or not yet.</summary>
    public IEnumerable<ClientConnection> ConnectionsTo(BrokerProcess broker) =>
        _connections.Values.Where(c => c.Broker == broker).OrderBy(c => c.Number);

    /// <summary>Breaks one of its connections; false where it has none.</summary>
    public bool BreakOne()
    {
        if (!IsAlive || _connections.Count == 0)
            return false;
        var connection = _connections.Values.MinBy(connection => connection.Number)!;
        connection.Break(tellClient: true, tellBroker: true);
        return true;
    }

    public void BreakTo(BrokerProcess broker, bool tell)
    {
        foreach (var connection in _connections.Values.Where(c => c.Broker == broker).OrderBy(c => c.Number).ToArray())
            connection.Break(tellClient: tell, tellBroker: false);
    }

    /// <summary>The process is gone, without a goodbye.</summary>
    public virtual void Kill()
    {
        EndLife();
        foreach (var connection in _connections.Values.OrderBy(c => c.Number))
            connection.Break(tellClient: false, tellBroker: true);
        _connections.Clear();
        _effects.Clear();
    }

    /// <summary>Carries out an effect that is for the caller.</summary>
    protected abstract void Perform(Effect effect);

    protected void Turn(Action<EffectList> turn)
    {
        turn(_effects);
        if (_isPerforming)
            return;

        _isPerforming = true;
        try
        {
            var life = Life;
            for (var i = 0; i < _effects.Count && life == Life && IsAlive; i++)
                Carry(_effects[i]);
        }
        finally
        {
            _isPerforming = false;
            _effects.Clear();
        }
    }

    protected void Wake() => AfterUs(0, () => Turn(fx => Machine.OnTimer(NowMs, fx)));

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case OpenConnection open:
                Open(open);
                break;
            case CloseConnection close:
                if (_connections.Remove(close.Connection, out var closed))
                    closed.Close();
                break;
            case SendCall send:
                if (_connections.TryGetValue(send.Connection, out var connection))
                    connection.ToBroker(() => connection.Broker.OnCall(connection, send.Call));
                break;
            case StartClientTimer timer:
                _timer.Start(timer.DelayMs, () => Turn(fx => Machine.OnTimer(NowMs, fx)));
                break;
            default:
                Perform(effect);
                break;
        }
    }

    /// <summary>A broker that is down refuses at once, one that cannot be reached says nothing.</summary>
    private void Open(OpenConnection open)
    {
        var broker = Cluster.BrokerOf(open.Broker);
        var connection = new ClientConnection(World, this, broker, open.Connection);
        _connections.Add(open.Connection, connection);
        var network = World.Network;
        if (network.IsBlocked(Node, broker.Node))
            return;

        World.Time.After(network.DelayUs(Node, broker.Node), () =>
        {
            if (network.IsBlocked(broker.Node, Node))
                return;
            var isOpen = broker is { IsAlive: true, IsPaused: false, Accepts: true };
            if (broker is { IsAlive: true, IsPaused: true })
                return;
            AfterUs(network.DelayUs(broker.Node, Node), () =>
            {
                if (_connections.GetValueOrDefault(open.Connection) != connection || connection.IsBroken)
                    return;
                if (isOpen)
                {
                    Turn(fx => Machine.OnOpened(NowMs, open.Connection, fx));
                }
                else
                {
                    _connections.Remove(open.Connection);
                    Turn(fx => Machine.OnClosed(NowMs, open.Connection, fx));
                }
            });
        });
    }
}
